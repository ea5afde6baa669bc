"""Every setting, from environment variables: `WAAM_LLM__MODEL`, `WAAM_SERVER__PORT`, `WAAM_HOME`, …"""

import os
from collections.abc import Iterator
from difflib import get_close_matches
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any

import platformdirs
from pydantic import BaseModel, BeforeValidator, Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from agent.errors import BadInput

DEFAULT_MODEL = "qwen2.5-coder-0.5b-instruct"
OWN = "own"  # the adapter that this project made for the model, where it has one
MERGED = "merged"  # a server elsewhere has it in its weights already
NONE = "none"
FORKED = "WAAM_VLLM_FORKED"  # in the environment of a vLLM that this product starts on a processor (agent/model/vllm_forked.py)


class LLMSettings(BaseModel):
    """Which language model answers, and where. Without `base_url` it is the server that `waam up` starts. `adapter`: `own`, `none`,
    `merged` where another server has the own one in its weights, or a folder or name of another one."""

    model: str = DEFAULT_MODEL
    base_url: Annotated[str | None, BeforeValidator(lambda url: url or None)] = None
    api_key: str = "none"
    adapter: Annotated[str, BeforeValidator(lambda name: name or OWN)] = OWN
    timeout_s: float = 90.0
    max_answer_tokens: int = 220


class JudgeSettings(BaseModel):
    """Which language model judges explanations, and where; none unless it is named. Without `base_url` it is the server of the judged one."""

    model: str | None = None
    base_url: str | None = None
    api_key: str | None = None
    timeout_s: float = 90.0


class ServerSettings(BaseModel):
    """The local vLLM server. `precision` auto: int8 where the processor has VNNI instructions, else int8_weights. `speculative_tokens`:
    how many of the next tokens it guesses from the prompt at once, 0 for none; 5 on a processor unless set. `tool_parser`: which of vLLM's
    parsers reads the tool calls of a model that is not known here."""

    host: str = "127.0.0.1"
    port: int = Field(8427, ge=1, le=65535)
    precision: str = Field("auto", pattern="^(auto|int8|int8_weights|float32|bfloat16)$")
    max_model_len: int = 8192
    max_num_seqs: int = 16
    speculative_tokens: int | None = Field(None, ge=0, le=16)
    tool_parser: str | None = None
    kv_cache_gib: int = 1
    start_timeout_s: float = 420.0


class Limits(BaseModel):
    """Where a turn ends, whatever happens."""

    question_chars: int = 4000
    history_turns: int = 6
    tool_calls: int = 6
    turn_s: float = 180.0
    file_mb: int = 200


class TurnsSettings(BaseModel):
    """How many turns run side by side where many people ask (HTTP, Slack), and how many may wait; the rest is told that it is busy."""

    at_once: int = Field(16, ge=1, le=256)
    waiting: int = Field(64, ge=0)


def _names(value: Any) -> Any:
    return tuple(name for name in value.replace(",", " ").split()) if isinstance(value, str) else value


Names = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_names)]  # in the environment with commas between them


class SlackSettings(BaseModel):
    """`waam slack`. `teams`: workspaces that are answered, by their ids; without any, that of the bot token. `all_messages`: channels (ids, or
    `*`) where every message is a question, not only a mention. `cited_only`: channels where an answer without a source is withheld. `rows`:
    how many rows of a file of settings are answered. `answer_within_s`: how old a question may be that a restart finds unanswered.
    `pause_h`: after how many hours without a word the main line of a direct message is a new conversation."""

    bot_token: SecretStr = SecretStr("")
    app_token: SecretStr = SecretStr("")
    signing_secret: SecretStr = SecretStr("")
    teams: Names = ()
    all_messages: Names = ()
    cited_only: Names = ()
    per_minute: int = Field(10, ge=1)
    per_day: int = Field(300, ge=1)
    file_mb: int = Field(50, ge=1)
    rows: int = Field(30, ge=1)
    answer_within_s: float = Field(3600.0, ge=0)
    pause_h: float = Field(12.0, gt=0)
    keep_days: int = Field(30, ge=1)
    api_url: str = "https://slack.com/api/"


class HttpSettings(BaseModel):
    """`waam serve`. `keys`: who may ask, `name:key` separated by commas, or a file with one a line. `hosts`: names by which the server is
    addressed, and `origins`: pages elsewhere that may call it, separated by commas. `stop_s`: how long turns may still run after a signal."""

    keys: str = Field("", repr=False)
    hosts: Names = ()
    origins: Names = ()
    requests_per_minute: int = Field(60, ge=1)
    body_kb: int = Field(512, ge=1)
    upload_mb: int = Field(5, ge=1)
    timeout_s: float = Field(300.0, gt=0)
    stop_s: float = Field(60.0, ge=0)


class Settings(BaseSettings):
    """All settings; nested ones are separated by two underscores in the environment."""

    model_config = SettingsConfigDict(env_prefix="WAAM_", env_nested_delimiter="__")

    home: Path = Field(default_factory=lambda: Path(platformdirs.user_data_path("waam")))
    llm: LLMSettings = LLMSettings()
    judge: JudgeSettings = JudgeSettings()
    server: ServerSettings = ServerSettings()
    limits: Limits = Limits()
    turns: TurnsSettings = TurnsSettings()
    slack: SlackSettings = SlackSettings()
    http: HttpSettings = HttpSettings()

    @property
    def models(self) -> Path:
        return self.home / "models"

    @property
    def state(self) -> Path:
        """Checkpoints, logs, pid files; made on first use."""
        folder = self.home / "state"
        folder.mkdir(parents=True, exist_ok=True)
        if folder.stat().st_mode & 0o077:
            folder.chmod(0o700)  # conversations are nobody else's
        return folder

    @property
    def llm_url(self) -> str:
        return self.llm.base_url or f"http://{self.server.host}:{self.server.port}/v1"


OTHERS = frozenset({FORKED, "WAAM_ENCODER_THREADS", "WAAM_PUBLISH"})  # read by vLLM's plugin, tools/encoder.py and compose.yaml


def unknown_variables() -> list[str]:
    """A sentence on each variable of the environment that looks like a setting and is none."""
    known = OTHERS | set(_names_of(Settings, "WAAM_"))
    return [
        f"{name} is not a setting and does nothing; did you mean {get_close_matches(name.upper(), known, 1, 0)[0]}?"
        for name in sorted(os.environ)
        if name.upper().startswith("WAAM_") and name.upper() not in known
    ]


def _names_of(settings: type[BaseModel], before: str) -> Iterator[str]:
    """The variables of these settings; those of a group can also stand in one, as JSON."""
    for name, field in settings.model_fields.items():
        yield before + name.upper()
        if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
            yield from _names_of(field.annotation, f"{before}{name.upper()}__")


@lru_cache
def settings() -> Settings:
    """The settings of this process. Raises BadInput that names the variable that is wrong."""
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    try:
        found = Settings()
    except ValidationError as wrong:
        first = wrong.errors()[0]
        name = "WAAM_" + "__".join(str(part) for part in first["loc"]).upper()
        raise BadInput(f"The setting {name} cannot be {str(first['input'])[:40]!r}: {first['msg']}.") from None
    return found
