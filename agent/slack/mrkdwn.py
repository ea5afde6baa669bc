"""Slack's text and ours: what people wrote as plain text, and Markdown as Slack's mrkdwn. Nothing that leaves here mentions anybody.

Slack reads `<…>` as a link or a mention, and a few words behind an @ as a call to a whole channel; both are taken from every text.
"""

import html
import re
from collections.abc import Sequence

from markdown_it import MarkdownIt
from markdown_it.token import Token

_ENTITY = re.compile(r"<([^<>]+)>")
_CALL = re.compile(r"@(?=channel\b|here\b|everyone\b|group\b)", re.IGNORECASE)
_APART = "\N{WORD JOINER}"  # between the @ and the word, where nobody sees it
_MARKS = {"strong_open": "*", "strong_close": "*", "em_open": "_", "em_close": "_", "s_open": "~", "s_close": "~"}
_PARSER = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])


def plain(text: str, bot: str = "") -> str:
    """What a person wrote, as they see it: without the mention of `bot`, with links and mentions as their words, no entities."""

    def words(match: re.Match[str]) -> str:
        target, _, label = match[1].partition("|")
        if target.startswith("@"):
            return "" if target == f"@{bot}" else f"@{label or 'someone'}"
        if target.startswith("#"):
            return f"#{label or target[1:]}"
        if target.startswith("!"):
            return label or target[1:].split("^")[0]
        return label or target.removeprefix("mailto:")

    return html.unescape(_ENTITY.sub(words, text)).strip()


def mentioned(text: str) -> set[str]:
    """The users that a message mentions, by their ids."""
    return {match[1][1:].partition("|")[0] for match in _ENTITY.finditer(text) if match[1].startswith("@")}


def escape(text: str) -> str:
    """Any text as Slack shows it letter by letter."""
    return _CALL.sub(f"@{_APART}", text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;"))


def code(text: str) -> str:
    """A block in which every column stays where it is."""
    return f"```\n{escape(text).replace('```', chr(39) * 3)}\n```"


def from_markdown(text: str) -> str:
    """Markdown as mrkdwn: bold, italics, code, links, lists, quotations; headings are bold lines, tables are preformatted."""
    return re.sub(r"\n{3,}", "\n\n", _blocks(_PARSER.parse(text))).strip()


def _blocks(tokens: Sequence[Token]) -> str:
    written: list[str] = []
    lists: list[int | None] = []  # the number of the next item; None where they have bullets
    quoted = heading = cell = False
    rows: list[list[str]] = []
    for token in tokens:
        kind = token.type
        if kind in ("bullet_list_open", "ordered_list_open"):
            lists.append(int(token.attrs.get("start", 1)) if kind.startswith("ordered") else None)
        elif kind in ("bullet_list_close", "ordered_list_close"):
            lists.pop()
            written.append("" if lists else "\n")
        elif kind == "list_item_open":
            number = lists[-1]
            written.append("  " * (len(lists) - 1) + ("• " if number is None else f"{number}. "))
            lists[-1] = None if number is None else number + 1
        elif kind in ("blockquote_open", "blockquote_close"):
            quoted = kind.endswith("open")
        elif kind in ("heading_open", "heading_close"):
            heading = kind.endswith("open")
        elif kind in ("fence", "code_block"):
            written.append(f"{code(token.content.rstrip())}\n\n")
        elif kind == "table_open":
            rows = []
        elif kind == "tr_open":
            rows.append([])
        elif kind == "table_close":
            written.append(f"{code(columns(rows))}\n\n")
        elif kind == "hr":
            written.append("\n")
        elif kind in ("th_open", "td_open", "th_close", "td_close"):
            cell = kind.endswith("open")
        elif kind == "inline" and cell:
            rows[-1].append("".join(child.content for child in token.children or []))
        elif kind == "inline":
            line = _inline(token.children or [], bold=heading)
            line = "\n".join(f"> {part}" for part in line.split("\n")) if quoted else line
            written.append(line + ("\n" if lists else "\n\n"))
    return "".join(written)


def _inline(tokens: Sequence[Token], bold: bool) -> str:
    written, linked = "*" if bold else "", False
    for token in tokens:
        if token.type == "text":
            written += escape(token.content)
        elif token.type == "code_inline":
            written += f"`{escape(token.content)}`"
        elif token.type in ("softbreak", "hardbreak"):
            written += "\n"
        elif token.type == "link_open":
            target = str(token.attrs.get("href", ""))
            linked = bool(re.match(r"https?://", target))
            written += f"<{escape(target).replace('|', '%7C')}|" if linked else ""
        elif token.type == "link_close":
            written += ">" if linked else ""
        elif token.type == "image":
            written += escape(token.content)
        else:
            written += "" if bold and token.type.startswith("strong") else _MARKS.get(token.type, "")
    return written + ("*" if bold else "")


def columns(rows: Sequence[Sequence[str]]) -> str:
    """Rows as text in columns, the first one underlined as a header."""
    count = max((len(row) for row in rows), default=0)
    even = [[*row, *[""] * (count - len(row))] for row in rows]
    widths = [max(len(row[i]) for row in even) for i in range(count)]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in even]
    return "\n".join([*lines[:1], "  ".join("-" * width for width in widths), *lines[1:]])
