"""Excel 2021 and later, Microsoft 365 and Excel on the web: xlwings-server inside our own service, under ``/xl/<key>``.

xlwings-server brings the client that reads the open workbook in the browser and writes back what Python did to it. It
is free for charities and government (PolyForm Noncommercial) and an optional part: without it the rest of the service
runs, and whoever opens a page reads why there is nothing.
"""

from __future__ import annotations

import importlib
import logging
import os
import sys
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from sync.service_door import Caller, Refusal, answer_to, refusal_of, unexpected
from sync.service_log import tell
from sync.service_page_key import PAGES
from sync.settings import Settings
from sync.workspace import CannotRun
from workbooks.package import WriteRefused
from xl_ctd.hosts.officejs_page import page
from xl_ctd.messages import message

if TYPE_CHECKING:
    import xlwings as xw

    from sync.service_runs import Progress
    from xl_ctd.cell_values import Grid

FOLDER = Path(__file__).parent / "pane"
MANIFEST_ID = "5b0c5a2e-6f0e-4b57-9d0a-6c5f0d0a17c7"
"""Excel recognises the add-in by this number; it never changes."""

FUNCTIONS_CODE = ("/xlwings/custom-functions-code.js", "/xlwings/custom-functions-code")
FUNCTIONS_CALL = "/xlwings/custom-functions-call"

REMEMBERED = 100
"""How many actions may be asked about at a time."""

NOT_UNDERSTOOD = (AttributeError, KeyError, IndexError, TypeError, ValueError)
"""What xlwings-server raises for a request that is not of its client's making."""

ENVIRONMENT: Mapping[str, str] = {
    "XLWINGS_LICENSE_KEY": "noncommercial",
    "XLWINGS_ON_SERVER": "true",
    "XLWINGS_PROJECT_DIR": str(FOLDER),
    "XLWINGS_PROJECT_NAME": "XL-CTD",
    "XLWINGS_FUNCTIONS_NAMESPACE": "CTD",
    "XLWINGS_MANIFEST_ID_PROD": MANIFEST_ID,
    "XLWINGS_ENVIRONMENT": "prod",
    "XLWINGS_ENABLE_SOCKETIO": "false",
    "XLWINGS_LOG_LEVEL": "WARNING",
    "XLWINGS_TASKPANE_RELOAD_ATTEMPTS": "0",
}
"""What xlwings-server reads when it is imported, and only then. It asks nothing of the office."""


@dataclass(frozen=True, slots=True)
class Desk:
    """For which service xlwings-server is working now. There is one xlwings-server in a process, and there may be
    several services in it."""

    app: FastAPI
    settings: Settings
    tickets: OrderedDict[str, str] = field(default_factory=OrderedDict)
    """What a pane calls an action that it started → the id of its run"""

    def remember(self, ticket: str, run: str) -> None:
        self.tickets[ticket] = run
        while len(self.tickets) > REMEMBERED:
            self.tickets.popitem(last=False)


_desk: ContextVar[Desk] = ContextVar("desk")
_caller: ContextVar[Caller] = ContextVar("caller")


def is_installed() -> bool:
    """Was the optional part ``officejs`` installed?"""
    return find_spec("xlwings_server") is not None


def mount(app: FastAPI, settings: Settings) -> None:
    """Put the pane, the manifest, the functions and the actions of Office.js under ``/xl`` of a service.

    ``app.state`` holds ``runs`` and ``facts``; the service's door has put the caller into the request.
    """
    if not is_installed():
        app.mount(PAGES, _not_installed)
        return
    desk = Desk(app, settings)

    @app.get("/api/pane/{ticket}", include_in_schema=False)
    def how_far(ticket: str, request: Request) -> dict[str, object]:
        """How far an action is that a pane started on the open workbook; ``total`` 0 is not known yet."""
        run_id = desk.tickets.get(ticket)
        if run_id is None:
            return {"step": "", "done": 0, "total": 0}
        run = app.state.runs.find(run_id, request.state.caller)
        return {"step": run.step, "done": run.done, "total": run.total}

    app.mount(PAGES, _OfficeSide(desk))


async def _not_installed(scope: Scope, receive: Receive, send: Send) -> None:
    language = scope.get("state", {}).get("language", "vi")
    await PlainTextResponse(message("pane-not-installed", language=language), 501)(scope, receive, send)


