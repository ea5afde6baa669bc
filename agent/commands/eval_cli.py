"""`waam eval`: cases with what is expected of the answers, asked and judged."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from agent.commands.options import Json
from agent.settings import Settings, settings
from agent.shown.progress import status_line

if TYPE_CHECKING:
    from agent.evaluation.evaluate import CaseResult

app = typer.Typer(no_args_is_help=True, help="Evaluation against expected answers.")


@app.callback()
def _verbs() -> None:
    """Keeps `run` a verb of its own."""


@app.command()
def run(
    cases: Annotated[Path, typer.Argument(help="JSONL of cases.")],
    as_json: Json = False,
    out: Annotated[Path | None, typer.Option("--out", help="Write metrics and results here as JSON; a killed run goes on.")] = None,
    concurrency: Annotated[int, typer.Option(help="Cases in flight at once.", min=1, max=64)] = 1,
    rubric: Annotated[bool, typer.Option("--rubric", help="Score explanations by code: complete, supported, cited, brief, uncertain.")] = False,
    judge: Annotated[bool, typer.Option("--judge", help="Let the model of WAAM_JUDGE__MODEL score them too.")] = False,
) -> None:
    """Run cases with expected status, tools, arguments, citations and words.

    Example: waam eval run cases.jsonl --concurrency 8 --out report.json
    """
    from agent.evaluation import scoring
    from agent.evaluation.evaluate import load_cases, run_cases
    from agent.evaluation.journal import Journal
    from agent.graph import graph
    from agent.turn import run_turn

    loaded, graders = load_cases(cases), scoring.graders(rubric, judge, settings())
    journal = Journal(out, _of(cases, list(graders), settings())) if out else None
    known = journal.read() if journal else {}
    if known:
        status_line(f"goes on after {len(known)} of {len(loaded)} cases\n")

    def done(result: "CaseResult") -> None:
        status_line(f"{result.number} of {len(loaded)}, {result.id}: {'right' if result.passed else 'wrong'}")
        if journal:
            journal.add(result)

    turns = graph()
    report = run_cases(loaded, lambda question, history: run_turn(turns, question, history), done, concurrency, graders, known)
    report |= scoring.summaries(report["results"], graders)
    status_line("\n")
    text = json.dumps(report, ensure_ascii=False, indent=1)
    if out and journal:
        out.write_text(text, encoding="utf-8")
        journal.done()
    if as_json:
        print(text)
        return
    for name, share in report["metrics"].items():
        print(f"{name:18} {share['share']:.3f}  (n {share['n']}, 95 % {share['ci95'][0]:.2f} to {share['ci95'][1]:.2f})")
    print("\n".join(scoring.lines(report)), end="\n" * bool(graders))


def _of(cases: Path, graders: list[str], settings: Settings) -> dict[str, Any]:
    """What the results depend on."""
    from agent.model.adapter import identity
    from agent.model.weights import sha256

    judge = {"judge": settings.judge.model, "judge_url": settings.judge.base_url or settings.llm_url} if "judge" in graders else {}
    return {"cases": sha256(cases), **identity(settings), "graders": sorted(graders), **judge}
