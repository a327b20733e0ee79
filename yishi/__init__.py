"""议事: the command line and the embedded stack (real servers, one process per service)."""

from pathlib import Path
from typing import Final

SERVICES: Final = ("members", "proposals", "meetings", "notifications")
"""Every service of the system, in the order in which the embedded stack starts them."""

CHECKOUT: Final = Path(__file__).resolve().parent.parent
"""The source tree: services are started from here, deployment files are read from here."""

DEPLOY: Final = CHECKOUT / "deploy"
"""Configuration that the embedded stack and production share."""
