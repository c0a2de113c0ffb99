"""Every failure as `{"error": "one line"}` with a fitting status."""

from __future__ import annotations

from collections.abc import Mapping

from fastapi import FastAPI, HTTPException, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException as StarletteHTTPException

from menura.errors import AudioError, MenuraError, UsageError


def refuse(status: int, line: str, *, retry_after_s: int | None = None) -> HTTPException:
    """The exception that answers with this status and line."""
    headers = None if retry_after_s is None else {"Retry-After": str(retry_after_s)}
    return HTTPException(status, line, headers)


def error_response(status: int, line: str, headers: Mapping[str, str] | None = None) -> JSONResponse:
    """An answer that is an error."""
    return JSONResponse({"error": line}, status, dict(headers or {}))


def add_handlers(app: FastAPI) -> None:
    """Let the app answer every failure in one form."""

    async def on_http(_: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, StarletteHTTPException)
        if error.status_code == 400:  # FastAPI's own, for a body that is not even text
            return error_response(422, "body: it is no JSON in UTF-8")
        return error_response(error.status_code, str(error.detail), error.headers)

    async def on_invalid(_: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, RequestValidationError)
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"][1:]) or str(first["loc"][0])
        return error_response(422, f"{where}: {first['msg']}")

    async def on_menura(_: Request, error: Exception) -> JSONResponse:
        status = 422 if isinstance(error, (UsageError, AudioError)) else 500
        return error_response(status, str(error))

    async def on_bug(_: Request, __: Exception) -> JSONResponse:
        return error_response(500, "something broke in the server; what it was is in the terminal where it runs")

    app.add_exception_handler(StarletteHTTPException, on_http)
    app.add_exception_handler(RequestValidationError, on_invalid)
    app.add_exception_handler(MenuraError, on_menura)
    app.add_exception_handler(Exception, on_bug)
