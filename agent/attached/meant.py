"""What is meant by a question with files: decided here for every way in that takes files."""

from collections.abc import Sequence
from dataclasses import dataclass

from agent.attached import files, notes
from agent.attached.rows import MOST, Row, Table
from agent.settings import Limits


@dataclass(frozen=True)
class Meant:
    """`question`: the whole of it, with the notes. `opened`: the files for a graph that may open them. With `table` every row is a question of its
    own instead, with none before it."""

    question: str
    opened: list[str]
    table: Table | None = None

    def of(self, row: Row) -> str:
        """The question about one row."""
        return f"{self.question}\n{row.text}"


def meant(question: str, given: Sequence[str], limits: Limits, instead: str, note: str = "", most: int = MOST) -> Meant:
    """`instead`: what else can be done with a note or a document that is too long for a question; `note`: one that was read before; `most`: rows
    of a table. Without a word a note is analysed, a log looked through, a bead judged. Raises BadInput, one sentence."""
    read, opened = notes.apart(given, limits.question_chars, instead)
    if note or read:
        return Meant(notes.handed_over(question, "\n\n".join(filter(None, (note, read)))), opened)
    if table := files.beads(opened, most):
        return Meant(" ".join(files.bare(question).split()) or files.about(opened), opened, table)
    return Meant(question or files.about(opened), opened)
