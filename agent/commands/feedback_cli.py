"""`waam feedback`: what users said about answers, and which of it the language model may learn from."""

import json
from typing import TYPE_CHECKING, Annotated

import typer

from agent.errors import BadInput
from agent.settings import settings

if TYPE_CHECKING:
    from agent.learning.feedback import Feedback
    from agent.learning.feedback_store import FeedbackStore

app = typer.Typer(no_args_is_help=True, help="What users said about answers: list, approve, reject.")
STATES = {None: "to be looked at", True: "approved", False: "rejected"}
Numbers = Annotated[list[str], typer.Argument(metavar="ID…|all", help="Numbers from the list; all are those that nobody has looked at.")]


@app.command("list")
def list_feedback(
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON list, with results and passages.")] = False,
    everything: Annotated[bool, typer.Option("--all", help="Also what was approved or rejected already.")] = False,
) -> None:
    """Show the feedback that nobody has looked at yet.

    Example: waam feedback list --all
    """
    every = _store().all()
    found = [each for each in every if everything or each.approved is None]
    if as_json:
        print(json.dumps([each.model_dump(mode="json") for each in found], ensure_ascii=False, indent=2))
        return
    for each in found:
        print(report(each) + "\n")
    if found:
        print("Approve with `waam feedback approve ID…`, reject with `waam feedback reject ID…`.")
    elif every:
        print(f"Nothing is left to look at; `waam feedback list --all` shows all {len(every)}.")
    else:
        print("There is no feedback yet; /feedback in `waam chat` gives some.")


@app.command()
def approve(ids: Numbers) -> None:
    """Let the language model learn from feedback: `waam finetune llm --from-feedback` uses what is approved.

    Example: waam feedback approve 3 5
    """
    idle = [each.id for each in _decide(ids, approved=True) if not each.teaches]
    if idle:
        print(f"Nothing is learnt from {', '.join(map(str, idle))}: bad alone, without the right tools or answer, does not say what is right.")


@app.command()
def reject(ids: Numbers) -> None:
    """Keep feedback from being learnt, also if it was approved before.

    Example: waam feedback reject 4
    """
    _decide(ids, approved=False)


def _store() -> "FeedbackStore":
    from agent.learning.feedback_store import FeedbackStore

    return FeedbackStore(settings().state)


def _decide(ids: list[str], approved: bool) -> "list[Feedback]":
    store = _store()
    if "all" in ids:
        numbers = [each.id for each in store.all() if each.approved is None]
    elif wrong := [each for each in ids if not (each.isascii() and each.isdigit() and len(each) < 18)]:
        raise BadInput(f"{wrong[0][:40]!r} is no number of feedback; `waam feedback list` shows them, and `all` means all that are left to look at.")
    else:
        numbers = list(dict.fromkeys(int(each) for each in ids))
    store.decide(numbers, approved)
    print(f"{STATES[approved].capitalize()}: {', '.join(map(str, numbers))}." if numbers else "Nothing is left to look at.")
    return [each for each in store.all() if each.id in numbers]


def report(feedback: "Feedback", width: int | None = None) -> str:
    """Everything that is approved with it, but for the results, in lines of at most `width` columns (the terminal's, and no more than 80)."""
    from rich.table import Table

    from agent.shown.render import page

    before = [line["content"] for line in feedback.history if line["role"] == "user"]
    called = ", ".join(f"{call.name}({call.argument})" for call in feedback.planned)
    rows = {
        "before": before[-1] if before else "",
        "question": feedback.question,
        "called": called or "nothing",
        "answer": feedback.draft,
        "comment": feedback.comment,
        "right tools": ", ".join(feedback.tools),
        "right answer": feedback.answer,
    }
    table = Table(box=None, padding=(0, 2, 0, 0), show_header=False, pad_edge=False)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for name, words in rows.items():
        if words:
            table.add_row(f"   {name}", words)
    console, written = page(width)
    head = (str(feedback.id), feedback.verdict, STATES[feedback.approved], f"{feedback.when:%Y-%m-%d %H:%M} UTC", f"conversation {feedback.thread}")
    console.print("  ".join(head))
    console.print(table)
    return written()
