"""`python -m services.meetings` runs the service."""

from runtime.app import run
from services.meetings.main import SERVICE

run(SERVICE)
