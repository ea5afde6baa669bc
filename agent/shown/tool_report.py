"""A tool's result as text for a terminal: what it says, a table of the estimates, warnings, the model, plots. 80 columns at most."""

from agent.check import sentences
from agent.shown.render import page
from tools.result import Estimate, ToolResult
from tools.saying import title


def report(result: ToolResult, width: int | None = None) -> str:
    """The result as lines of at most `width` columns (the terminal's, and no more than 80); paths of plots are not broken."""
    console, written = page(width)
    for sentence in sentences(result.summary):
        console.print(sentence)
    if result.estimates:
        console.print()
        console.print(_table(result.estimates))
    for passage in result.passages:
        console.print(f"\n{passage.score:.2f}  {passage.title}\n{passage.text}\n{passage.source} ({passage.ref})")
    notes = [f"Warning: {warning}" for warning in result.warnings] + [f"Note: {hint}" for hint in result.hints]
    if result.model:
        notes.append(f"Model {result.model.name}, version {result.model.version}; trained on: {result.model.data_label}.")
    if notes:
        console.print()
    for note in notes:
        console.print(note)
    for plot in result.plots:
        console.print(f"Plot: {plot}", soft_wrap=True)
    return written()


def estimates_table(estimates: list[Estimate], width: int) -> str:
    """The estimates alone, in lines of at most `width` columns."""
    console, written = page(width)
    console.print(_table(estimates))
    return written()


def _table(estimates: list[Estimate]) -> object:
    from rich.table import Table

    certain = all(e.probability is None and e.interval is None for e in estimates)
    table = Table(box=None, padding=(0, 2, 0, 0), show_header=False, pad_edge=False)
    table.add_column(overflow="fold")
    table.add_column(justify="right", overflow="fold")
    table.add_column(overflow="fold")
    if not certain:
        table.add_column(overflow="fold")
    for estimate in estimates:
        table.add_row(title(estimate.name), value(estimate.value), estimate.unit or "", *([] if certain else [doubt(estimate)]))
    return table


def value(value: float | bool | str) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return value if isinstance(value, str) else f"{value:.6g}"


def doubt(estimate: Estimate) -> str:
    parts = [f"probability {estimate.probability:.2f}"] if estimate.probability is not None else []
    if estimate.interval:
        low, high = estimate.interval
        parts.append(f"{f'{estimate.level:.0%} ' if estimate.level else ''}interval {low:.4g} to {high:.4g}")
    return ", ".join(parts)
