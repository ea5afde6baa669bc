"""One turn as a LangGraph graph; the edges below are the diagram.

    START ─▶ guard ─▶ route ─▶ ground ─▶ run_tools ─▶ compose ─▶ check ─▶ finish ─▶ END
               │        │         │                      ▲          │        ▲
               └────────┴─────────┴──────────────────────┼──────────┼────────┘
                 refused, small talk, a question back    └ repair ──┘

`build` takes the model, so that tests and other servers use the same graph; `graph` is the compiled one that
`langgraph.json` names. Without a model that answers, routing and composing fall back and the turn is `degraded`.
"""

import re
import time
from collections.abc import Callable
from typing import Any

from langchain_core.language_models import BaseChatModel
from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.graph import END, START, StateGraph
from langgraph.graph.state import CompiledStateGraph

from agent import check as checking
from agent import compose as composing
from agent import prompts
from agent.attached import files
from agent.attribute import attribute
from agent.errors import BadInput
from agent.events import answered, tell
from agent.ground import ground
from agent.guard import guard
from agent.llm import chat_model, unavailable
from agent.model.adapter import trained, version
from agent.route import NO_TOOL, instead, plan, plan_without_model, with_file
from agent.runner import number_passages, run_calls
from agent.settings import Settings, settings
from agent.state import Answer, Checks, Citation, Message, Status, Turn, noted
from tools.saying import said
from tools.sentences import korean

Update = dict[str, Any]
_MARKED = re.compile(rf"\s*{checking.MARK.pattern}")


