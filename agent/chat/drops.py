"""What a terminal pastes when a file is dropped on it: a path, in quotation marks, with escaped spaces, or as a file:// address."""

import re
import shlex
from pathlib import Path
from urllib.parse import unquote, urlsplit

from agent.attached import files

_WRITTEN = re.compile(r"(?:file:/|~|\.{1,2})/|/[^/]+(?:/|\.\w)")  # as a path is: /why is a command
_ESCAPED = re.compile(r"(?<!\S)(?:\\.|[^\s\\\"'])*\\ (?:\\.|[^\s\\\"'])+")  # one word of a shell, with at least one escaped space


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


def leading(text: str) -> tuple[list[Path], str]:
    """The files or folders that the text begins with and that are there, and what stands behind them."""
    ends = [match.start() for match in re.finditer(r"\s+|\Z", text)]
    for end in reversed(ends):
        if paths := dropped(text[:end]):
            return paths, text[end:].strip()
    return [], text


def missing(text: str) -> str | None:
    """The first path that is not there, of a text that consists of paths; None where it says anything else."""
    try:
        words = shlex.split(text)
    except ValueError:
        return None
    if not words or not all(_WRITTEN.match(word) or files.names(word) == [word] for word in words):
        return None
    return next((word for word in words if not _there(_path(word))), None)


def quoted(text: str) -> str:
    """The text with each path that has escaped spaces, and is there, in quotation marks, which is how a question names it."""

    def plain(match: re.Match[str]) -> str:
        written = match[0].rstrip("?!.,;:)")
        path = re.sub(r"\\(.)", r"\1", written)
        return f'"{path}"{match[0][len(written) :]}' if _there(Path(path).expanduser()) else match[0]

    return _ESCAPED.sub(plain, text)


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
