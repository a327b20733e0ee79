"""Load, decide, append with 16 commands in flight, against as many raw appends by nats-py on the same server."""

from datetime import date
from pathlib import Path

from benchmarks.bulk import headers_of
from benchmarks.life import COUNTY, LEAD, LIFE, Case, rules_of
from benchmarks.moulds import command_of
from benchmarks.processor import Meter
from benchmarks.report import Figure, Ratio
from benchmarks.rounds import IN_FLIGHT, alternate, rate
from benchmarks.sizes import Size
from benchmarks.spine import BEFORE, Spine, spine
from contracts.envelope import digest_of
from runtime.execute import Act
from runtime.settings import utc_now
from services.proposals.commands import SignFor
from services.proposals.folds import PROPOSAL
from services.proposals.handling import handling

COMMAND = SignFor(signed_for_on=date(2005, 3, 3))
_ACT = next(act for act in LIFE if act.name == "sign_for")


def asked(case: Case) -> Act:
    """Give the act behind the command, which a request makes from token and key before anything is loaded."""
    return Act(
        county=COUNTY,
        actor=_ACT.actor,
        actorrole=_ACT.role,
        actorunit=str(LEAD),
        tokenid=str(LEAD),
        commandid=command_of(case, "sign_for"),
        commanddigest="hmac-" + digest_of(case.id.bytes),
        correlationid=str(case.id),
        now=utc_now(),
    )


async def sign_for(spine: Spine, case: Case, act: Act) -> None:
    """Load, decide, append."""
    rules, today = rules_of(case), act.now.date()
    outcome = await spine.executor.execute(
        PROPOSAL, str(case.id), act, lambda state: handling.sign_for(state, LEAD, COMMAND, rules, today)
    )
    assert outcome.version == len(BEFORE)


async def measure(home: Path, size: Size) -> list[Ratio]:
    """Measure append_vs_raw."""
    rounds = size.rounds + 1
    places = range(1, rounds * 2 * size.commands + 1)
    cases = [Case.at(place) for place in places]
    async with spine(home) as opened:
        tails = await opened.write(cases, BEFORE)
        await opened.catch_up()
        raw = await opened.stack.nats.connect("proposals")
        js = raw.jetstream()
        events = {case.place: list(opened.moulds.of(case, (*BEFORE, "sign_for")))[-1] for case in cases[1::2]}
        pids = {name: child.pid for name, child in opened.stack.processes().items()}
        ours_spent, theirs_spent = Meter(pids), Meter(pids)

        def some(number: int, side: int) -> list[Case]:
            return cases[number * 2 * size.commands + side : (number + 1) * 2 * size.commands : 2]

        async def ours(number: int) -> float:
            work = [(case, asked(case)) for case in some(number, 0)]
            with ours_spent:
                return await rate(work, lambda one: sign_for(opened, *one))

        async def theirs(number: int) -> float:
            async def append(case: Case) -> None:
                event = events[case.place]
                headers = headers_of(event.type, tails[case.place].sequence)
                await js.publish(event.address.subject, event.raw, timeout=5, headers=headers)

            with theirs_spent:
                return await rate(some(number, 1), append)

        before = await opened.log.last_sequence()
        our_rates, their_rates = await alternate(size.rounds, ours, theirs)
        appended = await opened.log.last_sequence() - before
        await raw.close()
    mine, other = Figure.of("本系统", "条/秒", our_rates), Figure.of("原始追加", "条/秒", their_rates)
    done = rounds * size.commands
    assert appended == 2 * done, (appended, done)
    return [
        Ratio(
            "append_vs_raw",
            mine.value / other.value,
            (mine, other),
            f"签收：{size.rounds} 轮交替，每轮每边 {size.commands} 条，{IN_FLIGHT} 条并行，同一服务器，每次落盘",
            {
                "event_bytes": len(next(iter(events.values())).raw),
                "counted": {"appended": appended},
                "cpu_us_per_command": {"ours": ours_spent.per(done), "raw": theirs_spent.per(done)},
            },
        )
    ]
