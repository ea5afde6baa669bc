"""From results to an answer: written by the language model around the results, or by the template that
states each result's own summary. Both cite [T1] for tools and [K1] for passages."""

from collections.abc import Callable

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, SystemMessage

from agent import prompts
from agent.check import sentences
from agent.llm import cut_off, spoken, token_counts
from agent.state import ToolCall
from tools.result import Passage, ToolResult

SHOWN_PASSAGES = 3


def evidence(calls: list[ToolCall], passages: list[Passage]) -> str:
    """The results and passages as the model sees them, each behind its mark."""
    lines = [f"[{call.id}] {call.result.summary}" for call in calls if call.result and not call.result.passages]
    lines += [f"[{p.id}] {p.text}" for p in passages[:SHOWN_PASSAGES]]
    return "\n".join(lines)


def messages(
    question: str, calls: list[ToolCall], passages: list[Passage], fault: str | None = None, draft: str = "", trained: bool = False
) -> list[BaseMessage]:
    """The prompt for an answer, with worked examples unless the model is `trained` for it; with `fault`, for the one repair of `draft`."""
    asked = f"Results and passages:\n{evidence(calls, passages)}\n\nQuestion: {question}"
    prompt: list[BaseMessage] = [SystemMessage(prompts.COMPOSE)]
    for shown, answer in () if trained else prompts.COMPOSE_EXAMPLES:
        prompt += [HumanMessage(shown), AIMessage(answer)]
    prompt.append(HumanMessage(asked))
    if fault:
        prompt += [AIMessage(draft), HumanMessage(prompts.REPAIR.format(fault=fault))]
    return prompt


def write(model: BaseChatModel, prompt: list[BaseMessage], max_tokens: int, on_token: Callable[[str], None]) -> tuple[str, dict[str, int]]:
    """The model's answer, told word by word, and the tokens it took; of one that ran into `max_tokens` the sentence that was cut is left out.
    Raises whatever the client raises."""
    reply = spoken(model, prompt, on_token, max_tokens=max_tokens)
    text = str(reply.content).strip()
    return " ".join(sentences(text)[:-1]) if cut_off(reply) else text, token_counts(reply)


def template(calls: list[ToolCall], passages: list[Passage]) -> str:
    """The plain answer: every summary with its mark, then the best passages as they are."""
    sentences = [
        f"{call.result.summary.rstrip('.')} [{call.id}]." for call in calls if call.result and not call.result.passages and not empty(call.result)
    ]
    sentences += [f"{p.text.rstrip('. ')} [{p.id}]." for p in passages[: SHOWN_PASSAGES - 1]]
    return " ".join(sentences)


def empty(result: ToolResult) -> bool:
    """A search that found nothing has nothing to state."""
    return result.tool == "search_knowledge" and not result.passages


def notes(calls: list[ToolCall], carried: list[str], unused: list[str]) -> list[str]:
    """What a reader must know beside the answer: which tools could not answer, the tools' warnings (once each),
    what was taken from earlier messages, what was left aside."""
    found = [f"{call.name} could not answer: {call.error}" for call in calls if call.error]
    found += [f"The knowledge base has nothing about {call.args.get('query', 'this')!r}." for call in calls if call.result and empty(call.result)]
    found += dict.fromkeys(w for call in calls if call.result for w in call.result.warnings)
    found += [f"Plots: {', '.join(call.result.pictures)}." for call in calls if call.result and call.result.pictures]
    estimates = {call.name: call.result.estimates for call in calls if call.result}  # ground calls a tool once a turn
    normal = any(e.value == "normal" for e in estimates.get("detect_anomaly", []))
    named = [e.name.lower() for e in estimates.get("classify_defects", []) if e.value is True and e.name != "Normal"]
    if normal and named:
        found.append(f"The two models disagree: one finds the bead normal, the other names {', '.join(named)}; treat the bead as doubtful.")
    if carried:
        found.append("Taken from earlier messages: " + ", ".join(carried) + ".")
    if unused:
        found.append(f"Not used, because it is unclear what it states: {', '.join(unused)}.")
    return found
