"""`waam slack`: put together and run until it is told to stop, by Socket Mode or over HTTP."""

import logging
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from threading import Event
from typing import TYPE_CHECKING
from urllib.error import URLError

from filelock import FileLock, Timeout

from agent.conversations import checkpointer, forget_old
from agent.errors import BadInput, WaamError
from agent.graph import build
from agent.llm import chat_model
from agent.many import listening
from agent.settings import Settings
from agent.shown.progress import progress_line

NOT_INSTALLED = "{name} is not installed here; `make venv` installs it, or pip install 'waam-assistant[slack]'."

try:
    from slack_bolt import App
    from slack_bolt.adapter.socket_mode import SocketModeHandler
    from slack_sdk import WebClient
    from slack_sdk.errors import SlackApiError, SlackClientError
    from slack_sdk.http_retry.builtin_handlers import ConnectionErrorRetryHandler, RateLimitErrorRetryHandler, ServerErrorRetryHandler

    from agent.slack.app import listen
    from agent.slack.buttons import Buttons
    from agent.slack.desk import Desk, Tools
    from agent.slack.downloads import Downloads
    from agent.slack.journal import Journal
    from agent.slack.regularly import regularly
except ModuleNotFoundError as missing:
    raise WaamError(NOT_INSTALLED.format(name=missing.name)) from None

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

LOG = logging.getLogger(__name__)
SWEEP_S, PRUNE_S = 60.0, 86_400.0
STOP_S = 25.0  # what a turn may still take after the signal to stop
SETUP = "docs/slack.md says in ten minutes where it comes from."


@dataclass(frozen=True)
class Assistant:
    """Bolt's app with all that stands behind it."""

    app: App
    desk: Desk


def run(settings: Settings, http: tuple[str, int] | None) -> bool:
    """Answer until SIGINT or SIGTERM: over Socket Mode, or over HTTP where `http`, a host and a port, is given; whether all that ran ended in
    time. Raises WaamError, one sentence."""
    _check(settings, http is not None)
    listens = _over_http(*http) if http else partial(_socket, settings)
    stop = Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    with assistant(settings, chat_model(settings)) as ours:
        listens(ours.app, stop)
    return ours.desk.close(0)  # as it was closed


@contextmanager
def assistant(settings: Settings, model: "BaseChatModel | None") -> Iterator[Assistant]:
    """The assistant, with what an earlier process left unanswered already taken up; at the end what runs is let end. Raises WaamError."""
    lock = FileLock(settings.state / "slack.lock")
    try:
        lock.acquire(timeout=0)
    except Timeout:
        raise WaamError("Another `waam slack` runs on this WAAM_HOME; stop it first, since both would answer.") from None
    journal = None
    try:
        slack = settings.slack
        client = _client(settings)
        client.retry_handlers = [  # slack_sdk waits as long as Slack says (Retry-After)
            ConnectionErrorRetryHandler(max_retry_count=3), RateLimitErrorRetryHandler(max_retry_count=5), ServerErrorRetryHandler(max_retry_count=3),
        ]  # fmt: skip
        app = _app(settings, client)
        journal = Journal(settings.state / "slack.sqlite")
        downloads = Downloads(client, settings.home / "slack" / "files", slack.file_mb)
        saver = checkpointer(settings)

        def prune() -> None:
            journal.prune(slack.keep_days)
            downloads.prune(slack.keep_days)
            forget_old(saver, "slack/", slack.keep_days)

        prune()
        graph = build(model, settings, saver, opens_files=True)
        quiet = _client(settings)
        quiet.retry_handlers = []
        desk = Desk(graph, build(model, settings), settings, Tools(client, quiet, journal, downloads))
        listen(app, desk, journal, Buttons(graph, settings, journal), slack)
        try:
            if left := desk.resume():
                progress_line(f"{left} question{'s' if left > 1 else ''} of before the restart.")
            with regularly(desk.resume, SWEEP_S), regularly(prune, PRUNE_S):
                yield Assistant(app, desk)
        finally:
            desk.close(STOP_S)
    finally:
        if journal:
            journal.close()
        lock.release()


def _over_http(host: str, port: int) -> Callable[[App, Event], None]:
    """What serves at this address, which is taken now. Raises WaamError, one sentence, where that cannot be."""
    try:
        from agent.slack.http import PATH, serve
    except ModuleNotFoundError as missing:
        raise WaamError(NOT_INSTALLED.format(name=missing.name)) from None
    bound = listening.listen(host, port)

    def listens(app: App, stop: Event) -> None:
        progress_line(f"Listening on http://{host}:{port}{PATH}; Ctrl-C stops.")
        serve(app, bound, stop)

    return listens


def _socket(settings: Settings, app: App, stop: Event) -> None:
    handler = SocketModeHandler(app, settings.slack.app_token.get_secret_value())
    try:
        handler.connect()
    except SlackApiError as refused:
        raise WaamError(f"Slack refused the app token ({refused.response['error']}); check WAAM_SLACK__APP_TOKEN: {SETUP}") from None
    except (SlackClientError, OSError) as broken:
        raise WaamError(f"Socket Mode cannot be reached ({broken}); check the network, or use --http.") from None
    progress_line("Listening by Socket Mode; Ctrl-C stops.")
    stop.wait()
    handler.close()


def _check(settings: Settings, http: bool) -> None:
    """Every token that this way of listening needs. Raises BadInput that names the first one missing."""
    slack = settings.slack
    other = ("SIGNING_SECRET", slack.signing_secret, "") if http else ("APP_TOKEN", slack.app_token, "xapp-")
    needed = [("BOT_TOKEN", slack.bot_token, "xoxb-"), other]
    for name, token, begins in needed:
        if not token.get_secret_value():
            raise BadInput(f"Slack needs WAAM_SLACK__{name}, which is not set; {SETUP}")
        if not token.get_secret_value().startswith(begins):
            raise BadInput(f"WAAM_SLACK__{name} must begin with {begins}; {SETUP}")


def _client(settings: Settings) -> WebClient:
    return WebClient(settings.slack.bot_token.get_secret_value(), base_url=settings.slack.api_url)


def _app(settings: Settings, client: WebClient) -> App:
    secret = settings.slack.signing_secret.get_secret_value()
    try:
        found = client.auth_test()
    except SlackApiError as refused:
        raise WaamError(f"Slack refused the bot token ({refused.response['error']}); check WAAM_SLACK__BOT_TOKEN: {SETUP}") from None
    except (URLError, OSError) as broken:
        raise WaamError(f"Slack cannot be reached at {settings.slack.api_url} ({broken}); check the network.") from None
    progress_line(f"I am {found.get('user')} in {found.get('team')}.")
    return App(client=client, signing_secret=secret, request_verification_enabled=True, attaching_conversation_kwargs_enabled=False)
