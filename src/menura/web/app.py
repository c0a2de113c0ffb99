"""The app: everything put together, and nothing kept outside of it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from importlib.metadata import version
from pathlib import Path
from typing import Any

from anyio import to_thread
from fastapi import APIRouter, FastAPI
from fastapi.routing import APIRoute
from fastapi.staticfiles import StaticFiles

from menura.web import schemas
from menura.web.errors import add_handlers
from menura.web.page import BuiltPage
from menura.web.proxy import BehindProxy
from menura.web.routes import collections, explain, libraries, manage, maps, search, several, sounds, takes, teach
from menura.web.security import Security
from menura.web.served import ServedLibrary
from menura.web.server import Server
from menura.web.settings import Settings

_DESCRIPTION = """Searches libraries of sounds by vocal imitation.

Every request needs the token that is in the address which `menura serve` prints, as `Authorization: Bearer TOKEN` or,
where no header can be set, as `?token=TOKEN`. One that changes something needs the header `X-Menura: 1` as well."""

ANYWHERE: dict[int | str, dict[str, Any]] = {
    401: {"model": schemas.Error, "description": "the token is missing or wrong"},
    403: {"model": schemas.Error, "description": "not allowed"},
    404: {"model": schemas.Error, "description": "unknown"},
    421: {"model": schemas.Error, "description": "asked under a name that is not this server's"},
    422: {"model": schemas.Error, "description": "not understood"},
    429: {"model": schemas.Error, "description": "too many requests of one client"},
    500: {"model": schemas.Error, "description": "the work failed"},
    503: {"model": schemas.Error, "description": "busy; try again after the seconds in Retry-After"},
}


def create_app(settings: Settings, also: Sequence[ServedLibrary] = ()) -> FastAPI:
    """The app for some libraries.

    Args:
        settings: What it is told.
        also: Libraries that it serves besides those of the settings.

    Raises:
        MenuraError: A folder is missing, the model is damaged, or an index is.
    """
    server = Server.start(settings, also)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        server.begin()
        try:
            yield
        finally:
            await to_thread.run_sync(server.end)

    app = private_app(settings, title="Menura", description=_DESCRIPTION, lifespan=lifespan)
    app.state.server = server
    api = APIRouter(prefix="/api", responses=ANYWHERE)
    for part in (libraries, manage, takes, search, several, sounds, collections, explain, maps, teach):
        api.include_router(part.router)
        api.include_router(_heads_of(part.router), include_in_schema=False)
    app.include_router(api)
    _mount_pages(app, settings.gallery)
    return app


def private_app(settings: Settings, **described: Any) -> FastAPI:  # noqa: ANN401  # as FastAPI takes it
    """An app without routes that answers only whom the settings let in, and tells nobody what it does.

    Args:
        settings: What it is told.
        **described: Its title, description and lifespan.
    """
    app = FastAPI(
        version=version("menura"),
        openapi_url="/api/openapi.json",
        docs_url=None,
        redoc_url=None,
        # FastAPI would else send what it measures where OpenTelemetry is set up in the environment.
        telemetry={"auto_configure": False, "tracing": False, "metrics": False, "logs": False},
        **described,
    )
    add_handlers(app)
    app.add_middleware(Security, settings=settings)
    if settings.public is not None:
        app.add_middleware(BehindProxy, public=settings.public)
    return app


def _heads_of(router: APIRouter) -> APIRouter:
    """What answers HEAD as the routes of a router answer GET: to whoever asks for the head alone, it is the same."""
    heads = APIRouter()
    for route in router.routes:
        if isinstance(route, APIRoute) and "GET" in (route.methods or ()):
            heads.add_api_route(route.path, route.endpoint, methods=["HEAD"], response_class=route.response_class)
    return heads


def _mount_pages(app: FastAPI, gallery: Path | None) -> None:
    if gallery is not None:
        app.mount("/hears", StaticFiles(directory=gallery, html=True))
    app.mount("/", BuiltPage())
