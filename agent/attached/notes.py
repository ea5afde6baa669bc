"""A shift note that is handed over as a file: its words become part of the question, as somebody else's."""

from collections.abc import Sequence
from pathlib import Path

from agent.attached.files import kind
from agent.errors import BadInput
from agent.shown.render import harmless

ANALYSE = "What does this shift note say?"


def read(path: Path, most: int, instead: str) -> str:
    """The text of a note or of a document, without what would upset a question. `instead` is what else can be done with one that is too long for
    a question. Raises BadInput, one sentence."""
    text = harmless(_document(path, most) if kind(path) == "document" else _written(path, most)).replace("```", "'''").strip()
    if not text:
        raise BadInput(f"{path.name} is empty.")
    if len(text) + len(ANALYSE) + 10 > most:
        raise BadInput(f"{path.name} has more than {most:,} characters, which is the most of a question; paste the part that matters, or {instead}.")
    return text


def handed_over(question: str, text: str) -> str:
    """A question with the note that it is about, so that the note is known as somebody's own words."""
    return f"{question or ANALYSE}\n\n```\n{text}\n```"


def apart(files: Sequence[str], most: int, instead: str) -> tuple[str, list[str]]:
    """(the words of the notes and documents among the files, which are to be opened). Raises BadInput, one sentence."""
    notes = [file for file in files if kind(Path(file)) in ("note", "document")]
    return "\n\n".join(read(Path(note), most, instead) for note in notes), [file for file in files if file not in notes]


def _written(path: Path, most: int) -> str:
    enough = 4 * most  # bytes: no character is longer
    try:
        with path.open("rb") as file:
            held = file.read(enough + 1)
    except OSError as error:
        raise BadInput(f"{path.name} cannot be read ({error.strerror}); check the path.") from None
    try:
        return held.decode("utf-8-sig", "ignore" if len(held) > enough else "strict")  # a letter may be cut in two there
    except UnicodeDecodeError:
        raise BadInput(f"{path.name} is not UTF-8 text; save it as UTF-8, or paste the part that matters.") from None


def _document(path: Path, most: int) -> str:
    from knowledge.errors import DocumentError
    from knowledge.reading import read

    try:
        return read(path, enough=most).text
    except DocumentError as refused:
        raise BadInput(str(refused)) from None
