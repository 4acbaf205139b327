"""Speed of the service, as ratios side by side in one run.

    python -m bench.service [--runs 5] [--merges 3]

One hundred thousand cells through every vectorised function over HTTPS, beside the least that can be done with them:
JSON decoded, one numpy comparison, JSON encoded. A thousand single cells, asked in one request, beside xlwings-server's
own road of one request a cell. Hợp nhất pressed over HTTPS, beside the command line's own merge.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import os
import re
import shutil
import ssl
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import httpx
import numpy as np
import orjson

from xl_ctd.cell_values import Cell

CELLS, CALLS = 100_000, 1_000
CONNECTIONS = 6
"""How many requests a browser has under way to one address."""

COMMAND = [sys.executable, "-m", "sync"]


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--merges", type=int, default=3, help="0 leaves the merge out")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary, running(Path(temporary) / "office") as client:
        many_cells(client, chosen.runs)
        many_calls(client, chosen.runs)
    if chosen.merges:
        with tempfile.TemporaryDirectory() as temporary:
            merging(Path(temporary), chosen.merges)


VECTORISED: Mapping[str, list[Cell]] = {
    "DAT": ["MIN", 5_000],
    "TRANGTHAI": ["KHOANG", 5_000, 9_000],
    "MUCDAT": ["MIN", 5_000],
    "CONTHIEU": ["MIN", 5_000],
    "DEN": [5_000],
    "SO": [],
}
"""Every function that answers whole columns, with what it is given beside the column."""


def column() -> list[list[Cell]]:
    """Quotients, no two alike: the most work that a column of numbers can make."""
    return [[number / 7] for number in range(CELLS)]


def floor(body: bytes) -> None:
    """The least that can be done with a column: JSON decoded, one comparison in numpy, JSON encoded. Python does not
    look for cycles in between: that would make the floor three times as high."""
    gc.disable()
    values = np.array(orjson.loads(body)["arguments"][0], dtype=float)
    orjson.dumps({"result": (values >= 5_000).tolist()})
    gc.enable()


def many_cells(client: httpx.Client, runs: int) -> None:
    """Every vectorised function over a long column."""
    for name, rest in VECTORISED.items():
        body = orjson.dumps({"arguments": [column(), *([[cell]] for cell in rest)]})
        timings = taking_turns(partial(floor, body), partial(ask, client, f"/api/functions/{name}", body), runs)
        show(f"{CELLS} cells: JSON + numpy + JSON", f"{CELLS} cells: CTD.{name} over HTTPS", timings)


def many_calls(client: httpx.Client, runs: int) -> None:
    """Many single cells in one recalculation."""
    together = orjson.dumps({"calls": [{"name": "DAT", "arguments": call} for call in single_calls()]})
    names = (f"{CALLS} cells: xlwings-server, one request a cell", f"{CALLS} cells: one request")
    show(*names, taking_turns(partial(by_xlwings, client), partial(ask, client, "/api/functions", together), runs))


def ask(client: httpx.Client, path: str, body: bytes) -> None:
    """One request, answered."""
    answer = client.post(path, content=body)
    assert answer.status_code == 200, answer.text


# --- xlwings-server's own road ----------------------------------------------------------------------------------


def single_calls() -> list[list[list[list[Cell]]]]:
    """The arguments of a thousand cells that ask ``DAT``."""
    return [[[[number / 7]], [["MIN"]], [[70.0]]] for number in range(CALLS)]


def by_xlwings(client: httpx.Client) -> None:
    """The thousand cells, as xlwings' own client asks them: a request a cell, as many at a time as a browser sends."""
    bodies = [
        orjson.dumps(
            {
                "client": "Office.js",
                "func_name": "DAT",
                "args": [*arguments, [[None]], [[None]]],
                "caller_address": f"[So.xlsx]Sheet1!A{number}",
                "session_id": "bench",
                "culture_info_name": "vi-VN",
                "date_format": "d/m/yyyy",
                "version": "dev",
                "runtime": "1.4",
            }
        )
        for number, arguments in enumerate(single_calls(), 1)
    ]
    asyncio.run(one_by_one(client, bodies))


