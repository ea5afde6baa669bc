"""What Slack does not take at once."""

from types import SimpleNamespace

from tests.agent.fakes import QUESTION
from tests.agent.slack.conftest import NORMAL, TURN, HeldModel
from tests.agent.slack.fake_slack import FakeSlack


def test_rate_limits_of_slack_are_kept(fake: FakeSlack, listening, monkeypatch):
    waited: list[tuple[float, int]] = []
    slept = SimpleNamespace(sleep=lambda seconds: waited.append((seconds, len(fake.made("chat.postMessage")))))
    monkeypatch.setattr("slack_sdk.http_retry.builtin_handlers.time", slept)
    fake.failures["chat.postMessage"] = [(429, {"Retry-After": "7"}, {"ok": False, "error": "ratelimited"})]
    with listening(*TURN):
        fake.ack(fake.mention(QUESTION))
        fake.posted(NORMAL)
    ((seconds, posted),) = waited
    assert 7 <= seconds < 9 and posted == 1 and len(fake.made("chat.postMessage")) == 2


def test_a_message_that_was_removed_is_posted_anew(fake: FakeSlack, listening):
    model = HeldModel(replies=[*TURN])
    with listening(model):
        fake.ack(fake.mention(QUESTION))
        fake.posted("Routing …")
        fake.failures["chat.update"] = [(200, {}, {"ok": False, "error": "message_not_found"})] * 9
        model._go.set()
        fake.wait_for(lambda: len(fake.made("chat.postMessage")) == 2, "it was not posted anew")
