"""The app of a study."""

from __future__ import annotations

import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.metadata import version
from typing import Any

from anyio import to_thread
from fastapi import APIRouter, FastAPI

from menura.web.app import ANYWHERE
from menura.web.errors import add_handlers
from menura.web.page import BuiltPage
from menura.web.proxy import BehindProxy
from menura.web.security import Security
from menura.web.study import routes
from menura.web.study.server import StudyServer

PAGE = "study.html"


def create_study_app(server: StudyServer) -> FastAPI:
    """The app that serves a study: its page, also at `/study`, and what that asks."""

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        threading.Thread(target=server.warm, name="menura-warm", daemon=True).start()
        try:
            yield
        finally:
            await to_thread.run_sync(server.end)

    app = FastAPI(
        title="A study by Menura",
        version=version("menura"),
        openapi_url="/api/openapi.json",
        docs_url=None,
        redoc_url=None,
        lifespan=lifespan,
        telemetry={"auto_configure": False, "tracing": False, "metrics": False, "logs": False},
    )
    app.state.study = server
    app.include_router(_api())
    add_handlers(app)
    app.mount("/", BuiltPage(first=PAGE))
    app.add_middleware(Security, settings=server.settings)
    if server.settings.public is not None:
        app.add_middleware(BehindProxy, public=server.settings.public)
    return app


def document_of_studies() -> dict[str, Any]:
    """The OpenAPI document of what a study answers, for the types of its page."""
    app = FastAPI(title="A study by Menura", version="any")
    app.include_router(_api())
    return app.openapi()


def _api() -> APIRouter:
    api = APIRouter(prefix="/api", responses=ANYWHERE)
    api.include_router(routes.router)
    return api
