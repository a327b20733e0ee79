"""A bare FastAPI route that does one raw append and nothing else; `python -m benchmarks.bare` serves it.

Settings come from the environment: BARE_NATS_URL, BARE_NATS_USER, BARE_NATS_PASSWORD, BARE_PORT.
"""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated

import nats
import uvicorn
from fastapi import FastAPI, Header, Request

from benchmarks.bulk import headers_of
from yishi.ports import LOOPBACK


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    user = os.environ["BARE_NATS_USER"]
    client = await nats.connect(
        os.environ["BARE_NATS_URL"],
        user=user,
        password=os.environ["BARE_NATS_PASSWORD"],
        inbox_prefix=f"_INBOX_{user}".encode(),
    )
    app.state.js = client.jetstream()
    yield
    await client.close()


app = FastAPI(lifespan=_lifespan)


@app.get("/ready")
async def ready() -> dict[str, str]:
    """Say that the route can be used."""
    return {"status": "ready"}


@app.post("/append/{subject}")
async def append(subject: str, request: Request, type: Annotated[str, Header()]) -> dict[str, int]:
    """Append the body as the first event of an aggregate."""
    ack = await app.state.js.publish(subject, await request.body(), timeout=5, headers=headers_of(type, 0))
    return {"position": ack.seq}


if __name__ == "__main__":
    port = int(os.environ["BARE_PORT"])
    uvicorn.run(app, host=LOOPBACK, port=port, loop="uvloop", http="httptools", access_log=False, log_level="warning")
