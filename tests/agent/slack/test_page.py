"""What docs/slack.md and the manifest say is what the code does."""

import re
from pathlib import Path

import yaml
from slack_bolt import App
from slack_sdk import WebClient

from agent.settings import Settings
from agent.slack import app as listening

DOCS = Path(__file__).parents[3] / "docs"
MANIFEST = yaml.safe_load((DOCS / "slack-manifest.yaml").read_text(encoding="utf-8"))
NEEDS = {  # what each call of ours, and each event, takes by Slack's documentation
    "chat:write", "files:read", "files:write", "commands", "app_mentions:read", "channels:history", "groups:history", "im:history", "mpim:history",
}  # fmt: skip


def test_every_setting_it_names_is_read_and_every_one_is_named(config: Settings):
    named = set(re.findall(r"WAAM_SLACK__([A-Z_]+)", (DOCS / "slack.md").read_text(encoding="utf-8")))
    assert {name.lower() for name in named} == set(type(config.slack).model_fields)


def test_the_manifest_asks_for_what_is_needed():
    assert set(MANIFEST["oauth_config"]["scopes"]["bot"]) >= NEEDS
    assert {"app_mention", "message.channels", "message.groups", "message.im", "message.mpim"} == set(
        MANIFEST["settings"]["event_subscriptions"]["bot_events"]
    )
    assert MANIFEST["features"]["app_home"]["messages_tab_enabled"] and MANIFEST["settings"]["interactivity"]["is_enabled"]


def test_the_manifest_names_what_is_listened_to(monkeypatch):
    heard: list[tuple[str, str]] = []
    for kind in ("command", "shortcut"):
        monkeypatch.setattr(App, kind, lambda self, name, kind=kind: heard.append((kind, name)) or (lambda function: function))
    app = App(client=WebClient("xoxb-1"), signing_secret="x", token_verification_enabled=False)
    listening.listen(app, None, None, None, None)  # type: ignore[arg-type]
    features = MANIFEST["features"]
    assert heard == [("command", features["slash_commands"][0]["command"]), ("shortcut", features["shortcuts"][0]["callback_id"])]
    assert features["slash_commands"][0]["should_escape"] and features["shortcuts"][0]["type"] == "message"
