"""Speed of the desktop's wire, as ratios side by side in one run.

    python -m bench.desktop [--runs 5]

One hundred thousand cells in a function's range, beside the least that can be done with them: JSON decoded, one numpy
comparison, JSON encoded. A thousand single cells one after another, as VBA asks them on one open connection, beside
xlwings-server's own road with the same cells.
"""

from __future__ import annotations

import argparse
import asyncio
import tempfile
from pathlib import Path

import httpx
import numpy as np
import orjson

from bench.service import CALLS, CELLS, one_by_one, running, show, taking_turns
from xl_ctd.hosts.desktop_wire import encode_call

WIRE = {"Content-Type": "text/plain"}


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--runs", type=int, default=5)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary, running(Path(temporary) / "office") as client:
        one_range(client, chosen.runs)
        many_cells(client, chosen.runs)


def one_range(client: httpx.Client, runs: int) -> None:
    """A vectorised function over a long column."""
    grid = [[number / 7] for number in range(CELLS)]
    json = orjson.dumps({"arguments": [grid, [["MIN"]], [[5_000]]]})
    body = encode_call("DAT", [grid, [["MIN"]], [[5_000]]]).encode("ascii")

    def floor() -> None:
        values = np.array(orjson.loads(json)["arguments"][0], dtype=float)
        orjson.dumps({"result": (values >= 5_000).tolist()})

    def ours() -> None:
        ask(client, body)

    show(
        f"{CELLS} cells: JSON + numpy + JSON", f"{CELLS} cells: CTD_DAT over the wire", taking_turns(floor, ours, runs)
    )


def many_cells(client: httpx.Client, runs: int) -> None:
    """Many single cells in one recalculation."""
    cells = [(number / 7, "MIN", 70.0) for number in range(CALLS)]
    bodies = [encode_call("DAT", [[[one]] for one in cell]).encode("ascii") for cell in cells]
    alone = [
        orjson.dumps(
            {
                "client": "Office.js",
                "func_name": "DAT",
                "args": [*([[one]] for one in cell), [[None]], [[None]]],
                "caller_address": f"[So.xlsx]Sheet1!A{number}",
                "session_id": "bench",
                "culture_info_name": "vi-VN",
                "date_format": "d/m/yyyy",
                "version": "dev",
                "runtime": "1.4",
            }
        )
        for number, cell in enumerate(cells, 1)
    ]

    def theirs() -> None:
        asyncio.run(one_by_one(client, alone))

    def ours() -> None:
        for body in bodies:
            ask(client, body)

    show(f"{CALLS} cells: xlwings-server", f"{CALLS} cells: one after another", taking_turns(theirs, ours, runs))


def ask(client: httpx.Client, body: bytes) -> None:
    answer = client.post("/api/desktop/functions", content=body, headers=WIRE)
    assert answer.status_code == 200, answer.text


if __name__ == "__main__":
    main()
