"""Work beside the turns: what is given up still counts while it runs."""

import asyncio
from collections.abc import Iterator
from threading import Event as Flag

import pytest

from agent.server.refusals import Refused
from agent.server.side_work import SideWork
from tests.agent.server.conftest import LONG, until


@pytest.fixture
def go() -> Iterator[Flag]:
    gate = Flag()
    yield gate
    gate.set()


async def given_up(side: SideWork, go: Flag, count: int) -> None:
    """Begin `count` pieces that wait for `go`, and give them up once as many run as may."""
    pieces = [asyncio.create_task(side.run(lambda: go.wait(LONG))) for _ in range(count)]
    await asyncio.to_thread(until, lambda: side.running == 2, "two pieces")
    for piece in pieces:
        piece.cancel()
    await asyncio.gather(*pieces, return_exceptions=True)


def test_a_piece_that_is_given_up_keeps_its_place_while_it_runs(go: Flag):
    side, begun = SideWork(at_once=2), Flag()

    async def run() -> None:
        await given_up(side, go, 2)
        assert side.running == 2
        other = asyncio.create_task(side.run(begun.set))
        await asyncio.sleep(0.05)
        assert not begun.is_set(), "a third piece ran beside two"
        go.set()
        await other

    asyncio.run(run())
    assert begun.is_set()
    until(lambda: side.running == 0)


def test_one_that_is_given_up_in_the_line_leaves_it_and_a_full_line_says_no(go: Flag):
    side = SideWork(at_once=2, most_waiting=1)

    async def run() -> None:
        await given_up(side, go, 3)
        waits = asyncio.create_task(side.run(lambda: "done"))
        await asyncio.sleep(0)
        with pytest.raises(Refused, match="1 others wait"):
            await side.run(lambda: "no")
        go.set()
        assert await waits == "done"

    asyncio.run(run())
    until(lambda: side.running == 0)
