"""The one seam to the language model: a LangChain chat model for any OpenAI-compatible server, and a
scripted one for tests and for users who want to try their own graph without a model."""

from collections.abc import Callable, Iterator
from typing import Any, cast

from langchain_core.callbacks import CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage, message_chunk_to_message
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult
from langchain_core.runnables import Runnable
from pydantic import Field, PrivateAttr

from agent.errors import ModelUnavailable
from agent.model.adapter import served_name
from agent.settings import Settings


def chat_model(settings: Settings) -> BaseChatModel:
    """The configured model at temperature 0. Nothing is contacted yet."""
    from langchain_openai import ChatOpenAI

    return ChatOpenAI(
        model=served_name(settings),
        base_url=settings.llm_url,
        api_key=settings.llm.api_key,  # type: ignore[arg-type]
        temperature=0,
        timeout=settings.llm.timeout_s,
        max_retries=1,
        stream_usage=True,
    )


def spoken(model: Runnable[Any, Any], prompt: list[BaseMessage], on_token: Callable[[str], None] | None = None, **more: Any) -> AIMessage:
    """The reply of `model`, whose words `on_token` hears as they come. Streamed even where nobody listens, so that a turn that was stopped in the
    chat ends at the next word, whatever it is at, and frees its place at the server."""
    whole: Any = None
    for chunk in model.stream(prompt, **more):
        whole = chunk if whole is None else whole + chunk
        if on_token and isinstance(chunk.content, str):
            on_token(chunk.content)
    return cast(AIMessage, message_chunk_to_message(whole))


def token_counts(reply: AIMessage) -> dict[str, int]:
    """The tokens of one reply as the answer object names them; 0 where the server does not say."""
    counts: Any = reply.usage_metadata or {}
    return {"prompt_tokens": counts.get("input_tokens", 0), "completion_tokens": counts.get("output_tokens", 0)}


def cut_off(reply: AIMessage) -> bool:
    """Whether the reply ended because it may not be longer."""
    return reply.response_metadata.get("finish_reason") == "length"


def unavailable(error: Exception) -> ModelUnavailable | None:
    """`error` as ModelUnavailable if it says that no model answered, else None (a defect to be raised)."""
    import httpx
    import openai

    if isinstance(error, ModelUnavailable):
        return error
    if isinstance(error, openai.AuthenticationError | openai.PermissionDeniedError):
        return ModelUnavailable("The language model server refused the key; set WAAM_LLM__API_KEY.")
    if isinstance(error, openai.NotFoundError):
        return ModelUnavailable(
            "The server does not have this model with this adapter; start the local one anew with `waam down` and `waam up`, "
            "or check WAAM_LLM__MODEL, WAAM_LLM__ADAPTER and WAAM_LLM__BASE_URL."
        )
    if isinstance(error, openai.APIStatusError):
        return ModelUnavailable(f"The language model server answered with the error {error.status_code}: {error.message[:160]}.")
    if isinstance(error, openai.APITimeoutError | httpx.TimeoutException | TimeoutError):
        return ModelUnavailable("The language model took too long; see WAAM_LLM__TIMEOUT_S and `waam status`.")
    if isinstance(error, openai.APIConnectionError | httpx.ConnectError):
        return ModelUnavailable("No language model answers; `waam up` starts the local one, `waam doctor` says what is wrong.")
    if isinstance(error, openai.APIError | httpx.HTTPError):
        return ModelUnavailable(f"The language model's answer broke off ({type(error).__name__}); ask again, or see `waam status`.")
    return None


class ScriptedModel(BaseChatModel):
    """A chat model that gives the queued replies in order: strings, AIMessages, or exceptions to raise.

    `seen` collects the messages of every call, so that a test can read the prompts.
    """

    replies: list[Any]
    seen: list[list[BaseMessage]] = Field(default_factory=list)
    _next: int = PrivateAttr(0)

    @property
    def _llm_type(self) -> str:
        return "scripted"

    def bind_tools(self, tools: Any, **kwargs: Any) -> Runnable[Any, AIMessage]:
        return self

    def _generate(
        self, messages: list[BaseMessage], stop: list[str] | None = None, run_manager: CallbackManagerForLLMRun | None = None, **kwargs: Any
    ) -> ChatResult:
        self.seen.append(list(messages))
        if self._next >= len(self.replies):
            raise AssertionError("The scripted model has no reply left.")
        reply = self.replies[self._next]
        self._next += 1
        if isinstance(reply, Exception):
            raise reply
        message = reply if isinstance(reply, AIMessage) else AIMessage(content=str(reply))
        return ChatResult(generations=[ChatGeneration(message=message)])

    def _stream(
        self, messages: list[BaseMessage], stop: list[str] | None = None, run_manager: CallbackManagerForLLMRun | None = None, **kwargs: Any
    ) -> Iterator[ChatGenerationChunk]:
        message = self._generate(messages).generations[0].message
        assert isinstance(message, AIMessage)
        if message.tool_calls:
            yield ChatGenerationChunk(message=AIMessageChunk(content="", tool_calls=message.tool_calls))
        if message.usage_metadata:
            yield ChatGenerationChunk(message=AIMessageChunk(content="", usage_metadata=message.usage_metadata))
        for line in str(message.content).splitlines(keepends=True):
            yield ChatGenerationChunk(message=AIMessageChunk(content=line))
        yield ChatGenerationChunk(message=AIMessageChunk(content="", response_metadata=message.response_metadata))


def tool_call_message(*calls: tuple[str, dict[str, Any]]) -> AIMessage:
    """An AIMessage that calls tools, for scripts: tool_call_message(("detect_anomaly", {"settings": "…"}))."""
    return AIMessage(content="", tool_calls=[{"name": name, "args": args, "id": f"call_{i}"} for i, (name, args) in enumerate(calls)])
