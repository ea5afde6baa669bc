"""`waam finetune llm`: an adapter for the language model, from lessons in this agent's own tools and prompts."""

import shlex
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
import yaml

from agent.commands.config_file import ConfigFile
from agent.commands.finetune_options import LOADING, hub_folder
from agent.errors import BadInput, WaamError
from agent.shown.progress import progress_line, shown

if TYPE_CHECKING:
    from finetune.chats import Chat

app = typer.Typer()
COMPOSED_FROM = 12  # lessons drawn for each answer wanted: not every question can be answered


@app.command()
def llm(
    out: Annotated[Path | None, typer.Option("--out", help="Folder for the adapter; a killed run with the same folder goes on.")] = None,
    write: Annotated[Path | None, typer.Option("--write", help="New file for what is learnt; without --out nothing is trained.")] = None,
    base: Annotated[str | None, typer.Option(help="Catalogue model, folder, or name on the model hub (default: WAAM_LLM__MODEL).")] = None,
    start: Annotated[str | None, typer.Option(help="Adapter to go on from: a folder, or `own` for this project's.")] = None,
    lessons: Annotated[int, typer.Option(min=0, help="Conversations that teach which tools to call.")] = 1800,
    answers: Annotated[int, typer.Option(min=0, help="Answers that teach how to write from results; the tools' models must be built.")] = 180,
    data: Annotated[Path | None, typer.Option("--data", help="Conversations of your own to learn beside them, JSONL.")] = None,
    from_feedback: Annotated[bool, typer.Option("--from-feedback", help="Also learn from the feedback that was approved.")] = False,
    epochs: Annotated[int, typer.Option(min=1)] = 1,
    rank: Annotated[int, typer.Option(min=1, max=512, help="Of the low-rank matrices.")] = 16,
    layers: Annotated[float, typer.Option(min=0.01, max=1, help="Share of the layers that are adapted, the last ones.")] = 0.5,
    learning_rate: Annotated[float, typer.Option(min=1e-7, max=1)] = 4e-4,
    longest: Annotated[int, typer.Option(min=16, help="Tokens of a conversation after its instructions; more take more memory.")] = 1024,
    seed: Annotated[int, typer.Option()] = 7,
    config: ConfigFile = None,
) -> None:
    """Train a LoRA adapter that teaches a language model this agent's tools; an hour or two on two cores for the default model.

    Example: waam finetune llm --base qwen2.5-coder-1.5b-instruct --out adapters/mine
    """
    if out is None and write is None:
        raise BadInput("Name a folder for the adapter with --out, or a file for the conversations with --write.")
    if not (lessons or answers or data or from_feedback):
        raise BadInput("There is nothing to learn: give more than 0 for --lessons or --answers, or conversations with --data or --from-feedback.")
    begun = time.monotonic()
    with shown(LOADING) as progress:
        from finetune.chats import read_chats, write_chats
        from finetune.llm import train_llm
        from finetune.llm_adapter import check_trainable
        from finetune.llm_card import write_card
        from finetune.llm_config import LlmConfig
        from finetune.llm_resume import CHATS, partial, unfinished

        chats = unfinished(out) if out is not None else None
        if write is not None and write.exists() and chats is None:  # a run that goes on wrote it
            raise BadInput(f"{write} is there already; give another name, or learn what it holds with --data {write} --lessons 0 --answers 0.")
        own = read_chats(data) if data is not None and chats is None else []
        taught, told = approved_feedback() if from_feedback and chats is None else ([], "")
        training = None
        if out is not None:
            settings = {
                "epochs": epochs, "rank": rank, "alpha": 2 * rank, "layers": layers, "learning_rate": learning_rate, "longest": longest, "seed": seed,
            }  # fmt: skip
            folders = {"base": base_folder(base, progress), "name": base_name(base), "start": start_folder(start, base)}
            training = LlmConfig.model_validate(folders | settings)
            check_trainable(training)
        if chats is not None and out is not None:
            progress(f"goes on with the conversations of {partial(out) / CHATS}; remove {partial(out)} to make them anew")
        else:
            chats = conversations(lessons, answers, seed) + own + taught
        if write is not None:
            write_chats(chats, write)
        if out is None or training is None:
            print(f"{write}: {len(chats)} conversations. Learn them anywhere with --data {write} --lessons 0 --answers 0.")
            return
        progress(f"{len(chats)} conversations to learn{told}")
        report = train_llm(chats, training, out, progress)
        write_card(out, training, chats, report, time.monotonic() - begun)
    if judged := report["held_out"].get("all"):
        print(f"{out}: conversations held out: {judged['n']}, of which {judged['exact']:.0%} are written to the letter.")
    else:
        print(f"{out}: conversations learnt: {report['conversations']}, which is all; none is left to judge by (`waam eval run` can).")
    print(f"{serving(out, base)} {out / 'CARD.md'} says what it can.")


