"""A judge model's opinion of an explanation: the rubric's five respects from 1 to 5, each with its reason.

What is known to bend such judges, and what is done here about it:
- a score is sounder after a reason than before one, or alone (Chiang and Lee 2023, arXiv:2310.05657): the schema asks for the reason first.
- judges prefer long answers, and err where they have nothing to compare with (Zheng et al. 2023, arXiv:2306.05685): the prompt says that length
  is no merit, and holds the evidence that the answer was written from.
- scores drift without a scale (Kim et al. 2024, arXiv:2310.08491): each respect says what 1, 3 and 5 mean.
- judges favour their own writing (Panickssery et al. 2024, arXiv:2404.13076): nothing says who wrote the answer, there is no judge unless the
  settings name one, and a report says where it is the judged model itself.
One answer is judged at a time, so there is no order of two answers to be swayed by. How far to trust it is told by its agreement with the rubric
and, better, with a person's scores.
"""

import json
import re
from functools import cached_property
from threading import Lock
from typing import Any, Literal

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import BaseMessage, HumanMessage, SystemMessage
from langchain_core.runnables import Runnable
from pydantic import BaseModel, ConfigDict, SecretStr, ValidationError

from agent import compose
from agent.errors import BadInput
from agent.evaluation.explanation import Explanation
from agent.model.adapter import served_name, weights_name
from agent.prompts import JUDGE, JUDGED
from agent.settings import Settings
from agent.state import Answer, Message, noted

MAX_TOKENS = 800  # five reasons of a sentence or two, with room for a wordy judge
PATIENCE = 3  # silences in a row after which a judge is not asked any more: a dead server must not cost a timeout for every case


class Opinion(BaseModel):
    """One respect: the reason, then the score."""

    model_config = ConfigDict(extra="forbid")
    reason: str
    score: Literal[1, 2, 3, 4, 5]


class Judgement(BaseModel):
    """The judge's scores of one answer."""

    model_config = ConfigDict(extra="forbid")
    complete: Opinion
    supported: Opinion
    cited: Opinion
    no_more_than_needed: Opinion
    names_uncertainty: Opinion


class Judged(BaseModel):
    """What came of asking the judge: scores by respect and their mean, or why there are none."""

    scores: dict[str, Opinion] | None = None
    mean: float | None = None
    reason: str = ""


def judge_of(settings: Settings) -> "Judge":
    """The judge that the settings name, at temperature 0. Nothing is contacted yet. Raises BadInput where they name none."""
    if not settings.judge.model:
        raise BadInput("No judge model is set; name one with WAAM_JUDGE__MODEL, and its server with WAAM_JUDGE__BASE_URL.")
    from langchain_openai import ChatOpenAI

    url, name = settings.judge.base_url or settings.llm_url, settings.judge.model
    here = url == settings.llm_url
    key = settings.judge.api_key or (settings.llm.api_key if here else "none")  # a key goes to its own server only
    asked = weights_name(settings) if here and name == settings.llm.model else name
    model = ChatOpenAI(
        model=asked, base_url=url, api_key=SecretStr(key), temperature=0, timeout=settings.judge.timeout_s, max_retries=1,
        max_completion_tokens=MAX_TOKENS,
    )  # fmt: skip
    return Judge(model, name, own=here and name in (settings.llm.model, weights_name(settings), served_name(settings)))


class Judge:
    """Asks `model` about answers; may be called from several threads. `own`: it is the model whose answers it judges, with its adapter or not."""

    def __init__(self, model: BaseChatModel, name: str, own: bool = False) -> None:
        self.model, self.name, self.own = model, name, own
        self._silences, self._lock = 0, Lock()

    def __call__(self, question: str, history: list[Message], answer: Answer) -> Judged | None:
        """The judge's scores; None where the answer explains no result. Whatever the judge does, nothing is raised."""
        explained = Explanation(question, answer)
        if not explained.explains:
            return None
        if self._silences >= PATIENCE:
            return Judged(reason=f"The judge was not asked: it did not answer {PATIENCE} times in a row.")
        try:
            reply = self._asked.invoke(messages(explained, history))
        except Exception as error:  # whatever client or server it is, a judge that fails must not end the run
            with self._lock:
                self._silences += 1
            return Judged(reason=self._why(error))
        with self._lock:
            self._silences = 0
        return read(reply)

    @cached_property
    def _asked(self) -> Runnable[Any, Any]:
        return self.model.with_structured_output(Judgement.model_json_schema(), method="json_schema", strict=True, include_raw=True)

    def _why(self, error: Exception) -> str:
        if isinstance(error, TimeoutError) or "Timeout" in type(error).__name__:
            return "The judge took too long; see WAAM_JUDGE__TIMEOUT_S."
        words = " ".join(str(error).split())[:160]
        return f"The judge {self.name} did not answer ({type(error).__name__}: {words}); check WAAM_JUDGE__MODEL, __BASE_URL and __API_KEY."


def messages(explained: Explanation, history: list[Message]) -> list[BaseMessage]:
    """The prompt: the respects and their scale, then what was asked, found and answered. Who wrote the answer is not in it."""
    calls = [call for call, _ in explained.results]
    warnings = dict.fromkeys(warning for _, result in explained.results for warning in result.warnings)
    caveats = [f"[{passage.id}] is {passage.caveat}." for passage in explained.passages.values() if passage.caveat]
    evidence = "\n".join([compose.evidence(calls, list(explained.passages.values())), *(f"Warning: {words}" for words in [*warnings, *caveats])])
    asked = "\n".join([*(line["content"] for line in history if line["role"] == "user"), explained.question])
    answered = explained.body + noted(explained.answer.notes)
    return [SystemMessage(JUDGE), HumanMessage(JUDGED.format(question=asked, evidence=evidence, answer=answered.strip()))]


def read(reply: dict[str, Any]) -> Judged:
    """The scores in a reply as `with_structured_output` gives it, from its text where it was not parsed; or that there are none."""
    found = reply.get("parsed") or _json(str(getattr(reply.get("raw"), "content", "")))
    try:
        judgement = Judgement.model_validate(found)
    except ValidationError:
        return Judged(reason="The judge's reply is not five scores from 1 to 5, each with its reason.")
    scores = {name: getattr(judgement, name) for name in Judgement.model_fields}
    return Judged(scores=scores, mean=round(sum(each.score for each in scores.values()) / len(scores), 4))


def _json(text: str) -> Any:
    """The object in a text, which models like to put between words or in a code block."""
    match = re.search(r"\{.*\}", text, re.DOTALL)
    try:
        return json.loads(match[0]) if match else None
    except (json.JSONDecodeError, RecursionError):
        return None
