"""`python -m services.proposals` runs the service."""

from runtime.app import run
from services.proposals.main import SERVICE

run(SERVICE)
