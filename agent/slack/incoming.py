"""What comes from Slack as a question, or as nothing for us. Knows nothing of answers; says only whose word it is and where it belongs."""

from collections.abc import Callable, Mapping
from typing import Any

from pydantic import BaseModel

from agent.settings import Names
from agent.slack.mrkdwn import mentioned, plain

_SPOKEN = (None, "file_share", "thread_broadcast")  # subtypes in which a person says something new; edits, joins and deletions are others
MAIN = "main"
ANEW = ("reset", "/reset")  # the chat's word for it; Slack takes a slash at the very beginning for itself
NOTE = "Here is the shift note: “{note}” What does it say?"


class Attached(BaseModel):
    """A file of a message. `url` is empty where Slack does not hand it out with the event."""

    id: str
    name: str
    url: str = ""
    size: int = 0
    external: bool = False


class Incoming(BaseModel):
    """A question. `ts` is what makes it one of its channel. `root` is what its conversation hangs on: the first message of its thread, or in the
    main line of a direct message, which is one conversation, MAIN until it is known since when that runs, then MAIN-ts. A command has none until
    it is posted as a message. `response_url`: where a person who asked without a message is told what cannot be posted in the channel."""

    team: str
    channel: str
    ts: str
    root: str
    user: str
    question: str
    files: list[Attached] = []
    response_url: str = ""

    @property
    def key(self) -> str:
        return f"{self.channel}:{self.ts}"

    @property
    def conversation(self) -> str:
        """The thread of LangGraph's checkpointer."""
        return f"slack/{self.team}/{self.channel}/{self.root}"

    @property
    def direct(self) -> bool:
        """Whether it stands in a direct message."""
        return self.channel.startswith("D")

    @property
    def thread(self) -> str | None:
        """The thread in which it is answered; None for the main line."""
        return None if not self.root or self.root.startswith(MAIN) else self.root

    @property
    def place(self) -> tuple[str, str | None]:
        """What has this in common is answered in the order in which it came."""
        return self.channel, self.thread

    @property
    def begins_anew(self) -> bool:
        """Whether it asks for a new conversation, and nothing else."""
        return self.question.lower() in ANEW and not self.files


def of_event(event: Mapping[str, Any], team: str, bot: str, all_messages: Names, takes_part: Callable[[str], bool]) -> Incoming | None:
    """The question of a `message` or `app_mention` event, or None: of bots, of what is no new message, and of talk that is not with us.

    With us is what mentions us, a direct message, what stands in a thread that `takes_part` knows and mentions only others, and all of a channel
    of `all_messages`.
    """
    user = event.get("user")
    if not user or user in (bot, "USLACKBOT") or event.get("bot_id") or event.get("subtype") not in _SPOKEN or event.get("hidden"):
        return None
    text, ts = str(event.get("text") or ""), str(event["ts"])
    found = Incoming(
        team=team, channel=event["channel"], ts=ts, root="", user=user, question=plain(text, bot),
        files=[_attached(file) for file in event.get("files") or []],
    )  # fmt: skip
    found.root = str(event.get("thread_ts") or (MAIN if found.direct else ts))
    if bot in mentioned(text) or event.get("type") == "app_mention" or event.get("channel_type") == "im":
        return found
    if mentioned(text):  # said to somebody else
        return None
    return found if covers(all_messages, found.channel) or (found.root != ts and takes_part(found.conversation)) else None


def of_note(payload: Mapping[str, Any]) -> Incoming:
    """The message shortcut: the text of a message as a note to be read, in that message's thread."""
    message = payload["message"]
    note = plain(str(message.get("text") or "")).translate(str.maketrans("“”„", '"""'))  # nothing in it may end the quotation
    return Incoming(
        team=payload["team"]["id"], channel=payload["channel"]["id"], ts=f"shortcut-{payload['action_ts']}",
        root=str(message.get("thread_ts") or message["ts"]), user=payload["user"]["id"], question=NOTE.format(note=note) if note else "",
        response_url=payload.get("response_url", ""),
    )  # fmt: skip


def covers(channels: Names, channel: str) -> bool:
    """Whether a setting that names channels means this one."""
    return channel in channels or "*" in channels


def _attached(file: Mapping[str, Any]) -> Attached:
    return Attached(
        id=str(file.get("id", "")), name=str(file.get("name") or file.get("title") or "file"), url=str(file.get("url_private_download") or ""),
        size=int(file.get("size") or 0), external=bool(file.get("is_external")),
    )  # fmt: skip
