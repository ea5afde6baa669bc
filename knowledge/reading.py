"""What stands in a file of the user's: its title, and its text part by part, each with the place where a reader finds it again.

PDF by pypdf, page by page; Markdown by its headings (markdown-it); plain text by its lines. Knows nothing of passages. A text is cleaned of what
steers a terminal or upsets a search, and of nothing else: what is cited is what was written.
"""

import logging
import re
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from knowledge.errors import DocumentError

PDF, MARKDOWN, TEXT = (".pdf",), (".md", ".markdown"), (".txt",)
SUFFIXES = (*PDF, *MARKDOWN, *TEXT)
MOST_MB = 50
MOST_PAGES = 2000
LONGEST_TITLE = 120  # characters

# Controls but tab and line feed, halves of surrogate pairs, what turns the direction of writing around, marks that are not seen.
_STEERING = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ud800-\udfff\ufeff]")
_LIGATURES = {code: unicodedata.normalize("NFKC", chr(code)) for code in range(0xFB00, 0xFB07)} | {0xAD: ""}  # and the soft hyphen
_BROKEN = re.compile(r"([^\W\d_]{2,})-\n\s*([^\W\d_A-Z]{2,})")  # a word that goes on in the next line
_FRONT = re.compile(r"\A---\n.*?\n(?:---|\.\.\.)\n", re.DOTALL)  # settings of a Markdown file, no text
_NO_TITLE = re.compile(r"(?:untitled.*|(?:slide|powerpoint|document|presentation)\s*\d*|.*\.\w{2,4}|\W*)\Z", re.IGNORECASE)


class Part(NamedTuple):
    """A stretch of text under one heading or on one page. `line`: where it begins in a file that has lines."""

    heading: str
    text: str
    line: int | None = None


class Read(NamedTuple):
    """A document. `note` says in a sentence what of it was not read, if anything."""

    title: str
    parts: tuple[Part, ...]
    note: str = ""

    @property
    def text(self) -> str:
        return "\n\n".join(part.text for part in self.parts)


def read(path: Path, enough: int | None = None) -> Read:
    """The text of a document; of a PDF no more pages than hold `enough` characters. Raises DocumentError, one sentence, for what is not read."""
    shown, suffix = path.name[:80], path.suffix.lower()
    if path.is_dir():
        raise DocumentError(f"{shown} is a folder; name the files in it, such as {shown}/*.pdf.")
    if suffix not in SUFFIXES:
        raise DocumentError(f"{shown} is of a kind that is not read ({', '.join(SUFFIXES)} are); save it as PDF or as text.")
    try:
        size = path.stat().st_size
        if size == 0:
            raise DocumentError(f"{shown} is empty; save it again, or name another file.")
        if size > MOST_MB * 1e6:
            raise DocumentError(f"{shown} has {size / 1e6:.0f} MB and the limit is {MOST_MB} MB; cut out the chapters that matter.")
        found = _pdf(path, enough) if suffix in PDF else _written(path)
    except FileNotFoundError:
        raise DocumentError(f"There is no file {path}; check the path.") from None
    except OSError as error:
        raise DocumentError(f"{shown} cannot be read ({error.strerror}); check its permissions.") from None
    if not found.text.strip():
        raise DocumentError(f"{shown} is empty; save it again, or name another file.")
    return found


