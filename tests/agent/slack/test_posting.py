"""What Slack does not take at once."""

from tests.agent.fakes import QUESTION
from tests.agent.slack.conftest import NORMAL, TURN, HeldModel
from tests.agent.slack.fake_slack import FakeSlack


def test_rate_limits_of_slack_are_kept(fake: FakeSlack, listening):
    fake.failures["chat.postMessage"] = [(429, {"Retry-After": "1"}, {"ok": False, "error": "ratelimited"})]
    with listening(*TURN):
        fake.ack(fake.mention(QUESTION))
        fake.posted(NORMAL)
    assert len(fake.made("chat.postMessage")) == 2


def test_a_message_that_was_removed_is_posted_anew(fake: FakeSlack, listening):
    model = HeldModel(replies=[*TURN])
    with listening(model):
        fake.ack(fake.mention(QUESTION))
        fake.posted("Routing …")
        fake.failures["chat.update"] = [(200, {}, {"ok": False, "error": "message_not_found"})] * 9
        model._go.set()
        fake.wait_for(lambda: len(fake.made("chat.postMessage")) == 2, "it was not posted anew")
