"""The service behind the workbooks: functions, actions and the hosts' pages over HTTP."""

from __future__ import annotations

from fastapi import FastAPI

from sync.settings import Settings


def create_app(settings: Settings) -> FastAPI:
    """The application for one office. Routes: ``GET /health``, ``/api/…`` and what the hosts mount."""
    app = FastAPI(title="XL-CTD", docs_url=None, redoc_url=None, openapi_url="/api/openapi.json")
    app.state.settings = settings
    return app