def serving(out: Path, base: str | None) -> str:
    """How the adapter is served: beside which model, and what has to be built before."""
    from agent.settings import settings
    from agent.setup.build import served_model

    model = base or settings().llm.model
    chosen = {"WAAM_LLM__ADAPTER": str(out)} | ({"WAAM_LLM__MODEL": model} if model != settings().llm.model else {})
    setting = " ".join(f"{name}={shlex.quote(value)}" for name, value in chosen.items())
    folder = served_model(settings().model_copy(update={"llm": settings().llm.model_copy(update={"model": model, "adapter": str(out)})}))
    if folder is None or folder.exists():
        return f"Serve it with `{setting} waam up`."
    return f"Serve it with `{setting} waam models build`, since this machine serves another form ({folder.name}), and then `{setting} waam up`."


def conversations(lessons: int, answers: int, seed: int) -> "list[Chat]":
    """What the model is to learn of this agent: routing, and answers to what the tools give. Raises WaamError where they give none."""
    from agent.learning.lessons import Lesson, composing_chats, routing_chat
    from agent.learning.wordings import LESSONS, QUESTIONS
    from finetune.chats import Chat
    from finetune.lessons import routing_lessons

    questions, more = (yaml.safe_load(file.read_text(encoding="utf-8")) for file in (QUESTIONS, LESSONS))

    def made(count: int, seed: int) -> list[Lesson]:
        return [Lesson(**vars(each)) for each in routing_lessons(questions, more, count, seed)]

    found: list[dict[str, Any]] = [routing_chat(lesson) for lesson in made(lessons, seed)]
    asked = [each for each in made(COMPOSED_FROM * answers, seed + 1) if each.kind not in ("trap", "missing")]
    composed = list(composing_chats(asked, answers))
    if len(composed) < answers:
        raise WaamError(f"The tools answered {len(composed)} of the {answers} questions wanted; run `waam models build`, or give a lower --answers.")
    found += composed
    return [Chat(tuple(each["messages"]), tuple(each["tools"]), each["kind"]) for each in found]


def approved_feedback() -> "tuple[list[Chat], str]":
    """The conversations that approved feedback teaches, and in words how many of it are used. Raises BadInput where that is none."""
    from agent.learning.feedback_lessons import feedback_chats
    from agent.learning.feedback_store import FeedbackStore
    from agent.settings import settings
    from finetune.chats import FEEDBACK, Chat

    approved = FeedbackStore(settings().state).approved()
    if not approved:
        raise BadInput("No feedback is approved yet; `waam feedback list` shows what was said, `waam feedback approve ID…` approves it.")
    each = [feedback_chats(feedback) for feedback in approved]
    used = sum(1 for chats in each if chats)
    if not used:
        raise BadInput(f"None of the approved feedback ({len(approved)}) says what would be right; `waam feedback approve` one that does.")
    found = [Chat(tuple(chat["messages"]), tuple(chat["tools"]), FEEDBACK) for chats in each for chat in chats]
    return found, f", {len(found)} of them from feedback ({used} of {len(approved)} approved used)"


def start_folder(start: str | None, base: str | None) -> Path | None:
    """The adapter to go on from. Raises BadInput where the project has none of its own for the model `base`."""
    from agent.model.adapter import FOLDER
    from agent.model.weights import catalog
    from agent.settings import OWN, settings

    if start != OWN:
        return Path(start) if start else None
    name = base or settings().llm.model
    if name not in catalog() or catalog()[name].adapter is None:
        raise BadInput(f"This project has no adapter of its own for {name}; leave --start away, or name a folder.")
    return FOLDER / name


def base_name(name: str | None) -> str:
    """What the model to adapt is called: a folder's name, or the name in the catalogue or on the hub, whatever the folder that it lies in."""
    from agent.settings import settings

    name = name or settings().llm.model
    return Path(name).resolve().name if Path(name).is_dir() else name


def base_folder(name: str | None, progress: Any = progress_line) -> Path:
    """The model to adapt, in the Hugging Face form and 16 bits: a folder as it is, a catalogue model fetched and converted, any other from
    the model hub. Raises DataError before anything large is fetched where the memory does not suffice to train it."""
    from agent.model.convert import convert, served_folder
    from agent.model.weights import catalog, fetch
    from agent.settings import settings
    from finetune.memory import ensure_free

    name = name or settings().llm.model
    if Path(name).is_dir():
        return Path(name)
    if name not in catalog():
        ensure_free(name, hub_parameters(name))
        return hub_folder(name)
    if catalog()[name].role != "llm":
        raise BadInput(f"{name} is no language model but an {catalog()[name].role}; give --base a language model.")
    folder, models = served_folder(settings().models, name, "bfloat16"), settings().models
    if not folder.exists():
        ensure_free(name, catalog()[name].parameters or 0)
        convert(fetch(name, models, progress) / catalog()[name].file, folder, int8=False, progress=progress)
    return folder


def hub_parameters(name: str) -> int:
    """How many weights a model of the model hub has; 0 where the hub does not say."""
    from huggingface_hub import model_info

    try:
        weights = model_info(name, timeout=5).safetensors
    except Exception:  # the hub's errors share no base; whether the model can be had at all is found out next
        return 0
    return weights.total if weights else 0
