"""The service behind the workbooks: worksheet functions, actions and the hosts' pages over HTTP.

For hosts: ``create_app(settings)`` mounts ``xl_ctd.hosts.officejs.mount(app, settings)`` under ``/xl`` and includes
``xl_ctd.hosts.desktop.router``. ``app.state`` holds ``settings``, ``tokens``, ``runs`` and ``facts``; behind
the door every request carries ``request.state.caller`` (None for health and the program text of pages),
``request.state.language`` and, under ``/xl``, ``request.state.pages``: the path with its key.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from functools import partial
from typing import Annotated, Any, Literal

import orjson
from fastapi import APIRouter, Depends, FastAPI, Request, Security
from fastapi.exceptions import RequestValidationError
from fastapi.security import HTTPBearer
from pydantic import BaseModel, ConfigDict, Field
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.responses import Response

from sync.service_actions import carry_out, needed_role
from sync.service_door import HEALTH, MEGABYTE, VERSION, Caller, Door, Refusal, answer_to, told
from sync.service_facts import facts_now
from sync.service_log import tell
from sync.service_page_key import PageKey
from sync.service_runs import Progress, Run, Runs
from sync.service_tokens import LONGEST_DAYS, USUAL_DAYS, Role, Token, Tokens, utc_now
from sync.service_wire import (
    MANY_CALLS_BODY,
    ONE_CALL_BODY,
    Call,
    read_call,
    read_calls,
    result_json,
    results_json,
)
from sync.settings import Settings
from xl_ctd.calling import Grid, NoFacts, call
from xl_ctd.hosts import desktop, officejs
from xl_ctd.registry import FUNCTIONS
from xl_ctd.ribbon import BY_ID

JSON = "application/json"


def create_app(settings: Settings, now: Callable[[], datetime] = utc_now) -> FastAPI:
    """The application for one office; ``now`` (UTC) decides which tokens have expired."""
    app = FastAPI(
        title="XL-CTD",
        version=VERSION,
        docs_url=None,
        redoc_url=None,
        openapi_url="/api/openapi.json",
        lifespan=_finishing,
        responses={"4XX": {"model": Told, "description": "Not carried out; the sentence says why and what to do"}},
    )
    app.state.settings, app.state.tokens, app.state.runs = settings, Tokens(settings.tokens, now), Runs()
    app.state.facts = partial(facts_now, settings)
    app.state.stop = None
    app.include_router(health)
    app.include_router(api)
    app.include_router(desktop.router)
    officejs.mount(app, settings)
    app.add_middleware(
        Door,
        tokens=app.state.tokens,
        page_key=PageKey(settings.page_key),
        body_limit=settings.body_megabytes * MEGABYTE,
    )
    app.add_exception_handler(HTTPException, _nothing_here)
    app.add_exception_handler(RequestValidationError, _not_understood)
    return app


@asynccontextmanager
async def _finishing(app: FastAPI) -> AsyncIterator[None]:
    """A stop waits for what is under way: a merge that has begun is finished."""
    yield
    await run_in_threadpool(app.state.runs.stop)


# --- what travels -----------------------------------------------------------------------------------------------


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class Told(_Strict):
    """Every answer that is not the one asked for."""

    code: str
    sentence: str
    support: str | None = None


class ActionAsked(_Strict):
    """``arguments`` are what a person chose beside the button. ``wait`` false: answer with the run's id at once."""

    arguments: dict[str, str] = Field(default={}, max_length=50)
    wait: bool = True


class TokenAsked(_Strict):
    """Whose token, what it opens, for how many days."""

    name: str = Field(min_length=1, max_length=100)
    role: Literal["reader", "city", "admin"]
    days: int = Field(default=USUAL_DAYS, ge=1, le=LONGEST_DAYS)


# --- who may ----------------------------------------------------------------------------------------------------


def caller_of(request: Request) -> Caller:
    """Who asks. The door lets nobody else in to the addresses that use this."""
    caller: Caller = request.state.caller
    return caller


def require(caller: Caller, role: Role) -> None:
    """Raise ``Refusal`` when a caller's token does not reach a role."""
    if caller.role < role:
        raise Refusal(403, "role-too-small", role=role.word, own=caller.role.word)


Asking = Annotated[Caller, Depends(caller_of)]
api = APIRouter(prefix="/api", dependencies=[Security(HTTPBearer(auto_error=False))])
health = APIRouter()


@health.get(HEALTH)
def get_health() -> dict[str, str]:
    """The service runs. This tells nothing about the office."""
    return {"status": "ok", "version": VERSION}


@api.get("/me")
def get_me(caller: Asking) -> dict[str, str]:
    """What the token opens; a pane asks this when somebody signs in."""
    return {"name": caller.name, "role": caller.role.word, "version": VERSION}


# --- worksheet functions ----------------------------------------------------------------------------------------


@api.post("/functions/{name}", openapi_extra=ONE_CALL_BODY, response_class=Response)
async def call_function(name: str, request: Request) -> Response:
    """One function with its grids. What people typed wrong is an error cell in the answer, not a refusal."""
    if bare_name(name) not in FUNCTIONS:
        raise Refusal(404, "function-unknown", name=name)
    return await answered(request, lambda body: [read_call(name, body)], lambda results: result_json(results[0]), JSON)


