"""Bolt's listeners: who may ask, what is taken down before Slack hears that it arrived, and what the buttons do. Everything that takes long is
handed to the desk."""

from collections.abc import Callable
from typing import Any

from slack_bolt import Ack, App, BoltContext, BoltResponse
from slack_sdk import WebClient

from agent.errors import WaamError
from agent.learning.feedback import Said
from agent.settings import SlackSettings
from agent.slack import incoming as reading
from agent.slack.buttons import Buttons, better, told
from agent.slack.desk import Desk
from agent.slack.early import Early
from agent.slack.incoming import Incoming
from agent.slack.journal import Journal
from agent.slack.mrkdwn import escape, plain

HELP = (
    "Ask about a weld bead, such as `/waam Would a bead at 188 A, 21.4 V and 48 cm/min be normal?` In a channel mention me: the answer comes in a "
    "thread; go on there. In a direct message just write, and go on there; `reset` begins a new conversation. You can attach a monitoring log or "
    "a table of settings (CSV) and have it read."
)
Body = dict[str, Any]


def listen(app: App, desk: Desk, journal: Journal, buttons: Buttons, settings: SlackSettings) -> None:
    """Register every listener on `app`."""

    early = Early()

    def of_our_teams(body: Body, context: BoltContext, next: Callable[[], None]) -> BoltResponse | None:
        """In a channel that is shared with another workspace its people are heard too; they are not answered unless that one is allowed."""
        own = str(context.authorize_result.team_id) if context.authorize_result else ""
        allowed = set(settings.teams) or {own}
        event, user = body.get("event") or {}, body.get("user") or {}
        theirs = {context.team_id, event.get("user_team") or event.get("team"), user.get("team_id") if isinstance(user, dict) else None}
        if theirs - {None} <= allowed:
            next()
            return None
        return BoltResponse(status=200)  # heard, and nothing more

    def take(body: Body, event: Body, context: BoltContext, next: Callable[[], None]) -> None:
        """Before the acknowledgement: what Slack believes has arrived is on disk. Raising here has Slack send it again."""
        team, bot = str(context.team_id or ""), str(context.bot_user_id or "")
        found = reading.of_event(event, team, bot, settings.all_messages, journal.takes_part)
        if found is None:
            early.keep(reading.of_event(event, team, bot, (), lambda conversation: True))
            found = reading.of_event(event, team, bot, (), journal.takes_part)  # once more: the mention may have come meanwhile
        if found and journal.take(found, body.get("event_id")):
            for each in (found, *(later for later in early.after(found) if journal.take(later))):
                desk.hand_in(each)
        next()

    def done() -> None:
        """All is done in `take`."""

    def command(ack: Ack, command: Body) -> None:
        question = plain(command.get("text") or "")
        if question.lower() in ("", "help"):
            ack(HELP)
            return
        user, channel, ts = command["user_id"], command["channel_id"], f"command-{command['trigger_id']}"
        asked = Incoming(team=command["team_id"], channel=channel, ts=ts, root="", user=user, question=question)
        if asked.begins_anew and not asked.direct:
            ack("Each question to me in a channel begins a new conversation; `/waam reset` is for a direct message.")
            return
        hand_in(asked.model_copy(update={"response_url": command.get("response_url", "")}))
        ack()

    def note(ack: Ack, shortcut: Body) -> None:
        hand_in(reading.of_note(shortcut))
        ack()

    def hand_in(found: Incoming) -> None:
        if journal.take(found):
            desk.hand_in(found)

    def judge(ack: Ack, body: Body, action: Body, client: WebClient) -> None:
        ack()
        try:
            if action["action_id"] == "bad":  # first, since Slack opens a window only within three seconds
                client.views_open(trigger_id=body["trigger_id"], view=better(action["value"]))
        finally:  # the word counts without the window too
            _tell(client, body, _kept(lambda: buttons.keep(action["value"], Said(verdict=action["action_id"]))))

    def show(ack: Ack, body: Body, action: Body, client: WebClient) -> None:
        ack()
        try:
            client.views_open(trigger_id=body["trigger_id"], view=buttons.sources(action["value"]))
        except WaamError as refused:
            _tell(client, body, str(refused))

    def improve(ack: Ack, view: Body) -> None:
        key, said = told(view)
        if not (said.comment or said.tools or said.answer):
            ack()
            return
        try:
            buttons.keep(key, said)
        except WaamError as refused:
            ack(response_action="errors", errors={"answer" if said.answer else "tools" if said.tools else "comment": str(refused)})
        else:
            ack()

    app.use(of_our_teams)
    for kind in ("app_mention", "message"):
        app.event(kind, middleware=[take])(done)
    app.command("/waam")(command)
    app.shortcut("analyse_note")(note)
    app.action("good")(judge)
    app.action("bad")(judge)
    app.action("sources")(show)
    app.view("better")(improve)


def _kept(keep: Callable[[], str]) -> str:
    try:
        return keep()
    except WaamError as refused:
        return str(refused)


def _tell(client: WebClient, body: Body, text: str) -> None:
    thread = body.get("message", {}).get("thread_ts")
    client.chat_postEphemeral(channel=body["channel"]["id"], user=body["user"]["id"], thread_ts=thread, text=escape(text))
