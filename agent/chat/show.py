"""An answer as the chat shows it: its text, the results as a table, what to mind, and the sources as footnotes. Nothing is left out or reworded.

The text is no Markdown: `<5 mm` or a name with underscores would lose characters that the check has seen.
"""

from collections.abc import Iterable, Sequence

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from agent.chat.units import Units
from agent.check import MARK
from agent.shown.render import harmless
from agent.shown.tool_report import doubt, report, value
from agent.state import Answer, Citation, ToolCall
from tools.saying import title

MOST_ROWS = 10
_STYLES = {"degraded": "yellow", "refused": "yellow", "error": "red"}


def answer_page(answer: Answer, units: Units, width: int) -> RenderableType:
    """Everything that is known about an answer, in reading order."""
    shown: list[RenderableType] = []
    for number, paragraph in enumerate(answer.said.split("\n\n")):
        style = _STYLES.get(answer.status, "") if answer.status != "degraded" or number else ""  # what degraded it stands behind the results
        shown += [*([""] if number else []), _marked(paragraph, style)]
    if any(call.result and call.result.estimates for call in answer.tool_calls):
        shown += ["", results(answer.tool_calls, units), *_settings(answer.tool_calls, units)]
    if answer.notes:
        shown += ["", _list((Text("!", "yellow"), Text(harmless(note), "dim")) for note in answer.notes)]
    if answer.citations:
        shown += ["", footnotes(answer.citations)]
    return Group(*shown)


def results(calls: Sequence[ToolCall], units: Units) -> Table:
    """Tool, value, unit and how sure it is, a row for each estimate."""
    table = Table.grid(padding=(0, 2, 0, 0))
    for justify in ("left", "left", "right", "left", "left"):
        table.add_column(justify=justify, overflow="fold")  # type: ignore[arg-type]
    for call in calls:
        if not call.result or not call.result.estimates:
            continue
        estimates = [units.estimate(estimate) for estimate in call.result.estimates]
        table.add_row(Text(call.id, "bold cyan"), Text(call.name, "bold"), "", "", "")
        for each in estimates[:MOST_ROWS]:
            table.add_row("", *(Text(harmless(cell)) for cell in (title(each.name), value(each.value), each.unit or "", doubt(each))))
        if len(estimates) > MOST_ROWS:
            table.add_row("", Text(f"{len(estimates) - MOST_ROWS} more: /sources {call.id}", "dim"), "", "", "")
    return table


def footnotes(citations: Sequence[Citation]) -> RenderableType:
    """One entry for each source, and how to read it."""
    entries = [(Text(each.id, "bold cyan"), Text(harmless(f"{each.title}. {each.source} ({each.ref})"), "dim")) for each in citations]
    return _list([*entries, (Text(""), Text(f"/sources {citations[0].id.removeprefix('K')} opens the first", "dim italic"))])


def sources(answer: Answer, units: Units) -> RenderableType:
    """`/sources`: the results with their settings, and the passages with what is quoted of them."""
    shown: list[RenderableType] = []
    if any(call.result and call.result.estimates for call in answer.tool_calls):
        shown += [results(answer.tool_calls, units), *_settings(answer.tool_calls, units)]
    for each in answer.citations:
        shown += [*([""] if shown else []), citation(each)]
    return Group(*shown) if shown else Text("The last answer rests on no result and no source.")


def citation(cited: Citation) -> RenderableType:
    """A source with the words that are cited."""
    head = Text.assemble((cited.id, "bold cyan"), "  ", (harmless(cited.title), "bold"))
    provenance = Text(harmless(f"{cited.source} ({cited.ref}); document {cited.document}"), "dim")
    return Group(head, Padding(Text(harmless(cited.quote)), (0, 0, 0, 4)), Padding(provenance, (0, 0, 0, 4)))


def source(answer: Answer, mark: str, width: int) -> RenderableType | None:
    """`/sources 2`, `/sources T1`: one passage, or one result with all that the tool said; None where the answer has no such."""
    wanted = mark.strip("[]").upper()
    for name in (f"K{wanted}", f"T{wanted}") if wanted.isdigit() else (wanted,):
        for cited in answer.citations:
            if cited.id == name:
                return citation(cited)
        for call in answer.tool_calls:
            if call.id == name:
                head = Text.assemble((call.id, "bold cyan"), "  ", (call.name, "bold"))
                said = report(call.result, width - 4) if call.result else call.error or ""
                return Group(head, Padding(Text(harmless(said)), (0, 0, 0, 4)))
    return None


def said_of(call: ToolCall, units: Units) -> str:
    """The arguments of a call as people read them."""
    return ", ".join(units.amount(name, given) for name, given in call.args.items())


def _settings(calls: Sequence[ToolCall], units: Units) -> list[RenderableType]:
    """The settings that the results are for, once where they are the same."""
    of: dict[str, list[str]] = {}
    for call in calls:
        if call.result and call.result.estimates and call.args:
            of.setdefault(harmless(said_of(call, units)), []).append(call.id)
    if len(of) == 1:
        return [Padding(Text(f"For {next(iter(of))}.", "dim"), (0, 0, 0, 4))]
    return [Padding(Text(f"{', '.join(ids)} for {said}.", "dim"), (0, 0, 0, 4)) for said, ids in of.items()]


def _marked(text: str, style: str) -> Text:
    shown = Text(harmless(text), style)
    shown.highlight_regex(MARK, "cyan")
    return shown


def _list(rows: Iterable[tuple[Text, Text]]) -> Table:
    """Entries behind their signs, further lines below the first."""
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(width=2)
    table.add_column(overflow="fold")
    for row in rows:
        table.add_row(*row)
    return table
