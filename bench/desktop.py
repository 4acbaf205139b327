"""Speed of the desktop's wire, as ratios side by side in one run.

    python -m bench.desktop [--runs 5]

One hundred thousand cells in the range of every vectorised function, beside the least that can be done with them: JSON
decoded, one numpy comparison, JSON encoded. A thousand single cells one after another, as VBA asks them on one open
connection, beside xlwings-server's own road with the same cells.
"""

from __future__ import annotations

import argparse
import tempfile
from functools import partial
from itertools import chain
from pathlib import Path

import httpx
import orjson

from bench.service import (
    CALLS,
    CELLS,
    VECTORISED,
    by_xlwings,
    column,
    floor,
    running,
    show,
    single_calls,
    taking_turns,
)
from xl_ctd.hosts.desktop_wire import GS, RS, encode_call, encode_grid

WIRE = {"Content-Type": "text/plain"}


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--runs", type=int, default=5)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary, running(Path(temporary) / "office") as client:
        one_range(client, chosen.runs)
        many_cells(client, chosen.runs)


def one_range(client: httpx.Client, runs: int) -> None:
    """Every vectorised function over a long column."""
    for name, rest in VECTORISED.items():
        arguments = [column(), *([[cell]] for cell in rest)]
        json = orjson.dumps({"arguments": arguments})
        body = GS.join((name, RS.join(map(as_vba, chain.from_iterable(column()))), *map(encode_grid, arguments[1:])))
        timings = taking_turns(partial(floor, json), partial(ask, client, body.encode("ascii")), runs)
        show(f"{CELLS} cells: JSON + numpy + JSON", f"{CELLS} cells: CTD_{name} over the wire", timings)


def many_cells(client: httpx.Client, runs: int) -> None:
    """Many single cells in one recalculation."""
    bodies = [encode_call("DAT", arguments).encode("ascii") for arguments in single_calls()]

    def ours() -> None:
        for body in bodies:
            ask(client, body)

    timings = taking_turns(partial(by_xlwings, client), ours, runs)
    show(f"{CALLS} cells: xlwings-server", f"{CALLS} cells: one after another", timings)


def as_vba(number: float) -> str:
    """A number as VBA prints it: fifteen digits, and what they miss."""
    digits = f"{number:.15g}"
    missed = number - float(digits)
    return f"n{digits};{missed:.15g}" if missed else f"n{digits}"


def ask(client: httpx.Client, body: bytes) -> None:
    answer = client.post("/api/desktop/functions", content=body, headers=WIRE)
    assert answer.status_code == 200, answer.text


if __name__ == "__main__":
    main()
