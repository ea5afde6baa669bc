"""The files that a question is about, by what they are for: monitoring logs, mappings of their columns, tables of settings, shift notes, documents.

Only a path that the user wrote is opened, and only where the user sits at this machine: with `waam ask --file`, in `waam chat` and with
`waam mcp --files`. Text that comes from elsewhere (Slack, HTTP, a batch, a model's own words) names files of someone else's choosing: opened
here, they would tell a stranger what stands on this machine's disk. So the graph opens nothing unless it was built with `opens_files=True`, and reads
no path from a text.
Slack's graph opens files too, but only those that `agent.slack.downloads` fetched, which it is handed beside the question.
"""

import hashlib
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from agent.attached import rows
from agent.errors import BadInput
from tools.log_table import SUFFIXES

MAPPINGS, NOTES, DOCUMENTS = (".yaml", ".yml", ".json"), (".txt", ".md"), (".pdf",)
ABOUT_LOG, ABOUT_ROWS = "What is wrong in this log?", "Would this bead be normal?"
Kind = Literal["log", "mapping", "rows", "note", "document"]
_ENDINGS = "|".join(re.escape(suffix) for suffix in (*SUFFIXES, *MAPPINGS))
_END = rf"(?:{_ENDINGS})(?![A-Za-z0-9_])"  # a Korean particle may follow: run.csv를
_NAME = re.compile(  # the last kind from the beginning of a run without blanks: tried from each of its characters, a long one takes for ever
    rf"(?<!\w)\"([^\"\n]+?{_END})\"|(?<!\w)'([^'\n]+?{_END})'|`([^`\n]+?{_END})`|(?<![^\s\"'`<>|,;“”])([^\s\"'`<>|,;“”]+{_END})", re.IGNORECASE
)

_NUMBER = re.compile(r"[-+]?\d[\d.,:eE+-]*\Z")
_PASTED = re.compile(r"(?<!\w)\"[^\"\n]*\"|“[^”\n]*”")


def refuse_unread(name: str) -> None:
    """Raises BadInput, one sentence, for a file that by its name is none of those that are read."""
    if not name.lower().endswith((*SUFFIXES, *MAPPINGS, *NOTES, *DOCUMENTS)):
        raise BadInput(
            f"{name} cannot be read here; logs and tables end in {', '.join(SUFFIXES)}, mappings of their columns in {', '.join(MAPPINGS)}, "
            f"notes in {' or '.join(NOTES)}, documents in {', '.join(DOCUMENTS)}. Of any other document paste the part that matters."
        )


def kind(path: Path) -> Kind:
    """What a file is for: a log, a mapping of a log's columns, settings with a bead in each row, a note, or a document, told from its name and its
    first lines. Raises BadInput, one sentence, for all else."""
    if path.is_dir():
        raise BadInput(f"{path.name} is a folder; give one file of it.")
    refuse_unread(path.name)
    suffix = path.suffix.lower()
    if suffix in MAPPINGS:
        return "mapping"
    if suffix in DOCUMENTS:
        return "document"
    if suffix in NOTES and not (suffix in SUFFIXES and _tabular(path)):
        return "note"
    return "rows" if rows.read(path, 1) else "log"


def about(given: Sequence[str]) -> str:
    """The question that is meant where files come without a word; empty without files."""
    return (ABOUT_ROWS if beads(given, 1) else ABOUT_LOG) if given else ""


def beads(files: Sequence[str], most: int = rows.MOST) -> rows.Table | None:
    """The first `most` rows of a single file of settings; None where the files are anything else. With a mapping beside it, it is a log."""
    logs, mapping = parts(files)
    alone = len(logs) == 1 and mapping is None and kind(Path(logs[0])) == "rows"
    return rows.read(Path(logs[0]), most) if alone else None


def given(paths: Sequence[str | Path], most_mb: int) -> list[str]:
    """The paths as they were written, if each is a file of a kind and a size that is read. Raises BadInput, one sentence."""
    found = []
    for path in (Path(each).expanduser() for each in paths):
        if not path.is_file():
            raise BadInput(f"There is no file {path}; check the path.")
        if path.suffix.lower() not in (*SUFFIXES, *MAPPINGS):
            if path.suffix.lower() in DOCUMENTS:
                raise BadInput(f"{path.name} is no log; `waam knowledge add` has answers cite it.")
            raise BadInput(
                f"{path.name} is no log by its name; a log ends in {', '.join(SUFFIXES)}, a mapping of its columns in {', '.join(MAPPINGS)}."
            )
        if (size := path.stat().st_size / 1e6) > most_mb:
            raise BadInput(
                f"{path.name} has {size:.0f} MB and the limit is {most_mb} MB; use `waam tool analyze_log`, or raise WAAM_LIMITS__FILE_MB."
            )
        found.append(str(path))
    return found


def names(text: str) -> list[str]:
    """What a text calls by the name of a log or a mapping, whether it is there or not. What stands inside a longer quotation, such as a pasted
    note, is somebody else's words."""
    own = _PASTED.sub(lambda quoted: quoted[0] if _NAME.fullmatch(quoted[0]) or _NAME.fullmatch(quoted[0][1:-1]) else " " * len(quoted[0]), text)
    return [next(filter(None, match.groups())) for match in _NAME.finditer(own)]


def named(text: str, most_mb: int) -> list[str]:
    """The files that a message of the chat names and that are there; one that is not is left to the question back. Raises BadInput."""
    return given([name for name in names(text) if Path(name).expanduser().is_file()], most_mb)


def bare(text: str) -> str:
    """`text` with the names of files blanked out, same length: `run_200A_316L.csv` states no current."""
    return _NAME.sub(lambda match: " " * len(match[0]), text)


def together(earlier: Sequence[str], now: Sequence[str]) -> list[str]:
    """The files of a conversation: those last named, a new mapping beside the earlier logs, and no earlier mapping beside new logs."""
    logs, mapping = parts(now)
    if logs or not now:
        return list(now or earlier)
    return [*parts(earlier)[0], *([mapping] if mapping else [])]


def parts(files: Sequence[str]) -> tuple[list[str], str | None]:
    """(logs, each once; the mapping that is to be used with them)."""
    mappings = [file for file in files if file.lower().endswith(MAPPINGS)]
    return list(dict.fromkeys(file for file in files if file not in mappings)), mappings[-1] if mappings else None


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


def plots_folder(home: Path, log: str) -> str:
    """Where the plots of a log go: one folder for each log, so that those of another `run.csv` stay."""
    path = Path(log)
    return str(home / "plots" / f"{path.stem[:60]}-{hashlib.sha256(str(path.resolve()).encode()).hexdigest()[:6]}")


def asked_for(question: str) -> str:
    """One sentence to a question about a log that is not here."""
    how = 'give one with `waam ask "…" --file run.csv`, or write its path in `waam chat`, on the machine where it lies; in Slack attach it'
    wanted = [name for name in names(question) if not name.lower().endswith(MAPPINGS)]
    return f"I have no file {wanted[0]} that I may open; {how}." if wanted else f"Which log is meant? To have one read, {how}."
