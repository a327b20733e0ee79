"""A service as an ASGI application, and the one way to run it."""

import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import structlog
import uvicorn
from fastapi import APIRouter, FastAPI, Request
from fastapi.responses import JSONResponse, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from contracts.envelope import Address
from runtime import operations
from runtime.auth import ALL_COUNTIES
from runtime.collector import settle
from runtime.http import Calling
from runtime.http_traffic import HttpTraffic
from runtime.log import UnsafeLog
from runtime.logs import configure_logs
from runtime.openapi import describe, shows
from runtime.openapi_parts import LIVENESS, PARKED, READINESS
from runtime.parking import ask_retry
from runtime.policy import May, permitting_role
from runtime.problems import BodyLimit, install_problems
from runtime.process import Process, Service
from runtime.refusals import MalformedRequest, NotFound
from runtime.schema import SchemaDiffers
from runtime.settings import Settings
from runtime.shapes import shape

logger = structlog.get_logger()

health = APIRouter(tags=["operation"])

KEEP_ALIVE = 75
"""Seconds that an idle connection stays open: longer than clients and proxies keep theirs, so that they close first
and no request meets a connection that is just being closed."""
POLICY = {"parked.list": (May("operator"),), "parked.retry": (May("operator"),)}


@health.get("/healthz", responses=shows(LIVENESS) | shows(LIVENESS, status=503))
async def healthz(request: Request) -> JSONResponse:
    """Say that the process lives 存活, or what in it has died or hung, so that only a restart helps.

    A process whose event loop hangs does not answer at all: a probe needs a timeout. Never asks a server.
    """
    process: Process = request.app.state.process
    fatal = process.vitals.fatal()
    return JSONResponse({"status": "dead" if fatal else "alive", "problems": fatal}, 503 if fatal else 200)


@health.get("/metrics", include_in_schema=False)
async def metrics(request: Request) -> Response:
    """Give the metrics for Prometheus: from memory, no server is asked, nothing personal in them."""
    process: Process = request.app.state.process
    return Response(generate_latest(process.metrics.registry), media_type=CONTENT_TYPE_LATEST)


@health.get("/readyz", responses=shows(READINESS) | shows(READINESS, status=503))
async def readyz(request: Request) -> JSONResponse:
    """Say whether requests can be served now 就绪, how far the projection has come, and what is wrong."""
    process: Process = request.app.state.process
    report = await process.readiness()
    return JSONResponse(report, 200 if report["ready"] else 503)


@health.get("/v1/parked", responses=shows(PARKED))
async def list_parked(who: Calling) -> dict[str, Any]:
    """List the parked aggregates 暂停事项 of the operator's county, or of the whole deployment for its operator."""
    permitting_role(POLICY, "parked.list", who.principal.roles, ())
    async with who.process.database.owner() as db:
        return {"items": await operations.parked(db, None if who.county == ALL_COUNTIES else who.county)}


@health.post(
    "/v1/parked/{subject}/retry",
    status_code=202,
    responses=shows(shape(subject="text NOT NULL", retry="text NOT NULL"), status=202),
)
async def retry_parked(subject: str, who: Calling) -> dict[str, Any]:
    """Ask the active projector to apply a parked aggregate's events again 重试暂停事项; harmless to repeat."""
    permitting_role(POLICY, "parked.retry", who.principal.roles, ())
    try:
        address = Address.parse(subject)
    except ValueError as error:
        raise MalformedRequest("subject 应写作 evt.<县级代码>.<服务>.<类别>.<编号>") from error
    if who.county not in (ALL_COUNTIES, address.county):
        raise NotFound
    async with who.process.database.owner() as db:
        if not await ask_retry(db, address):
            raise NotFound
    return {"subject": subject, "retry": "asked"}


def create_app(service: Service, settings: Settings) -> FastAPI:
    """Give the service as an ASGI application; it connects when its lifespan begins."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        process = Process(service, settings)
        app.state.process = process
        try:
            try:
                await process.open()
            except (UnsafeLog, SchemaDiffers) as error:
                logger.critical("service.refused_to_start", reason=str(error))
                raise
            for start in service.on_start:
                await start(process)
            yield
        finally:
            await process.close()

    app = FastAPI(
        title=service.title,
        version="1",
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        openapi_url="/openapi.json",
        generate_unique_id_function=lambda route: route.name,
    )
    describe(app, service, (health, *service.routers))
    install_problems(app)
    app.add_middleware(BodyLimit, limit=max(settings.body_limit, service.body_limit or 0))
    app.add_middleware(HttpTraffic)
    app.include_router(health)
    for router in service.routers:
        app.include_router(router)
    return app


def run(service: Service) -> None:
    """Run the service until told to stop; exits 3 on a log or a schema that it must not run on."""
    settings = Settings()
    configure_logs(service.name, settings.log_level)
    server = uvicorn.Server(
        uvicorn.Config(
            create_app(service, settings),
            host=settings.host,
            port=settings.port,
            loop="uvloop",
            http="httptools",
            log_config=None,
            access_log=False,
            server_header=False,
            timeout_keep_alive=KEEP_ALIVE,
            timeout_graceful_shutdown=5,
        )
    )
    settle()
    server.run()
    if not server.started:
        sys.exit(3)
