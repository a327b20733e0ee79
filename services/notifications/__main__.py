"""`python -m services.notifications` runs the service."""

from runtime.app import run
from services.notifications.main import SERVICE

run(SERVICE)
