"""An answer as Slack shows it: Block Kit blocks within Slack's limits, a table of results, and buttons. Decides nothing about what it says."""

import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from agent.shown.tool_report import estimates_table
from agent.slack.mrkdwn import code, columns, escape, from_markdown
from agent.state import Answer

SECTION, BLOCKS, MESSAGE, ALONE = 2900, 45, 11_000, 3900  # characters, blocks: Slack takes 3000, 50, about 13,000 and 4000
WIDTH = 64  # columns that a preformatted text has on a narrow screen
ROWS = 14  # of a table of results; the sources show all of them
WITHHELD = "In this channel I only give answers that rest on a source, and I have none for this one. Ask me in a direct message."
Block = dict[str, Any]


class Message(BaseModel):
    """`text` is what a notification shows, and a client that shows no blocks."""

    text: str
    blocks: list[Block] = []


class Reply(BaseModel):
    """The messages of an answer in order, and the pictures that go below them."""

    messages: list[Message]
    plots: list[str] = []


def said(text: str) -> Reply:
    """One sentence of ours."""
    return Reply(messages=[Message(text=escape(text), blocks=[section(escape(text))])])


def of_answer(answer: Answer, key: str, home: Path, cited_only: bool = False, buttons: bool = True) -> Reply:
    """`key`: what the buttons call the question; `home`: a folder whose paths nobody in Slack is told."""
    if cited_only and answer.status in ("answered", "degraded") and not (answer.citations and answer.checks.citations_valid):
        return said(WITHHELD)
    hide = hidden(home)
    plots = [plot for call in answer.tool_calls if call.result for plot in call.result.pictures]
    blocks = [section(part) for part in split(from_markdown(hide(answer.said)))]
    blocks += [section(part) for table in _tables(answer) for part in split(code(table))]
    notes = [hide(note) for note in answer.notes if not note.startswith("Plots: ")]  # the pictures themselves are below
    blocks += [_context(part) for part in split("\n".join(f"Note: {escape(note)}" for note in notes)) if notes]
    if answer.citations:
        blocks += [_context(part) for part in split("\n".join(escape(f"[{c.id}] {c.title}. {c.source} ({c.ref})") for c in answer.citations))]
    if buttons:
        blocks.append(_buttons(key, sources=bool(answer.tool_calls)))
    return Reply(messages=messages(blocks, hide(answer.said)), plots=[plot for plot in plots if Path(plot).is_file()])


def of_rows(rows: Sequence[tuple[str, Answer]], left_out: int, home: Path, cited_only: bool = False) -> Reply:
    """One line for each row of a file of settings: its name, what the tools found, or why they did not."""
    if cited_only:
        return said(WITHHELD)
    results = [[result for call in answer.tool_calls if (result := call.result) and result.estimates] for _, answer in rows]
    names = list(dict.fromkeys(e.name.replace("_", " ") for found in results for result in found for e in result.estimates[:3]))[:4]
    table = [["row", *names]]
    other: list[str] = []
    for (name, answer), found in zip(rows, results, strict=True):
        cells = {e.name.replace("_", " "): _cell(e.value, e.unit, e.probability) for result in found for e in result.estimates}
        table.append([name[:24], *(cells.get(each, "") for each in names)])
        if not found:
            table[-1][1:] = [f"{answer.status}: see below", *[""] * (len(names) - 1)] if names else []
            other.append(f"{name}: {answer.said}")
    hide = hidden(home)
    head, rule, *lines = columns(table).split("\n")
    blocks = [section(code("\n".join([head, rule, *part]))) for part in _pages(lines, 2000 - len(head) - len(rule))] if names else []
    blocks += [section(part) for part in split("\n".join(escape(hide(line)) for line in other)) if other]
    notes = dict.fromkeys(note for _, answer in rows for note in answer.notes)
    if without := sum(answer.status == "degraded" for _, answer in rows):
        notes = {f"{without} of {len(rows)} rows were answered without the language model.": None} | notes
    if left_out:
        notes = {f"Only the first {len(rows)} rows were asked; {left_out} more are in the file. `waam batch` takes any number.": None} | notes
    blocks += [_context(part) for part in split("\n".join(f"Note: {escape(hide(note))}" for note in notes)) if notes]
    return Reply(messages=messages(blocks, f"{len(rows)} rows answered."))


