"""What the add-in for Excel on the desktop asks of the service: functions and actions in the wire of VBA.

The service includes ``router``. Its door has let the caller in before anything here runs, and turns refusals into
answers.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import wait
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import PlainTextResponse, Response

from sync.workspace import CannotRun
from xl_ctd.hosts.desktop_com import open_workbook
from xl_ctd.hosts.desktop_wire import (
    NotOurWire,
    decode_arguments,
    decode_calls,
    encode_answer,
    encode_results,
    encode_working,
)
from xl_ctd.ribbon import BY_ID

if TYPE_CHECKING:
    from sync.service_runs import Progress, Run
    from sync.service_wire import Call
    from xl_ctd.cell_values import Grid

ANSWERED_AT_ONCE = 0.3
"""Seconds an action may take to be answered in the request that started it. Longer ones are asked after: while Excel
waits for an answer it does not hear Python writing into the workbook."""

THIS_COMPUTER = ("127.0.0.1", "::1")

router = APIRouter(prefix="/api/desktop", include_in_schema=False)


@router.post("/functions")
async def call_functions(request: Request) -> Response:
    """Worksheet functions, one or many; their answers in the same order."""
    from sync.service import answered

    return await answered(request, _calls, _results, "text/plain")


def _calls(body: bytes) -> list[Call]:
    from sync.service_wire import Call

    try:
        return [Call(name, arguments) for name, arguments in decode_calls(_ascii(body))]
    except NotOurWire:
        raise CannotRun("addin-wire-unreadable") from None


def _results(results: Sequence[Grid]) -> bytes:
    return encode_results(results).encode("ascii")


@router.post("/actions/{action}")
async def start_action(action: str, request: Request) -> PlainTextResponse:
    """Press a button. ``book`` and ``cell`` among the arguments say where the person stands."""
    from sync.service import caller_of, require
    from sync.service_actions import needed_role

    try:
        arguments = decode_arguments(_ascii(await request.body()))
    except NotOurWire:
        raise CannotRun("addin-wire-unreadable") from None
    if action not in BY_ID:
        raise CannotRun("action-unknown", action=action)
    caller, needed = caller_of(request), needed_role(action)
    require(caller, needed)
    is_here = request.client is not None and request.client.host in THIS_COMPUTER
    work = _work(request, action, arguments, caller.name, is_here=is_here)
    run = request.app.state.runs.start(action, caller, work, changes=BY_ID[action].changes_book)
    await run_in_threadpool(wait, [run.future], ANSWERED_AT_ONCE)
    return _told(run)


@router.post("/runs/{run}")
async def ask_after(run: str, request: Request) -> PlainTextResponse:
    """How far an action is; when it is over, its answer or the sentence that says why there is none."""
    from sync.service import caller_of

    return _told(request.app.state.runs.find(run, caller_of(request)))


def _work(request: Request, action: str, arguments: dict[str, str], who: str, *, is_here: bool) -> Any:
    """What the action's thread does. The master is looked for among the open workbooks, then the
    workbook that the button was pressed in; only when Excel runs on this computer."""
    from sync.service_actions import carry_out
    from sync.settings import master_of

    settings = request.app.state.settings

    def work(progress: Progress) -> dict[str, Any]:
        asked_from = arguments.get("book") if is_here and BY_ID[action].needs_book else None
        master = master_of(settings) if asked_from else None
        with open_workbook(str(master) if master else None, asked_from) as book:
            answer = carry_out(settings, who, action, book, arguments, progress)
        return {"answer": answer.to_json(), "wire": encode_answer(answer)}

    return work


def _told(run: Run) -> PlainTextResponse:
    if not run.is_over:
        return PlainTextResponse(encode_working(run.id, run.done, run.total), 202)
    if run.refusal is not None:
        raise run.refusal
    return PlainTextResponse(run.future.result()["wire"])


def _ascii(body: bytes) -> str:
    """The body as text. Raises ``NotOurWire`` for anything but ASCII."""
    try:
        return body.decode("ascii")
    except UnicodeDecodeError:
        raise NotOurWire("not ASCII") from None
