"""``xl-ctd`` run as people run it: in a process of its own."""

from __future__ import annotations

import ctypes
import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PROGRAM = Path(sys.executable).with_name("xl-ctd")


@dataclass(frozen=True)
class Answer:
    """What a command left behind."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


def start(*arguments: object, stdin: int = subprocess.PIPE, **environment: str) -> subprocess.Popen[str]:
    """Start the command and do not wait for it."""
    return subprocess.Popen(
        [str(PROGRAM), *map(str, arguments)],
        stdin=stdin,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "CTD_WHO": "Lan", "COLUMNS": "200", **environment},
        preexec_fn=without_privileges,
    )


def run(*arguments: object, stdin: str = "", **environment: str) -> Answer:
    """Run the command; nothing it prints may ever look like a program's inside."""
    return answer_of(start(*arguments, **environment), stdin)


def answer_of(process: subprocess.Popen[str], stdin: str = "") -> Answer:
    """Wait for a command that was started."""
    out, err = process.communicate(stdin, timeout=300)
    assert "Traceback" not in out + err
    assert 'File "' not in err
    return Answer(process.returncode, out, err)


def without_privileges() -> None:
    """Even where tests run as root, a file that is read-only is read-only: root gives up the right to pass over it."""
    PR_CAPBSET_DROP, CAP_DAC_OVERRIDE = 24, 1
    ctypes.CDLL(None).prctl(PR_CAPBSET_DROP, CAP_DAC_OVERRIDE, 0, 0, 0)


def one_sentence(answer: Answer) -> str:
    """The sentence a command gives when it could not run: on stderr, nothing else, in Vietnamese."""
    assert (2, "") == (answer.code, answer.out)
    assert 1 == len(answer.err.strip().splitlines()), answer.err
    return answer.err.strip()
