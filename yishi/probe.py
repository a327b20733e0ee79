"""Asks a local HTTP endpoint for its status, ignoring proxies."""

import httpx2


async def http_status(url: str, seconds: float = 1.0) -> int | None:
    """Return the status code of a GET, or None if nobody answers in time."""
    async with httpx2.AsyncClient(trust_env=False, verify=False, timeout=seconds) as client:
        try:
            return int((await client.get(url)).status_code)
        except httpx2.HTTPError:
            return None
