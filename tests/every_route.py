"""Every address of the service, also of what is mounted or included, described or not.

``{page_key}`` stands for the key in the addresses of Office.js.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from starlette.routing import Mount

from sync.service import create_app
from sync.settings import load_settings
from xl_ctd.hosts import officejs


def every_route(routes: Any) -> Iterator[tuple[str, str]]:
    """Method and path of everything that answers; ``x`` stands for a file of a folder."""
    for route in routes:
        if isinstance(getattr(route, "app", None), officejs._OfficeSide):
            inside = every_route(officejs._office().routes)
            yield from ((method, f"{route.path}/{{page_key}}{path}") for method, path in inside)
        elif (inner := getattr(route, "original_router", None)) is not None:
            yield from every_route(inner.routes)
        elif isinstance(route, Mount):
            yield from (("GET", f"{route.path}/x"), ("POST", f"{route.path}/x"))
        else:
            yield from ((method, route.path) for method in route.methods)


ROUTES = sorted(set(every_route(create_app(load_settings()).routes)))
