"""What Prometheus is told of clocks and reminders: numbers by kind and outcome, of all counties together."""

from datetime import timedelta
from typing import TYPE_CHECKING

from prometheus_client import generate_latest
from prometheus_client.parser import text_string_to_metric_families

from runtime.http import CHINA
from runtime.settings import utc_now
from services.notifications.main import SERVICE
from services.notifications.measures import count_clocks
from yishi.stack import Stack

if TYPE_CHECKING:
    from tests.conftest import Eventually, Running, Serve
    from tests.services.notifications.conftest import OtherServices, Run


def _by_kind(running: "Running", name: str) -> dict[str, float]:
    families = text_string_to_metric_families(generate_latest(running.process.metrics.registry).decode())
    [family] = [family for family in families if family.name == name]
    return {"/".join(value for _, value in sorted(sample.labels.items())): sample.value for sample in family.samples}


async def test_clocks_are_counted_by_kind_and_reminders_by_outcome(
    serve: "Serve", own_stack: Stack, other_services: "OtherServices", run: "Run", eventually: "Eventually"
) -> None:
    today = utc_now().astimezone(CHINA).date()
    ahead = {days: (today + timedelta(days=days)).isoformat() for days in (-1, 0, 7, 8)}
    async with serve(SERVICE) as service:
        await other_services.publish_calendar()
        for days in ahead:
            await other_services.open_one("unit:u1", ahead[days])
        case, closed = await other_services.open_one("unit:u2", ahead[-1], kind="contact")
        await other_services.open_one("unit:u2", None, kind="contact")
        await other_services.open_one("unit:u2", "2005-04-29", kind="reply", provisional=True)
        operator = service.person(roles=["operator"])
        assert await run(operator, "2005-04-20", at_least=other_services.at_least) == (1, 2)
        assert await run(operator, "2005-04-20", at_least=other_services.at_least) == (0, 0)
        await count_clocks(service.process)
        assert _by_kind(service, "yishi_clocks_open") == {"unit_reply": 4, "contact": 2, "reply": 1}
        assert _by_kind(service, "yishi_clocks_overdue") == {"unit_reply": 1, "contact": 1, "reply": 1}
        assert _by_kind(service, "yishi_clocks_due_soon") == {"unit_reply": 2, "contact": 0, "reply": 0}
        assert _by_kind(service, "yishi_clocks_provisional") == {"unit_reply": 0, "contact": 0, "reply": 1}
        sent = _by_kind(service, "yishi_notifications")
        assert {key: number for key, number in sent.items() if number} == {"sent/reminder": 1, "sent/digest": 2}
        assert _by_kind(service, "yishi_reminder_runs") == {"finished": 2, "failed": 0}
        await other_services.close(case, closed, ahead[0])
        assert await run(operator, "2005-04-20", at_least=other_services.at_least) == (0, 0)
        await count_clocks(service.process)
        assert _by_kind(service, "yishi_clocks_overdue") == {"unit_reply": 1, "contact": 0, "reply": 1}
        await own_stack.nats.kill()
        await eventually(lambda: not service.process.log.connected)
        assert (await operator.post("/v1/runs", {"as_of": "2005-04-21"})).status_code == 503
        assert _by_kind(service, "yishi_reminder_runs") == {"finished": 3, "failed": 1}
