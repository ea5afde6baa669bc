"""What is written into Slack: the message that stands for an answer until it is there, then the answer in its place, with what goes below it."""

import logging
from pathlib import Path
from typing import Any

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from slack_sdk.webhook import WebhookClient

from agent.slack.board import Board
from agent.slack.incoming import Incoming
from agent.slack.journal import Journal
from agent.slack.mrkdwn import escape
from agent.slack.reply import Message, Reply, section

LOG = logging.getLogger(__name__)
THINKING = "_Working on it …_"
NOT_HERE = "I cannot write in this channel; invite me with `/invite @waam`, or ask me in a direct message."
FINAL = frozenset({  # what Slack says where it makes no difference to ask it again; anything else is tried again
    "channel_not_found", "not_in_channel", "is_archived", "msg_too_long", "msg_blocks_too_long", "restricted_action", "account_inactive",
    "invalid_auth", "not_authed", "token_revoked", "token_expired", "no_permission", "missing_scope", "user_not_found", "cannot_dm_bot",
    "invalid_blocks", "invalid_blocks_format", "invalid_arguments", "no_text",
})  # fmt: skip


class Posting:
    """Writes down in the journal what stands in Slack by now. Raises SlackApiError for what Slack does not take."""

    def __init__(self, client: WebClient, journal: Journal, board: Board) -> None:
        self._client, self._journal, self._board = client, journal, board

    def say(self, incoming: Incoming, text: str) -> str:
        """One message of ours where `incoming` stands; its ts. `text` is mrkdwn."""
        return str(self._client.chat_postMessage(**_place(incoming), text=text)["ts"])

    def alone(self, incoming: Incoming, text: str) -> None:
        """One sentence that only the person who asked sees."""
        thread = incoming.thread if incoming.thread != incoming.ts else None  # a thread that has no reply shows nothing
        self._client.chat_postEphemeral(channel=incoming.channel, user=incoming.user, thread_ts=thread, text=escape(text))

    def begin(self, incoming: Incoming) -> str:
        """The ts of the message that stands for the answer until that is there."""
        shown = str(self._client.chat_postMessage(**_place(incoming), text="Working on it …", blocks=[section(THINKING)])["ts"])
        self._journal.shown(incoming.key, shown)
        return shown

    def post(self, incoming: Incoming, shown: str | None, reply: Reply) -> None:
        """The first message in the place of the one that said how far it is, the others and the pictures below it."""
        first, *others = reply.messages
        if shown is not None:
            self._board.leave((incoming.channel, shown))
        try:
            self._replace(incoming, shown, first)
            for at, message in enumerate(others):
                self._client.chat_postMessage(**_place(incoming), **message.model_dump())
                self._journal.remains(incoming.key, Reply(messages=[first, *others[at + 1 :]], plots=reply.plots))
            self._draw(incoming, [plot for plot in reply.plots if Path(plot).is_file()])
        except SlackApiError as refused:
            if not is_final(refused):  # the journal keeps it for later
                raise
            LOG.warning("Slack did not take an answer in %s: %s", incoming.channel, error(refused))

    def _replace(self, incoming: Incoming, shown: str | None, message: Message) -> None:
        if shown is not None:
            try:
                self._client.chat_update(channel=incoming.channel, ts=shown, **message.model_dump())
                return
            except SlackApiError as refused:
                if error(refused) not in ("message_not_found", "cant_update_message", "edit_window_closed"):  # somebody removed it
                    raise
        self._journal.shown(incoming.key, str(self._client.chat_postMessage(**_place(incoming), **message.model_dump())["ts"]))

    def _draw(self, incoming: Incoming, plots: list[str]) -> None:
        if not plots:
            return
        try:
            uploads = [{"file": plot, "filename": Path(plot).name, "title": Path(plot).stem.replace("_", " ")} for plot in plots]
            self._client.files_upload_v2(file_uploads=uploads, channel=incoming.channel, thread_ts=incoming.thread)
        except SlackApiError as refused:
            if error(refused) != "missing_scope":
                raise
            self.say(incoming, "I may not upload the plots here; give the bot the scope files:write.")


def not_here(incoming: Incoming) -> None:
    """Slack does not let us write there: who asked by a command or a shortcut is told so."""
    if incoming.response_url:
        WebhookClient(incoming.response_url).send(text=NOT_HERE, response_type="ephemeral")


def error(refused: SlackApiError) -> str:
    """Slack's own word for it."""
    return str(refused.response.get("error"))


def is_final(refused: SlackApiError) -> bool:
    """Whether asking again makes no difference."""
    return error(refused) in FINAL


def _place(incoming: Incoming) -> dict[str, Any]:
    return {"channel": incoming.channel, "thread_ts": incoming.thread, "unfurl_links": False, "unfurl_media": False}
