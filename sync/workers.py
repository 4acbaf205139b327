"""What every worker process owes the run that started it: to end when that run is gone, and not before."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading


def end_with_parent() -> None:
    """Watch the process that started this one. A worker whose run was killed would otherwise wait for work for ever,
    and may hold the master's lock with it.

    Ctrl+C reaches every process of a terminal; only the run itself decides what that means for its workers.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_watch, daemon=True).start()


def _watch() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