class TurnNodes:
    """The nodes of the graph, each a method from the state to its update."""

    def __init__(self, model: BaseChatModel | None, config: Settings, opens_files: bool = False) -> None:
        self.model = model
        self.config = config
        self.opens_files = opens_files

    def guard(self, state: Turn) -> Update:
        """Refuse what cannot be a question; start the clock."""
        fresh: Update = {
            "started": time.monotonic(), "status": "answered", "planned": [], "calls": [], "passages": [], "notes": [], "draft": "",
            "fault": "", "repairs": 0, "composer": "template", "degraded": prompts.NO_MODEL if self.model is None else "", "usage": {},
            "timings_ms": {}, "verdict": None,
            "open_files": files.together(state.get("open_files", []) if self.opens_files else [], self._files(state)),
        }  # fmt: skip
        try:
            return fresh | {"question": guard(state["question"], self.config.limits.question_chars)}
        except BadInput as refused:
            return fresh | {"status": "refused", "draft": str(refused)}

    def route(self, state: Turn) -> Update:
        """Let the model choose tools; without one, let the shortlist."""
        _progress("routing")
        begun = time.monotonic()
        history, degraded = self._history(state), state["degraded"]
        usage: dict[str, int] = {}
        planned = None
        if self.model is not None:
            try:
                planned, usage = plan(state["question"], history, self.model, self.config.limits.tool_calls, trained(self.config))
            except Exception as error:
                if (reason := unavailable(error)) is None:
                    raise
                degraded = str(reason)
        if not planned:
            planned = plan_without_model(state["question"], history)
        planned = with_file(planned) if self._files(state) else planned
        update: Update = {"planned": planned, "degraded": degraded, "usage": usage, "timings_ms": _timed(state, "route", begun)}
        names = {call.name for call in planned}
        if names <= set(NO_TOOL):
            update |= {"status": "abstained", "draft": prompts.OFF_TOPIC} if names <= {"off_topic"} else {"draft": _said(names, history)}
        return update

    def ground(self, state: Turn) -> Update:
        """Trace arguments to the user's words, or ask back."""
        question, history = state["question"], self._history(state)
        try:
            grounded = ground(state["planned"], question, history, state["open_files"])
            for other in instead(question, history, state["planned"]) if grounded.question else []:
                if (can := ground([other], question, history, state["open_files"])).calls:  # rather an answer than a question back
                    return {"grounded": can, "planned": [other]}
        except BadInput as refused:
            return {"status": "refused", "draft": str(refused)}
        if grounded.question:
            return {"status": "clarify", "draft": grounded.question}
        return {"grounded": grounded}

    def run_tools(self, state: Turn) -> Update:
        """Run the calls side by side; each can fail alone."""
        begun = time.monotonic()
        grounded = state["grounded"]
        calls = run_calls([(name, self._drawing(args)) for name, args in grounded.calls], _progress, state.get("outside", False))
        passages = number_passages(calls)
        update: Update = {"calls": calls, "passages": passages, "timings_ms": _timed(state, "tools", begun)}
        carried = list(dict.fromkeys(said(name, call.args[name]) for call in calls for name in grounded.carried if name in call.args))
        update["notes"] = composing.notes(calls, carried, grounded.unused) + grounded.taken + grounded.open
        update["notes"] += [prompts.LEFT_OUT] if any(map(self._too_long, self._last(state))) else []
        update["notes"] += [prompts.IN_ENGLISH] if korean(state["question"]) else []
        if all(call.result is None or composing.empty(call.result) for call in calls):
            update["notes"] = list(grounded.open)
            errors = [call.error for call in calls if call.error]
            update |= {"status": "error", "draft": " ".join(errors)} if errors else {"status": "abstained", "draft": prompts.NOTHING_FOUND}
        return update

    def compose(self, state: Turn) -> Update:
        """Write the answer with the model, or from the template where there is no model or no time."""
        _progress("writing")
        begun = time.monotonic()
        late = begun - state["started"] > self.config.limits.turn_s
        if self.model is not None and not state["degraded"] and not late:
            fault, knows = state["fault"] or None, trained(self.config)
            prompt = composing.messages(state["question"], state["calls"], state["passages"], fault, state["draft"], knows)
            try:
                written, used = composing.write(self.model, prompt, self.config.llm.max_answer_tokens, lambda words: tell("token", words))
                draft = attribute(written, state["question"], state["calls"], state["passages"])
                usage = {key: state["usage"].get(key, 0) + count for key, count in used.items()}
                return {"draft": draft, "composer": "llm", "usage": usage, "timings_ms": _timed(state, "compose", begun)}
            except Exception as error:
                if (reason := unavailable(error)) is None:
                    raise
                return self._from_template(state, begun) | {"degraded": str(reason)}
        return self._from_template(state, begun)

    def check(self, state: Turn) -> Update:
        """Trace the answer's numbers, labels and marks; after one failed repair the template takes over."""
        verdict = checking.check(state["draft"], state["question"], state["calls"], state["passages"])
        if verdict.ok or state["composer"] == "template":
            return {"verdict": verdict, "fault": ""}
        if state["repairs"] == 0:
            _progress("checking again")
            return {"verdict": verdict, "fault": verdict.fault, "repairs": 1}
        plain = self._from_template(state, time.monotonic())
        verdict = checking.check(plain["draft"], state["question"], state["calls"], state["passages"])
        return plain | {"verdict": verdict, "fault": ""}

    def finish(self, state: Turn) -> Update:
        """The answer object, and the turn's two lines of conversation."""
        verdict = state["verdict"]
        status: Status = state["status"]
        text = state["draft"] if state["calls"] else _MARKED.sub("", state["draft"])  # an earlier answer's marks stand for nothing here
        if status == "answered" and state["degraded"] and state["calls"]:
            status, text = "degraded", f"{text}\n\n{self._without_model(state)}"
        marks = set(checking.MARK.findall(state["draft"]))
        notes = state["notes"] + [f"[{p.id}] is {p.caveat}." for p in state["passages"] if p.id in marks and p.caveat] if state["calls"] else []
        answer = Answer(
            status=status,
            answer=text + noted(notes),
            tool_calls=state["calls"],
            citations=[
                Citation(id=p.id, document=p.document, title=p.title, source=p.source, ref=p.ref, quote=p.text)
                for p in state["passages"]
                if p.id in marks
            ],
            checks=Checks()
            if verdict is None
            else Checks(
                numbers_supported=verdict.numbers_supported,
                citations_valid=verdict.citations_valid,
                supported_sentences=(verdict.supported, verdict.sentences),
                composer=state["composer"],
            ),
            model={"llm": None if state["degraded"] else self.config.llm.model, "adapter": version(self.config)},
            usage=state["usage"],
            timings_ms=state["timings_ms"] | {"total": _ms(state["started"])},
        )
        answered(answer)
        lines = [{"role": "user", "content": state["question"]}, {"role": "assistant", "content": state["draft"]}]  # notes are for people
        return {"answer": answer, "messages": lines if status != "refused" else []}

    def _from_template(self, state: Turn, begun: float) -> Update:
        draft = composing.template(state["calls"], state["passages"])
        return {"draft": draft, "composer": "template", "timings_ms": _timed(state, "compose", begun)}

    def _without_model(self, state: Turn) -> str:
        if state.get("outside", False):
            return prompts.DEGRADED.format(reason=prompts.NOT_USED, where="")
        return prompts.DEGRADED.format(reason=state["degraded"], where=prompts.EXPECTED.format(url=self.config.llm_url))

    def _files(self, state: Turn) -> list[str]:
        """The files that came with this question, if they may be opened."""
        return state.get("files", []) if self.opens_files else []

    def _drawing(self, args: dict[str, Any]) -> dict[str, Any]:
        return args | {"plots_folder": files.plots_folder(self.config.home, args["file"])} if "file" in args else args

    def _history(self, state: Turn) -> list[Message]:
        """What was said before, but for what could not have been asked: it costs more to read than a question may."""
        return [line for line in self._last(state) if not self._too_long(line)]

    def _last(self, state: Turn) -> list[Message]:
        return state.get("messages", [])[-2 * self.config.limits.history_turns :]

    def _too_long(self, line: Message) -> bool:
        return line["role"] == "user" and len(line["content"]) > self.config.limits.question_chars