def sources(answer: Answer, home: Path) -> list[Block]:
    """What an answer rests on: each tool's result whole, then the passages, word for word."""
    from agent.shown.tool_report import report

    hide = hidden(home)
    blocks: list[Block] = []
    for call in answer.tool_calls:
        blocks.append(section(f"*[{call.id}] {escape(call.name)}*"))
        result = call.result.model_copy(update={"plots": [], "passages": []}) if call.result else None
        blocks += [section(part) for part in split(code(hide(report(result, WIDTH) if result else str(call.error))))]
    for cited in answer.citations:
        blocks.append(section(escape(f"[{cited.id}] {cited.title}. {cited.source} ({cited.ref})")))
        blocks += [section("\n".join(f"> {line}" for line in part.split("\n"))) for part in split(escape(cited.quote), SECTION // 2)]
    return blocks[:98] or [section("This answer rests on no tool and no passage.")]


def messages(blocks: Sequence[Block], text: str) -> list[Message]:
    """The blocks in as few messages as Slack's limits allow; the buttons are with the last."""
    found: list[list[Block]] = [[]]
    for block in blocks:
        if found[-1] and (len(found[-1]) >= BLOCKS or sum(map(_size, found[-1])) + _size(block) > MESSAGE):
            found.append([])
        found[-1].append(block)
    short = escape(text.strip())[:ALONE] or "…"
    return [Message(text=short if at == 0 else "(continued)", blocks=part) for at, part in enumerate(found)]


def section(text: str) -> Block:
    return {"type": "section", "text": {"type": "mrkdwn", "text": text, "verbatim": True}}


def split(text: str, most: int = SECTION) -> list[str]:
    """Parts of at most `most` characters, cut between paragraphs, lines, sentences or words, whichever comes first; preformatted text stays so."""
    parts: list[str] = []
    text = text.strip()
    while len(text) > most:
        room = text[: most - 4]
        cut = next((at for mark in ("\n\n", "\n", ". ", " ") if (at := room.rfind(mark)) > most // 3), len(room) - 1) + 1
        head, text = text[:cut].rstrip(), text[cut:].lstrip("\n" if "```" in text[:cut] else None)
        if head.count("```") % 2:
            head, text = f"{head}\n```", f"```\n{text}"
        parts.append(head)
    return [*parts, text] if text else parts


def hidden(home: Path) -> Callable[[str], str]:
    """Take folders below `home` from a text; the names of files stay."""
    below = re.compile(rf"{re.escape(str(home))}(?:/[^\s,;'\"]*)?/")
    return lambda text: below.sub("", text)


def _tables(answer: Answer) -> Iterator[str]:
    """Results of several estimates; a single one is in the sentence."""
    for call in answer.tool_calls:
        if call.result and len(call.result.estimates) > 1:
            more = len(call.result.estimates) - ROWS
            yield f"{call.id} {call.name}\n{estimates_table(call.result.estimates[:ROWS], WIDTH)}" + (f"\n… and {more} more" if more > 0 else "")


def _cell(value: object, unit: str | None, probability: float | None) -> str:
    text = {True: "yes", False: "no"}[value] if isinstance(value, bool) else f"{value:.4g}" if isinstance(value, float) else str(value)
    return f"{text}{f' {unit}' if unit else ''}{f' p={probability:.2f}' if probability is not None else ''}"


def _pages(lines: Sequence[str], most: int) -> Iterator[list[str]]:
    page: list[str] = []
    for line in lines:
        if page and sum(len(each) + 1 for each in page) + len(line) > most:
            yield page
            page = []
        page.append(line)
    yield page


def _context(text: str) -> Block:
    return {"type": "context", "elements": [{"type": "mrkdwn", "text": text, "verbatim": True}]}


def _buttons(key: str, sources: bool) -> Block:
    named = [("good", "👍 Good"), ("bad", "👎 Bad"), *([("sources", "Show sources")] if sources else [])]
    elements = [{"type": "button", "action_id": name, "value": key, "text": {"type": "plain_text", "text": text}} for name, text in named]
    return {"type": "actions", "block_id": "about", "elements": elements}


def _size(block: Block) -> int:
    texts = [block.get("text", {}).get("text", ""), *(each["text"] for each in block.get("elements", []) if isinstance(each.get("text"), str))]
    return sum(map(len, texts)) + 100
