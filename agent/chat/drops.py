"""What a terminal pastes when a file is dropped on it: a path, in quotation marks, with escaped spaces, or as a file:// address."""

import re
import shlex
from pathlib import Path
from typing import Literal
from urllib.parse import unquote, urlsplit

from agent.errors import BadInput
from agent.files import MAPPINGS
from tools.log_table import SUFFIXES

NOTES = (".txt", ".md")
ANALYSE = "What does this shift note say?"
_ESCAPED = re.compile(r"(?<!\S)(?:\\.|[^\s\\\"'])*\\ (?:\\.|[^\s\\\"'])+")  # one word of a shell, with at least one escaped space
_NUMBER = re.compile(r"[-+]?\d[\d.,:eE+-]*\Z")
Kind = Literal["log", "note"]


def dropped(text: str) -> list[Path]:
    """The files or folders that the text consists of and that are there; none where it says anything else."""
    whole = _path(text.strip())
    if _there(whole) and _names(text, whole):
        return [whole]
    try:
        words = shlex.split(text)
    except ValueError:  # an apostrophe
        return []
    paths = [_path(word) for word in words]
    return paths if paths and all(_there(path) and _names(word, path) for path, word in zip(paths, words, strict=True)) else []


def quoted(text: str) -> str:
    """The text with each path that has escaped spaces, and is there, in quotation marks, which is how a question names it."""

    def plain(match: re.Match[str]) -> str:
        path = re.sub(r"\\(.)", r"\1", match[0])
        return f'"{path}"' if _there(Path(path).expanduser()) else match[0]

    return _ESCAPED.sub(plain, text)


def kind(path: Path) -> Kind:
    """What a file is for: a log (or a mapping of its columns) to be opened with a question, or a note to be read in. Raises BadInput,
    one sentence, for all else."""
    suffix = path.suffix.lower()
    if path.is_dir():
        raise BadInput(f"{path.name} is a folder; drop one file of it.")
    if suffix in NOTES and not (suffix in SUFFIXES and _tabular(path)):
        return "note"
    if suffix in (*SUFFIXES, *MAPPINGS):
        return "log"
    raise BadInput(
        f"{path.name} cannot be read here; logs end in {', '.join(SUFFIXES)}, notes in {' or '.join(NOTES)}. "
        "Of any other document paste the part that matters."
    )


def note(path: Path, most: int) -> str:
    """The text of a note, without what would upset a question. Raises BadInput, one sentence."""
    try:
        text = path.read_bytes()[: 4 * most + 4].decode("utf-8-sig").strip()
    except OSError as error:
        raise BadInput(f"{path.name} cannot be read ({error.strerror}).") from None
    except UnicodeDecodeError:
        raise BadInput(
            f"{path.name} is not UTF-8 text, or longer than {most:,} characters; save it as UTF-8, or paste the part that matters."
        ) from None
    text = re.sub(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]", " ", text.replace("\r\n", "\n")).replace("```", "'''")
    if not text:
        raise BadInput(f"{path.name} is empty.")
    if len(text) + len(ANALYSE) + 10 > most:
        raise BadInput(f"{path.name} has more than {most:,} characters, which is the most of a question; paste the part that matters.")
    return text


def handed_over(question: str, text: str) -> str:
    """A question with the note that it is about, so that the note is known as somebody's own words."""
    return f"{question}\n\n```\n{text}\n```"


def _tabular(path: Path) -> bool:
    """Whether most lines at the beginning of a text are mostly numbers."""
    try:
        with path.open("rb") as file:
            lines = [line for line in file.read(1 << 14).decode("utf-8", "replace").splitlines() if line.strip()]
    except OSError:
        return False
    cells = [[cell for cell in re.split(r"[\s;|]+|,(?!\d)", line) if cell] for line in lines]
    numeric = [len(row) > 1 and 2 * sum(bool(_NUMBER.match(cell)) for cell in row) > len(row) for row in cells]
    return 2 * sum(numeric) > len(numeric)


def _path(word: str) -> Path:
    """A path as it was pasted."""
    if word.startswith("file://"):
        return Path(unquote(urlsplit(word).path))
    return Path(word).expanduser() if len(word) < 4096 else Path()


def _names(word: str, path: Path) -> bool:
    """Whether it is written as a path is: `docs` may be a word."""
    return "/" in word or bool(path.suffix)


def _there(path: Path) -> bool:
    try:
        return path != Path() and path.exists()
    except (OSError, ValueError):  # a name too long, or with a null character
        return False
