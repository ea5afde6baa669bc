"""The text of a document as passages: each short enough to be read whole by the embedder and quoted whole in an answer.

Cut between paragraphs, else sentences, else lines, else words, by langchain's splitter; never across a page or a heading, so that the place
that is cited is right. A passage is one line: nothing in it can pass for a passage, a question or a mark of its own.
"""

import re
from collections.abc import Callable

from knowledge.errors import DocumentError
from knowledge.passages import Passage
from knowledge.reading import Read, one_line

LONGEST = 80  # tokens, about four lines: as the shipped passages, on which the floor of the search was measured (docs/knowledge.md)
MOST = 5000  # passages of one document: some 800 pages
_MOST_LETTERS = MOST * LONGEST * 8  # more than so many passages hold
GRADE = "B"  # the user vouches for it by adding it, and nobody here has reviewed it: A is for sources that were, C warns of a source
BASIS = "read"  # the passage is the document's own words

_BETWEEN = [r"\n\s*\n", r"(?<=[.!?。])\s+(?=[A-Z가-힣\"“(])", r"\n", r"\s+", ""]
_WORDS = re.compile(r"[^\W\d_]{2,}")
_MARK = re.compile(r"\[([TK]\d+)\]")  # as answers cite by


def cut(document: Read, name: str, source: str, tokens: Callable[[str], int]) -> list[Passage]:
    """The passages of a document that is called `name`; `tokens` counts as the embedder does. Raises DocumentError if there are none, or too many."""
    from langchain_text_splitters import RecursiveCharacterTextSplitter

    splitter = RecursiveCharacterTextSplitter(
        _BETWEEN, keep_separator="end", is_separator_regex=True, chunk_size=LONGEST, chunk_overlap=0, length_function=tokens, add_start_index=True
    )
    too_long = DocumentError(f"{name} has more than {MOST:,} passages, which is the most; cut out the chapters that matter.")
    if sum(len(part.text) for part in document.parts) > _MOST_LETTERS:
        raise too_long
    found: list[Passage] = []
    for part in document.parts:
        title = ", ".join(filter(None, (_short(document.title, tokens), _short(part.heading, tokens))))
        for piece in splitter.create_documents([part.text]):
            text = _MARK.sub(r"(\1)", one_line(piece.page_content))
            if not _WORDS.search(text):  # a page number
                continue
            line = "" if part.line is None else f"line {part.line + part.text.count(chr(10), 0, piece.metadata['start_index'])}"
            found.append(
                Passage(
                    id=f"{name}#{len(found) + 1}", document=name, title=title, text=text, source=source,
                    ref=", ".join(filter(None, (part.heading, line))), grade=GRADE, basis=BASIS,
                )
            )  # fmt: skip
            if len(found) > MOST:
                raise too_long
    if not found:
        raise DocumentError(f"{name} has no words in it; name another file.")
    return found


def _short(title: str, tokens: Callable[[str], int]) -> str:
    """The beginning of a long title: with its heading it must leave room for the text."""
    while tokens(title) > LONGEST // 2:
        title = title[: len(title) * 4 // 5]
    return title
