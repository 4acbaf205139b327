"""A thousand worksheet functions in one recalculation of Excel, through our task pane beside xlwings' own client.

    python -m bench.officejs [--calls 1000] [--runs 5]

Both sides are the same page in the same Chromium on Microsoft's office.js, over a workbook in memory, with one service
on real HTTP behind them. Ours gathers the calls of one recalculation into one request; on the other page that part is
left away, so that xlwings' client sends its own request for every cell to xlwings-server. Timed from the first call to
the last answer, inside the page.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "browser"))

from excel_books import plain_book
from pane import Pane, launch, open_pane
from playwright.sync_api import Browser, sync_playwright
from running_service import Service, running_service

from bench.service import show

MOST_RATIO = 0.2
"""What is asked: a fifth of xlwings-server's own road."""

RECALCULATE = """async (excel, calls) => {
    const began = performance.now();
    const cell = (n) => excel.calculate("DAT", [[[n / 7]], [["MIN"]], [[70]], null, null]);
    const answers = await Promise.all(Array.from({ length: calls }, (_, n) => cell(n)));
    const seconds = (performance.now() - began) / 1000;
    return [seconds, answers.filter(([[met]]) => met === true).length];
}"""


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--calls", type=int, default=1_000)
    parser.add_argument("--runs", type=int, default=5)
    chosen = parser.parse_args()
    with ExitStack() as closing:
        folder = Path(closing.enter_context(tempfile.TemporaryDirectory()))
        service = closing.enter_context(running_service(folder / "kept", "--no-tls"))
        browser = launch(closing.enter_context(sync_playwright()))
        closing.callback(browser.close)
        theirs = closing.enter_context(xlwings_alone(browser, service))
        ours = closing.enter_context(open_pane(browser, service, plain_book(Trang1=[["a"]])))
        one, other = taking_turns(theirs, ours, chosen.calls, chosen.runs)
    alone, together = f"{chosen.calls} calls: xlwings' client, a request each", f"{chosen.calls} calls: our pane"
    show(alone, together, (one, other))
    print(f"asked: ratio at most {MOST_RATIO}: {'met' if other / one <= MOST_RATIO else 'NOT met'}")


@contextmanager
def xlwings_alone(browser: Browser, service: Service) -> Iterator[Pane]:
    """The page without our gathering of calls: xlwings' client as it is, signed in as ours is."""
    own = "globalThis.getAuth = () => ({ token: `Bearer ${localStorage.getItem('ctdToken')}`, provider: '' });"
    with open_pane(browser, service, plain_book(Trang1=[["a"]]), instead={"**/ctd/functions.js": own}) as pane:
        yield pane


def taking_turns(theirs: Pane, ours: Pane, calls: int, runs: int) -> tuple[float, float]:
    """Seconds of both sides, the median of several turns; the first turn warms up and does not count."""
    seconds: list[list[float]] = [[], []]
    for _ in range(runs + 1):
        for side, pane in zip(seconds, (theirs, ours), strict=True):
            took, met = pane.excel(RECALCULATE, calls)
            assert met == sum(number / 7 >= 70 for number in range(calls)), "a wrong answer is not fast"
            side.append(took)
    one, other = (statistics.median(side[1:]) for side in seconds)
    return one, other


if __name__ == "__main__":
    main()