def build(
    model: BaseChatModel | None, config: Settings, checkpointer: BaseCheckpointSaver[Any] | None = None, opens_files: bool = False
) -> CompiledStateGraph:
    """The compiled graph around `model`; None runs every turn degraded. `opens_files`: whether the
    files that come with a question are opened; agent.attached.files says for whom they may be."""
    nodes = TurnNodes(model, config, opens_files)
    turn = StateGraph(Turn)
    for name in ("guard", "route", "ground", "run_tools", "compose", "check", "finish"):
        turn.add_node(name, getattr(nodes, name))
    turn.add_edge(START, "guard")
    turn.add_conditional_edges("guard", _go_on("route"), ["route", "finish"])
    turn.add_conditional_edges("route", _go_on("ground"), ["ground", "finish"])
    turn.add_conditional_edges("ground", _go_on("run_tools"), ["run_tools", "finish"])
    turn.add_conditional_edges("run_tools", _go_on("compose"), ["compose", "finish"])
    turn.add_edge("compose", "check")
    turn.add_conditional_edges("check", lambda state: "compose" if state["fault"] else "finish", ["compose", "finish"])
    turn.add_edge("finish", END)
    return turn.compile(checkpointer=checkpointer)


def _said(names: set[str], history: list[Message]) -> str:
    """The answer where no tool is needed: the last one that rests on a result, or a few words."""
    given = [line["content"] for line in history if line["role"] == "assistant"]
    founded = [answer for answer in given if checking.MARK.search(answer)]
    if "already_answered" in names and founded:
        return prompts.ALREADY.format(answer=founded[-1].removeprefix(prompts.ALREADY.format(answer="")))
    return prompts.GO_ON if given else prompts.SMALL_TALK


def _go_on(to: str) -> Callable[[Turn], str]:
    """Go to `to` unless the turn already has its last word."""
    return lambda state: "finish" if state["draft"] else to


def _progress(text: str) -> None:
    tell("progress", text)


def _ms(begun: float) -> float:
    return round((time.monotonic() - begun) * 1000, 1)


def _timed(state: Turn, stage: str, begun: float) -> dict[str, float]:
    spent = state["timings_ms"].get(stage, 0.0)
    return state["timings_ms"] | {stage: round(spent + _ms(begun), 1)}


def graph() -> CompiledStateGraph:
    """For LangGraph's own tooling (langgraph.json): the graph on this machine's settings."""
    config = settings()
    return build(chat_model(config), config)
