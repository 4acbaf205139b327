"""Speed of worksheet functions, beside the least that any road through JSON and numpy could cost.

    python -m bench.functions [--cells 100000] [--runs 7]

The floor decodes a column of numbers, divides it in numpy and encodes the answer; ours does the same as the service
does it, with exact results and every cell looked at. The medians of one run are compared, and neither side looks for
cycles of objects in between.
"""

from __future__ import annotations

import argparse
import gc
import statistics
import time
from collections.abc import Callable
from random import Random

import numpy as np
import orjson

from sync.service_wire import read_call, result_json
from xl_ctd.calling import Cell, NoFacts, call

Run = Callable[[bytes], bytes]

FACTS = NoFacts()


def floor(body: bytes) -> bytes:
    """Decode, divide, encode: no checks, and blanks would be an error."""
    values = np.array(orjson.loads(body)["arguments"][0])
    return orjson.dumps({"result": (values / 800.0).tolist()})


def ours(name: str, *more: Cell) -> Run:
    """The same road through a function."""
    rest = [[[cell]] for cell in more]

    def run(body: bytes) -> bytes:
        return result_json(call(name, [*read_call(name, body).arguments, *rest], FACTS))

    return run


def columns(cells: int) -> dict[str, list[list[Cell]]]:
    """What columns hold: counts; shares with three decimals; quotients, hardly two alike; counts with one blank in
    five."""
    random = Random(1)
    counts = [random.randrange(0, 2000) for _ in range(cells)]
    return {
        "counts": [[float(count)] for count in counts],
        "shares": [[count / 1000] for count in counts],
        "quotients": [[count / random.randrange(1, 100_000)] for count in counts],
        "counts and blanks": [[None if count % 5 == 0 else count] for count in counts],
    }


FUNCTIONS: dict[str, Run] = {
    "MUCDAT": ours("MUCDAT", "KHOANG", 800, 1400),
    "TRANGTHAI": ours("TRANGTHAI", "KHOANG", 800, 1400),
    "DAT": ours("DAT", "MIN", 800),
    "CONTHIEU": ours("CONTHIEU", "MIN", 800),
    "DEN": ours("DEN", 800),
    "SO": ours("SO"),
}


def median(run: Run, body: bytes, runs: int) -> float:
    """Seconds of the middle run."""
    taken = []
    for _ in range(runs):
        start = time.perf_counter()
        run(body)
        taken.append(time.perf_counter() - start)
    return statistics.median(taken)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cells", type=int, default=100_000)
    parser.add_argument("--runs", type=int, default=7)
    asked = parser.parse_args()
    gc.disable()
    contents = {
        name: orjson.dumps({"arguments": [[[0.0 if c is None else c for c in r] for r in cells]]})
        for name, cells in columns(asked.cells).items()
    }
    bodies = {name: orjson.dumps({"arguments": [cells]}) for name, cells in columns(asked.cells).items()}
    print(f"{asked.cells} cells; times as multiples of JSON + numpy alone\n")
    print(f"{'':20}{'floor':>10}" + "".join(f"{name:>12}" for name in FUNCTIONS))
    for name, body in bodies.items():
        base = median(floor, contents[name], asked.runs)
        ratios = [median(run, body, asked.runs) / base for run in FUNCTIONS.values()]
        print(f"{name:20}{base * 1000:>8.1f}ms" + "".join(f"{ratio:>11.1f}×" for ratio in ratios))


if __name__ == "__main__":
    main()
