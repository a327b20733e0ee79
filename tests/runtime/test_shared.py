"""Questions asked at once share an answer, but nobody gets one from before they asked."""

import asyncio

import pytest

from runtime.shared import Shared


class Asked:
    """Counts the askings, and answers when it is let."""

    def __init__(self) -> None:
        self.times = 0
        self.let = asyncio.Event()

    async def __call__(self, key: str) -> int:
        self.times += 1
        mine = self.times
        await self.let.wait()
        if key == "bad":
            raise LookupError(key)
        return mine


async def test_who_comes_during_an_asking_waits_for_the_next_one() -> None:
    asked = Asked()
    shared = Shared(asked)
    first = [asyncio.create_task(shared.get("pack")) for _ in range(3)]
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert asked.times == 1
    late = [asyncio.create_task(shared.get("pack")) for _ in range(3)]
    other = asyncio.create_task(shared.get("other"))
    await asyncio.sleep(0)
    asked.let.set()
    assert await asyncio.gather(*first) == [1, 1, 1]
    assert len(set(await asyncio.gather(*late))) == 1
    assert {late[0].result(), await other} == {2, 3}
    assert asked.times == 3


async def test_a_failure_reaches_everybody_and_is_not_remembered() -> None:
    asked = Asked()
    asked.let.set()
    shared = Shared(asked)
    answers = await asyncio.gather(*(shared.get("bad") for _ in range(3)), return_exceptions=True)
    assert [type(answer) for answer in answers] == [LookupError] * 3
    with pytest.raises(LookupError):
        await shared.get("bad")
    assert asked.times == 2


async def test_who_gives_up_takes_the_answer_from_nobody() -> None:
    asked = Asked()
    shared = Shared(asked)
    leaving, staying = (asyncio.create_task(shared.get("pack")) for _ in range(2))
    await asyncio.sleep(0)
    leaving.cancel()
    await asyncio.sleep(0)
    asked.let.set()
    assert await staying == 1
    assert asked.times == 1