class _OfficeSide:
    """xlwings-server at its place in our service (ASGI). It is loaded when first asked: that takes a second."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        _desk.set(self._desk)
        caller = scope.get("state", {}).get("caller")
        if caller is not None:
            _caller.set(caller)
        await _office()({**scope, "root_path": scope["state"]["pages"]}, receive, send)


def manifest(url: str, pages: str) -> str:
    """The manifest that Excel installs, for a service at ``url`` whose pages stand under ``pages``."""
    _office()
    template = importlib.import_module("xlwings_server.templates").env.get_template("manifest.xml")
    text: str = template.render(_words_at(pages), base_url=url, manifest_id=MANIFEST_ID)
    return text


# --- xlwings-server ---------------------------------------------------------------------------------------------


@cache
def _office() -> FastAPI:
    """The application of xlwings-server with our functions, actions, words and sign-in."""
    os.environ.update(ENVIRONMENT)
    # xlwings looks for this module once a cell; knowing that it is not there makes reading a workbook ten times faster.
    for name in ("pyodide", "pyodide.ffi"):
        sys.modules.setdefault(name, None)  # type: ignore[arg-type]
    xlwings_errors = _licensed_xlwings()
    modules = importlib.import_module("xl_ctd.hosts.officejs_modules")
    sys.modules["custom_functions"] = modules.custom_functions(_call)
    sys.modules["custom_scripts"] = modules.custom_scripts(_run)
    server = _import_quietly("xlwings_server.main")
    dependencies = importlib.import_module("xlwings_server.dependencies")
    office: FastAPI = server.app
    office.dependency_overrides[dependencies.authenticate] = _user
    not_understood = (HTTPException, RequestValidationError, *xlwings_errors, *NOT_UNDERSTOOD)
    handlers = dict.fromkeys(not_understood, _not_understood)
    handlers |= dict.fromkeys((Refusal, CannotRun, WriteRefused), _refused)
    for kind, handler in handlers.items():
        office.add_exception_handler(kind, handler)
    office.add_exception_handler(Exception, _unexpected)
    office.router.routes[:0] = [Route(path, _functions_code, name="custom_functions_code") for path in FUNCTIONS_CODE]
    templates = importlib.import_module("xlwings_server.templates").templates
    templates.context_processors.append(lambda request: _words_at(request.scope["root_path"]))
    return office


def _words_at(pages: str) -> dict[str, Any]:
    """What a template is told about the service whose pages stand under ``pages``; xlwings-server, one for all of them,
    believes to stand at the root."""
    settings = importlib.import_module("xlwings_server.config").settings
    url_for = importlib.import_module("xlwings_server.main").url_for
    return {
        "settings": settings.model_copy(update={"app_path": pages, "static_url_path": f"{pages}/static"}),
        "url_for": lambda name, **path: f"{pages}{url_for(name, **path)}",
        "pane": page(pages),
    }


async def _functions_code(request: Request) -> Response:
    """xlwings' own program for worksheet functions, which asks where the pages of this service stand."""
    plain: Response = await importlib.import_module("xlwings_server.routers.xlwings").custom_functions_code()
    road, pages = f'"{FUNCTIONS_CALL}"'.encode(), request.scope["root_path"]
    return Response(bytes(plain.body).replace(road, f'"{pages}{FUNCTIONS_CALL}"'.encode()), media_type=plain.media_type)


def _licensed_xlwings() -> set[type[Exception]]:
    """xlwings opens its server side when it is imported with a licence; somebody may have imported it before.

    Its errors: imported a second time it has a new one, and those of its modules that were there before keep the old.
    """
    xlwings = importlib.import_module("xlwings")
    errors = {xlwings.XlwingsError}
    if not xlwings.__pro__:
        errors.add(importlib.reload(xlwings).XlwingsError)
    return errors


def _import_quietly(name: str) -> ModuleType:
    """Import a module that sets up logging and the search path as if it were the program."""
    handlers, level, path = list(logging.root.handlers), logging.root.level, list(sys.path)
    module = importlib.import_module(name)
    logging.root.handlers[:] = handlers
    logging.root.setLevel(level)
    sys.path[:] = path
    # Its lines name the person who calls; our own log tells every request without names.
    logging.getLogger("xlwings_server").setLevel(logging.CRITICAL)
    return module


async def _user(request: Request) -> Any:
    """Who is calling, in xlwings-server's words: the token's id, never the person's name."""
    caller: Caller | None = request.state.caller
    if caller is None:
        raise Refusal(401, "token-unknown")
    return importlib.import_module("xlwings_server.models").User(
        id=caller.token, name=caller.token, roles=[caller.role.word]
    )


async def _refused(request: Request, error: Exception) -> Response:
    refusal = refusal_of(error)
    assert refusal is not None, "only errors with a sentence come here"
    return answer_to(refusal, request.state.language)


async def _not_understood(request: Request, error: Exception) -> Response:
    """What goes wrong in our own code is a refusal by now, so this is a request that xlwings could not take apart."""
    status = error.status_code if isinstance(error, HTTPException) else 422
    code = {404: "no-such-address", 405: "no-such-method"}.get(status, "request-not-understood")
    tell("refused", error=error, status=status)
    return answer_to(Refusal(status, code), request.state.language)


async def _unexpected(request: Request, error: Exception) -> Response:
    return answer_to(unexpected(error), request.state.language)


# --- what the generated modules ask -----------------------------------------------------------------------------


def _call(name: str, arguments: Sequence[Grid]) -> Grid:
    """Answer a worksheet function. Raises ``Refusal`` for what nobody expected."""
    from sync.service import reads_the_master
    from xl_ctd.calling import NoFacts, call

    try:
        facts = _desk.get().app.state.facts() if reads_the_master(name) else NoFacts()
        return call(name, arguments, facts)
    except Exception as error:
        raise refusal_of(error) or unexpected(error) from error


def _run(action: str, book: xw.Book, arguments: Mapping[str, str], ticket: str) -> Mapping[str, Any]:
    """Carry out an action on the workbook that came along. Raises whatever has a sentence for the person."""
    from sync.service import require
    from sync.service_actions import carry_out, needed_role
    from xl_ctd.ribbon import BY_ID

    desk, caller = _desk.get(), _caller.get()
    require(caller, needed_role(action))

    def work(progress: Progress) -> dict[str, Any]:
        return carry_out(desk.settings, caller.name, action, book, arguments, progress).to_json()

    run = desk.app.state.runs.start(action, caller, work, changes=BY_ID[action].changes_book)
    desk.remember(ticket, run.id)
    answer: Mapping[str, Any] = run.future.result()
    return answer
