"""Each service needs only the contracts, the runtime, the rules and its own folder."""

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from yishi import CHECKOUT

if TYPE_CHECKING:
    from tests.conftest import Spawn

SERVICES = sorted(path.parent.name for path in (CHECKOUT / "services").glob("*/__main__.py"))


@pytest.mark.parametrize("service", SERVICES)
async def test_a_service_starts_from_a_checkout_that_holds_nothing_of_the_others(
    service: str, tmp_path: Path, spawn: "Spawn"
) -> None:
    for folder in ("contracts", "runtime", "rules", f"services/{service}"):
        shutil.copytree(CHECKOUT / folder, tmp_path / folder, ignore=shutil.ignore_patterns("__pycache__"))
    if (CHECKOUT / "services/__init__.py").exists():
        shutil.copy(CHECKOUT / "services/__init__.py", tmp_path / "services")
    async with spawn(service, directory=tmp_path) as running:
        report = await running.ready()
        assert (report["service"], report["ready"], report["problems"]) == (service, True, [])
        assert (await running.http.get("/healthz")).json() == {"status": "alive", "problems": []}
        assert (await running.http.get("/openapi.json")).json()["paths"]
