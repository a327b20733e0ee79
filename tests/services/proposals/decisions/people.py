"""Who and what the cases of these tests are about, by fixed ids."""

from datetime import date
from uuid import UUID

CASE, BODY, MEMBER, COSIGNER, STRANGER, LEAD, CO, OFFICE, OTHER, ORIGINAL = (UUID(int=n) for n in range(1, 11))
NAMES = {
    f"unit:{LEAD}": "lead",
    f"unit:{CO}": "co",
    f"unit:{OFFICE}": "office",
    f"unit:{OTHER}": "other",
    f"member:{MEMBER}": "member",
    f"member:{COSIGNER}": "cosigner",
    f"body:{BODY}": "body",
}


def day(text: str) -> date:
    """Give the day that a text names."""
    return date.fromisoformat(text)
