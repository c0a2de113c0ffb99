"""The app of a study."""

from __future__ import annotations

import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from anyio import to_thread
from fastapi import APIRouter, FastAPI

from menura.web.app import ANYWHERE, private_app
from menura.web.page import BuiltPage
from menura.web.study import routes
from menura.web.study.server import StudyServer

PAGE = "study.html"
_TITLE = "A study by Menura"


def create_study_app(server: StudyServer) -> FastAPI:
    """The app that serves a study: its page, also at `/study`, and what that asks."""

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        threading.Thread(target=server.warm, name="menura-warm", daemon=True).start()
        try:
            yield
        finally:
            await to_thread.run_sync(server.end)

    app = private_app(server.settings, title=_TITLE, lifespan=lifespan)
    app.state.study = server
    app.include_router(_api())
    app.mount("/", BuiltPage(first=PAGE))
    return app


def document_of_studies() -> dict[str, Any]:
    """The OpenAPI document of what a study answers, for the types of its page."""
    app = FastAPI(title=_TITLE, version="any")
    app.include_router(_api())
    return app.openapi()


def _api() -> APIRouter:
    api = APIRouter(prefix="/api", responses=ANYWHERE)
    api.include_router(routes.router)
    return api
