"""While an answer is made: who is ahead, the draft, and what may only be said with a source."""

from tests.agent.fakes import QUESTION
from tests.agent.slack.conftest import NORMAL, SEARCH, TURN, HeldModel
from tests.agent.slack.fake_slack import LONG, FakeSlack


def test_it_is_acknowledged_while_the_model_is_busy_and_says_how_many_are_ahead(fake: FakeSlack, listening):
    model = HeldModel(replies=[*TURN, *TURN, *TURN])
    with listening(model, at_once=1):
        for each in range(3):
            fake.ack(fake.mention(QUESTION, user=f"U{each}"))
        assert model._asked.wait(LONG) and not any(NORMAL in each.text for each in fake.channel.values())
        fake.posted("Busy: 1 ahead of you")
        fake.posted("Busy: 2 ahead of you")
        model._go.set()
        fake.wait_for(lambda: sum(NORMAL in each.text for each in fake.channel.values()) == 3, "not all were answered")
    assert len(fake.made("chat.postMessage")) == 3


def test_a_full_line_says_so(fake: FakeSlack, listening):
    model = HeldModel(replies=[*TURN, *TURN])
    with listening(model, at_once=1, waiting=1):
        fake.ack(fake.mention(QUESTION))
        assert model._asked.wait(LONG)
        fake.ack(fake.mention(QUESTION))
        fake.posted("Busy: 1 ahead of you")
        fake.ack(fake.mention(QUESTION))
        fake.posted("Busy: 1 questions are ahead already; ask again in a minute.")
        model._go.set()


def test_the_draft_is_shown_as_unchecked_and_then_replaced(fake: FakeSlack, listening):
    model = HeldModel(replies=[*TURN])
    with listening(model):
        fake.ack(fake.mention(QUESTION))
        assert model._asked.wait(LONG)
        fake.posted("Routing …")
        model._go.set()
        answer = fake.posted(NORMAL, "Note: A demo model answered.")
    assert answer.said[-1] == answer.text and "not checked yet" not in answer.text


class TestOnlyWithCitations:
    def test_an_answer_without_one_is_withheld_and_its_draft_too(self, fake: FakeSlack, listening):
        with listening(*TURN, cited_only="C1"):
            fake.ack(fake.mention(QUESTION))
            answer = fake.posted("In this channel I only give answers that rest on a source")
        assert not any(NORMAL in said for said in answer.said)

    def test_an_answer_with_one_is_given(self, fake: FakeSlack, listening):
        with listening(*SEARCH, cited_only="C1"):
            fake.ack(fake.mention(f"{QUESTION} And why does humping happen?"))
            fake.posted(NORMAL, "A book (page 1)")

    def test_elsewhere_nothing_changes(self, fake: FakeSlack, listening):
        with listening(*TURN, cited_only="C2"):
            fake.ack(fake.mention(QUESTION))
            fake.posted(NORMAL)