async def one_by_one(client: httpx.Client, bodies: list[bytes]) -> None:
    """All requests, over as many connections as a browser opens."""
    waiting = iter(bodies)
    trusted = ssl.create_default_context(cafile=client.headers["X-Authority"])
    headers = {"Authorization": client.headers["Authorization"], "Content-Type": "application/json"}
    async with httpx.AsyncClient(base_url=client.base_url, headers=headers, verify=trusted, timeout=60) as browser:

        async def connection() -> None:
            for body in waiting:
                answer = await browser.post(f"{client.headers['X-Pages']}/xlwings/custom-functions-call", content=body)
                assert answer.status_code == 200, answer.text

        await asyncio.gather(*(connection() for _ in range(CONNECTIONS)))


def merging(folder: Path, runs: int) -> None:
    """The demo's twelve wards into a new master."""
    subprocess.run([*COMMAND, "demo", str(folder / "demo")], check=True, stdout=subprocess.DEVNULL)
    plan = ["new", "master", "--plan", "TS", "-o", str(folder / "empty.xlsx")]
    subprocess.run([*COMMAND, *plan], check=True, stdout=subprocess.DEVNULL)
    office = folder / "office"
    master = office / "so-tong-hop.xlsx"
    shutil.copytree(folder / "demo" / "wards", office / "wards")

    def anew() -> None:
        shutil.rmtree(office / "so-tong-hop.ctd", ignore_errors=True)
        shutil.copy(folder / "empty.xlsx", master)

    def by_command() -> None:
        done = subprocess.run(
            [*COMMAND, "merge", "--master", str(master), str(office / "wards")], stdout=subprocess.DEVNULL, check=False
        )
        assert done.returncode in (0, 1)

    with running(office) as client:

        def by_button() -> None:
            answer = client.post("/api/actions/hop_nhat", json={"arguments": {}})
            assert answer.status_code == 200, answer.text

        timings = taking_turns(by_command, by_button, runs, before=anew)
    show("12 wards: xl-ctd merge", "12 wards: Hợp nhất over HTTPS", timings)


@contextmanager
def running(folder: Path) -> Iterator[httpx.Client]:
    """A service in a folder and a client that trusts it, signed in to do everything."""
    folder.mkdir(parents=True, exist_ok=True)
    kept = folder / "kept"
    process = subprocess.Popen(
        [*COMMAND, "serve", "--port", "0"],
        cwd=folder,
        env={**os.environ, "CTD_FOLDER": str(kept)},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert process.stdout is not None
    printed = "".join(iter(process.stdout.readline, "\n"))
    url, manifest = re.findall(r"https://\S+", printed)
    words = re.findall(r"ctd-[a-z0-9]{6}-\S+", printed)[-1]
    authority = str(kept / "authority.crt")
    pages = manifest.removeprefix(url).removesuffix("/manifest.xml")
    headers = {"Authorization": f"Bearer {words}", "X-Authority": authority, "X-Pages": pages}
    try:
        trusted = ssl.create_default_context(cafile=authority)
        with httpx.Client(base_url=url, headers=headers, verify=trusted, timeout=600) as client:
            yield client
    finally:
        process.terminate()
        process.communicate()


Timings = tuple[float, float]


def taking_turns(
    first: Callable[[], None], second: Callable[[], None], runs: int, before: Callable[[], None] = lambda: None
) -> Timings:
    """Seconds of both sides, the median of several turns; the very first turn warms up and does not count."""
    seconds: list[list[float]] = [[], []]
    for _ in range(runs + 1):
        for side, do in zip(seconds, (first, second), strict=True):
            before()
            began = time.perf_counter()
            do()
            side.append(time.perf_counter() - began)
    one, other = (statistics.median(side[1:]) for side in seconds)
    return one, other


def show(first: str, second: str, timings: Timings) -> None:
    one, other = timings
    print(f"| {first} | {one * 1000:.1f} ms | {second} | {other * 1000:.1f} ms | ratio {other / one:.2f} |", flush=True)


if __name__ == "__main__":
    main()