def clean(text: str) -> str:
    """Letters composed, ligatures and soft hyphens dissolved, and a space for each character that is not seen but does something."""
    return _STEERING.sub(" ", unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n").translate(_LIGATURES)))


def one_line(text: str) -> str:
    """Cleaned, and without line breaks."""
    return " ".join(clean(text).split())


def _pdf(path: Path, enough: int | None) -> Read:
    import pypdf
    from pypdf.errors import DependencyError, FileNotDecryptedError

    logging.getLogger("pypdf").setLevel(logging.CRITICAL)  # it tells of every oddity that it gets over
    locked = f"{path.name[:80]} is encrypted; save a copy without a password and name that."
    try:
        with path.open("rb") as file:
            reader = pypdf.PdfReader(file)
            if reader.is_encrypted and not reader.decrypt(""):  # one that only forbids printing opens without a password
                raise DocumentError(locked)
            if (count := len(reader.pages)) > MOST_PAGES:
                raise DocumentError(f"{path.name[:80]} has {count:,} pages and the limit is {MOST_PAGES:,}; cut out the chapters that matter.")
            title, pages = _pdf_title(reader), list(_pages(reader, enough))
    except (DocumentError, OSError):
        raise
    except (DependencyError, FileNotDecryptedError):
        raise DocumentError(locked) from None
    except Exception as broken:  # a damaged PDF raises anything, as pypdf says
        raise DocumentError(f"{path.name[:80]} is damaged or no PDF; open it and save or print it as a PDF again.") from broken
    bare = pages.count("")
    if bare == len(pages):
        raise DocumentError(f"{path.name[:80]} holds no text, only pictures of it; run OCR on it, such as `ocrmypdf`, and name the result.")
    note = f"{bare} of {count} pages hold no text, only pictures; run OCR on it to have them too." if bare else ""
    words = {word.lower() for page in pages for word in re.findall(r"[^\W\d_]+", page)}
    parts = (Part(f"page {number}", _unbroken(page, words)) for number, page in enumerate(pages, start=1) if page)
    return Read(title or path.stem, tuple(parts), note)


def _pages(reader: Any, enough: int | None) -> Iterator[str]:
    held = 0
    for page in reader.pages:
        text = clean(page.extract_text()).strip()
        yield text
        if enough is not None and (held := held + len(text)) > enough:
            return


def _pdf_title(reader: Any) -> str:
    """The title that the file states of itself, unless a program put a file's name or nothing there."""
    try:
        title = one_line(str(reader.metadata.title or "")) if reader.metadata else ""
    except Exception:  # a damaged title is no reason to refuse the text
        return ""
    title = re.sub(r"^Microsoft \w+ - ", "", title)
    return "" if _NO_TITLE.match(title) else title[:LONGEST_TITLE]


def _unbroken(text: str, words: set[str]) -> str:
    """Words that a line break parts are whole again: without the hyphen if the document has them so elsewhere, else with it."""

    def whole(match: re.Match[str]) -> str:
        joined = match[1] + match[2]
        return joined if joined.lower() in words else f"{match[1]}-{match[2]}"

    return _BROKEN.sub(whole, text)


def _written(path: Path) -> Read:
    held = path.read_bytes()
    try:
        text = held.decode("utf-16" if held[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig")
    except UnicodeDecodeError:
        raise DocumentError(f"{path.name[:80]} is not UTF-8 text; save it as UTF-8.") from None
    text = clean(text)
    if path.suffix.lower() in TEXT:
        return Read(path.stem, (Part("", text, 1),))
    return _markdown(path.stem, text)


def _markdown(stem: str, text: str) -> Read:
    """Each heading with the text below it. A heading is told with those above it, but for the title."""
    from markdown_it import MarkdownIt

    text = _FRONT.sub(lambda front: "\n" * front[0].count("\n"), text)
    lines = text.split("\n")
    tokens = MarkdownIt("commonmark").parse(text)
    heads = [(token, tokens[at + 1]) for at, token in enumerate(tokens) if token.type == "heading_open" and token.level == 0 and token.map]
    parts, above, title, begun = [], [""] * 6, "", 0
    for opened, inline in [*heads, (None, None)]:
        until = opened.map[0] if opened is not None and opened.map else len(lines)
        path = " > ".join(filter(None, above))
        if (body := "\n".join(lines[begun:until])).strip():
            parts.append(Part(path, body, begun + 1))
        if opened is None or inline is None or opened.map is None:
            break
        begun, level = opened.map[1], int(opened.tag[1])
        said = one_line("".join(child.content or " " for child in inline.children or ()))[:LONGEST_TITLE]
        if level == 1 and not title:
            title, said = said, ""
        above[level - 1 :] = [said] + [""] * (6 - level)
    return Read(title or stem, tuple(parts))
