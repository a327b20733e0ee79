"""`python -m services.members` runs the service."""

from runtime.app import run
from services.members.main import SERVICE

run(SERVICE)
