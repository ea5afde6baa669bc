"""A shift note that is handed over as a file: its words become part of the question, as somebody else's."""

from collections.abc import Sequence
from pathlib import Path

from agent.errors import BadInput
from agent.files import kind
from agent.render import harmless

ANALYSE = "What does this shift note say?"


def read(path: Path, most: int) -> str:
    """The text of a note, without what would upset a question. Raises BadInput, one sentence."""
    try:
        with path.open("rb") as file:
            text = file.read(4 * most + 4).decode("utf-8-sig")  # no character is longer
    except OSError as error:
        raise BadInput(f"{path.name} cannot be read ({error.strerror}); check the path.") from None
    except UnicodeDecodeError:
        raise BadInput(
            f"{path.name} is not UTF-8 text, or longer than {most:,} characters; save it as UTF-8, or paste the part that matters."
        ) from None
    text = harmless(text).replace("```", "'''").strip()
    if not text:
        raise BadInput(f"{path.name} is empty.")
    if len(text) + len(ANALYSE) + 10 > most:
        raise BadInput(f"{path.name} has more than {most:,} characters, which is the most of a question; paste the part that matters.")
    return text


def handed_over(question: str, text: str) -> str:
    """A question with the note that it is about, so that the note is known as somebody's own words."""
    return f"{question or ANALYSE}\n\n```\n{text}\n```"


def apart(files: Sequence[str], most: int) -> tuple[str, list[str]]:
    """(the words of the notes among the files, which are to be opened). Raises BadInput, one sentence."""
    notes = [file for file in files if kind(Path(file)) == "note"]
    return "\n\n".join(read(Path(note), most) for note in notes), [file for file in files if file not in notes]
