"""The addresses of the emulator itself, under ``/emulator/``: keys, sign-in, clock, faults, people, calls."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import orjson

from sync.emulator.errors import GoogleError

if TYPE_CHECKING:
    from sync.emulator.emulator import Emulator

DEFAULT_NAME = "xl-ctd"
DEFAULT_PERSON = "thanhpho@chuthapdo.example"
_FAULTS = ("answer", "html", "cut", "drop", "hang", "expire_tokens", "skew_clock", "clear")


def answer(emulator: Emulator, http: str, path: str, query: Mapping[str, list[str]], content: bytes) -> Any:
    """What a control address answers; a mistake is told as ``{"error": …}``."""
    given = {name: values[-1] for name, values in query.items()}
    body: dict[str, Any] = orjson.loads(content) if content else {}
    try:
        with emulator.lock:
            return _answer(emulator, http, path.removeprefix("/emulator/"), given, body)
    except (GoogleError, TypeError, ValueError, KeyError, AttributeError) as error:
        return {"error": str(error)}


def _answer(emulator: Emulator, http: str, name: str, given: Mapping[str, str], body: dict[str, Any]) -> Any:
    match http, name:
        case "GET", "health":
            return {"status": "ok", "spreadsheets": len(emulator.world.spreadsheets)}
        case "GET", "key":
            return emulator.key(given.get("name", DEFAULT_NAME))
        case "GET", "authorized-user":
            return emulator.authorized_user(given.get("email", DEFAULT_PERSON))
        case "GET", "oauth-client":
            return oauth_client(emulator)
        case "GET", "calls":
            return [asdict(call) for call in emulator.calls]
        case "DELETE", "calls":
            emulator.calls.clear()
        case "POST", "clock":
            emulator.clock.sleep(float(body["advance"]))
        case "POST", "faults" if body.get("fault") in _FAULTS:
            getattr(emulator.faults, body.pop("fault"))(*body.pop("arguments", ()), **body)
        case "DELETE", "faults":
            emulator.faults.clear()
        case "POST", "person":
            return {"answer": _person_acts(emulator, body)}
        case _:
            return {"error": f"{http} /emulator/{name} is not known here"}
    return {"status": "ok"}


def _person_acts(emulator: Emulator, body: dict[str, Any]) -> Any:
    """``{"email": …, "does": "type", "with": ["<id>", "Dân số", "B2", "12"]}``."""
    person, does = emulator.person(body["email"]), body["does"]
    if does.startswith("_"):
        raise ValueError(f"a person cannot {does}")
    return getattr(person, does)(*body.get("with", ()), **body.get("how", {}))


def oauth_client(emulator: Emulator) -> dict[str, Any]:
    """The client secrets of an installed program, as Google's console gives them."""
    return {
        "installed": {
            "client_id": "xl-ctd-emulator.apps.googleusercontent.com",
            "client_secret": "emulator",
            "project_id": "xl-ctd-emulator",
            "auth_uri": f"{emulator.url}/o/oauth2/auth",
            "token_uri": f"{emulator.url}/token",
            "redirect_uris": ["http://localhost"],
        }
    }


def consent(emulator: Emulator, query: Mapping[str, list[str]]) -> str:
    """Where the browser goes after the person has agreed, which here happens at once."""
    given = {name: values[-1] for name, values in query.items()}
    with emulator.lock:
        code = emulator.accounts.consent(given.get("login_hint", DEFAULT_PERSON), given.get("scope", ""))
    sent = {"code": code, "scope": given.get("scope", "")}
    if "state" in given:
        sent["state"] = given["state"]
    return f"{given.get('redirect_uri', emulator.url)}?{urlencode(sent)}"