@api.post("/functions", openapi_extra=MANY_CALLS_BODY, response_class=Response)
async def call_functions(request: Request) -> Response:
    """Many functions at once, answered in order; an unknown one is answered with ``#NAME?``."""
    return await answered(request, read_calls, results_json, JSON)


async def answered(
    request: Request,
    read: Callable[[bytes], Sequence[Call]],
    write: Callable[[Sequence[Grid]], bytes],
    media_type: str,
) -> Response:
    """Worksheet functions, read from the body and answered in a thread: a few cells may ask for a million answers, and
    nobody else waits for them."""
    body = await request.body()

    def answer() -> bytes:
        calls = read(body)
        facts = request.app.state.facts() if any(reads_the_master(one.name) for one in calls) else NoFacts()
        return write([call(one.name, one.arguments, facts, request.state.language) for one in calls])

    return Response(await run_in_threadpool(answer), media_type=media_type)


def bare_name(name: str) -> str:
    """A function's name as it is declared: hosts write ``CTD.TYLE`` or ``CTD_TYLE``."""
    return name.upper().removeprefix("CTD.").removeprefix("CTD_")


def reads_the_master(name: str) -> bool:
    """Does a function ask the master?"""
    function = FUNCTIONS.get(bare_name(name))
    return function is not None and function.reads_master


# --- actions ----------------------------------------------------------------------------------------------------


@api.post("/actions/{action}")
async def start_action(action: str, asked: ActionAsked, caller: Asking, request: Request) -> Response:
    """Press a button: on the master on disk. Answers when it is done or, asked not to wait, with the run's id."""
    if action not in BY_ID:
        raise Refusal(404, "action-unknown", action=action)
    require(caller, needed_role(action))
    settings: Settings = request.app.state.settings

    def work(progress: Progress) -> dict[str, Any]:
        return carry_out(settings, caller.name, action, None, asked.arguments, progress).to_json()

    run = request.app.state.runs.start(action, caller, work, changes=BY_ID[action].changes_book)
    if not asked.wait:
        return _json({"run": run.id}, 202)
    # Whoever asked may go away; the run goes on all the same.
    answer = await asyncio.shield(asyncio.wrap_future(run.future))
    return _json({"run": run.id, "answer": answer})


@api.get("/actions")
def list_runs(caller: Asking, request: Request) -> Response:
    """What this caller started lately, oldest first: a pane that was closed finds its action again."""
    runs = request.app.state.runs.of(caller)
    return _json({"runs": [_progress_json(run, request.state.language) for run in runs]})


@api.get("/actions/{run}/progress")
def get_progress(run: str, caller: Asking, request: Request) -> Response:
    """How far a run is; when it is over, its answer or the sentence that says why there is none."""
    found = request.app.state.runs.find(run, caller)
    return _json(_progress_json(found, request.state.language))


def _progress_json(run: Run, language: str) -> dict[str, Any]:
    plain = {"run": run.id, "action": run.action, "step": run.step, "done": run.done, "total": run.total}
    if not run.is_over:
        return plain | {"state": "running"}
    if run.refusal is not None:
        return plain | {"state": "failed", **told(run.refusal, language)}
    return plain | {"state": "done", "answer": run.future.result()}


# --- administration ---------------------------------------------------------------------------------------------


@api.get("/tokens")
def list_tokens(caller: Asking, request: Request) -> Response:
    """Every token, without its words."""
    require(caller, Role.ADMIN)
    tokens: Tokens = request.app.state.tokens
    return _json({"tokens": [_token_json(token, tokens.state_of(token)) for token in tokens.all()]})


@api.post("/tokens")
def add_token(asked: TokenAsked, caller: Asking, request: Request) -> Response:
    """Make a token; its words are in this answer and nowhere else."""
    require(caller, Role.ADMIN)
    token, words = request.app.state.tokens.add(asked.name, Role.named(asked.role), asked.days)
    tell("token_added", token=token.id, role=token.role.word, by=caller.token)
    return _json(_token_json(token, "active") | {"words": words}, 201)


@api.delete("/tokens/{token}")
def revoke_token(token: str, caller: Asking, request: Request) -> Response:
    """Make a token worthless from now on."""
    require(caller, Role.ADMIN)
    revoked = request.app.state.tokens.revoke(token)
    tell("token_revoked", token=revoked.id, by=caller.token)
    return _json(_token_json(revoked, "revoked"))


@api.post("/stop")
def stop_service(caller: Asking, request: Request) -> Response:
    """Finish what is under way and stop."""
    require(caller, Role.ADMIN)
    if request.app.state.stop is None:
        raise Refusal(409, "service-not-ours-to-stop")
    request.app.state.stop()
    return _json({"status": "stopping"}, 202)


def _token_json(token: Token, state: str) -> dict[str, str]:
    return {
        "id": token.id,
        "name": token.name,
        "role": token.role.word,
        "expires": token.expires.isoformat(),
        "state": state,
    }


# --- answers that are not the one asked for ---------------------------------------------------------------------


def _json(content: object, status: int = 200) -> Response:
    return Response(orjson.dumps(content), status, media_type=JSON)


async def _nothing_here(request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 404
    code = {404: "no-such-address", 405: "no-such-method"}.get(status, "request-not-understood")
    response = answer_to(Refusal(status, code), request.state.language)
    response.headers.update(getattr(error, "headers", None) or {})
    return response


async def _not_understood(request: Request, error: Exception) -> Response:
    return answer_to(Refusal(422, "request-not-understood"), request.state.language)
