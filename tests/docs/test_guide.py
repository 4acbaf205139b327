"""What the guide says can be done, is done here: every command in its order, in a folder of its own."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
import typer

from sync.cli import app
from tools import error_codes, pictures
from xl_ctd.messages import catalogue

ROOT = Path(__file__).parents[2]
PAGES = sorted([ROOT / "README.md", ROOT / "CHANGELOG.md", *(ROOT / "docs").glob("*.md")])
GUIDE = (ROOT / "docs" / "huong-dan.md").read_text("utf-8")

MASTER, WARD = "so-tong-hop.xlsx", "CTD_09382_2024.xlsx"
SECOND = "CTD_09382_2024 (bản sửa).xlsx"


def commands_to_run(page: str) -> list[str]:
    """The lines of the page's shell blocks."""
    blocks = re.findall(r"^```sh\n(.*?)^```", page, re.MULTILINE | re.DOTALL)
    lines = (line.split(" #")[0].strip() for block in blocks for line in block.splitlines())
    return [line for line in lines if line]


def run(command: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run one command as it is written, nobody at the keyboard."""
    name, *arguments = shlex.split(command)
    assert "xl-ctd" == name
    path = os.pathsep.join([str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])])
    return subprocess.run(
        [sys.executable, "-m", "sync.cli", *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": path},
        input="\n",
        capture_output=True,
        text=True,
        timeout=300,
    )


# --- what people do between the commands


def wards_send(folder: Path) -> None:
    for file in (folder / "thu" / "wards").glob("*_2024.xlsx"):
        shutil.copy2(file, folder / "phuong" / file.name)


def ward_and_city_disagree(folder: Path) -> None:
    pictures.disagree(folder / MASTER, folder / "phuong" / WARD)
    run(f"xl-ctd merge --master {MASTER} phuong", folder)


def ward_sends_a_second_file(folder: Path) -> None:
    shutil.copy2(folder / "phuong" / WARD, folder / "phuong" / SECOND)
    pictures.type_number(folder / "phuong" / SECOND, "Sổ quỹ", "H8", 4_100_000)
    told = run(f"xl-ctd merge --master {MASTER} phuong", folder)
    assert f"{WARD}" in told.stdout + told.stderr


HAPPENS: Mapping[str, Callable[[Path], None]] = {
    "xl-ctd check phuong/": wards_send,
    "xl-ctd conflicts": ward_and_city_disagree,
    "xl-ctd resolve --master so-tong-hop.xlsx --unit": ward_sends_a_second_file,
}
PEOPLE_ARE_ASKED = 1
"""Exit code of a run that is done but leaves findings, conflicts or held units."""


def test_every_command_of_the_guide_runs_in_its_order(tmp_path: Path) -> None:
    commands = [line for line in commands_to_run(GUIDE) if line.startswith("xl-ctd")]
    failed = []
    for command in commands:
        for start, happens in HAPPENS.items():
            if command.startswith(start):
                happens(tmp_path)
        done = run(command, tmp_path)
        if done.returncode not in (0, PEOPLE_ARE_ASKED):
            failed.append((command, done.stdout + done.stderr))

    assert [] == failed
    assert len(commands) > 20
    assert "Không có xung đột nào." in run(f"xl-ctd conflicts --master {MASTER}", tmp_path).stdout
    assert (tmp_path / "phuong" / "CTD_09385_2026.xlsx").is_file()


# --- what stands in the pages


def command_lines(page: str) -> list[str]:
    """Every ``xl-ctd …`` in a block or between backticks."""
    quoted = re.findall(r"`(xl-ctd [^`\n]*)`", page)
    return [*(line for line in commands_to_run(page) if line.startswith("xl-ctd ")), *quoted]


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_every_command_and_option_named_exists(path: Path) -> None:
    unknown = [
        (line, problem) for line in command_lines(path.read_text("utf-8")) if (problem := unknown_in(line)) is not None
    ]

    assert [] == unknown


def unknown_in(line: str) -> str | None:
    node = typer.main.get_command(app)
    words = re.findall(r"--?[a-z][a-z-]*|[^\s\[\]]+", line.removeprefix("xl-ctd"))
    while words and hasattr(node, "commands") and not words[0].startswith("--"):
        word = words.pop(0)
        found = node.get_command(None, word)
        if found is None:
            return word
        node = found
    options = {flag for parameter in node.params for flag in (*parameter.opts, *parameter.secondary_opts)} | {"--help"}
    return next((word for word in words if re.fullmatch(r"--?[a-z][a-z-]*", word) and word not in options), None)


def test_every_option_stands_in_the_guide() -> None:
    lines = command_lines(GUIDE)
    missing = []
    top = typer.main.get_command(app).commands  # type: ignore[attr-defined]
    leaves = [(name, node) for name, node in top.items() if not hasattr(node, "commands")]
    leaves += [(f"new {name}", node) for name, node in top["new"].commands.items()]
    for name, node in leaves:
        mine = " ".join(line for line in lines if line.startswith(f"xl-ctd {name}"))
        for parameter in node.params:
            flags = [flag for flag in parameter.opts if flag.startswith("-")]
            if (
                flags
                and parameter.name != "help"
                and not any(f"{flag} " in f"{mine} ".replace("]", " ") for flag in flags)
            ):
                missing.append((name, flags))

    assert [] == missing


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_no_link_is_broken(path: Path) -> None:
    text = path.read_text("utf-8")
    links = re.findall(r"\]\(([^)\s]+)\)", text)
    broken = [link for link in links if not link.startswith("http") and not reached(path, link)]

    assert [] == broken


def reached(page: Path, link: str) -> bool:
    name, _, anchor = link.partition("#")
    target = page.parent / name if name else page
    return target.is_file() and (not anchor or anchor in anchors(target.read_text("utf-8")))


def anchors(text: str) -> set[str]:
    """The names that a forge gives to headings: small letters, no punctuation, hyphens for spaces."""
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_every_picture_is_shown_and_every_one_shown_is_made() -> None:
    made = {f"{shot.name}.png" for shot in (*pictures.MASTER_SHOTS, *pictures.WARD_SHOTS)}
    of_the_pane = {name for path in PAGES for name in re.findall(r"hinh/(pane-[\w-]+\.png)", path.read_text("utf-8"))}

    assert made | of_the_pane == {path.name for path in (ROOT / "docs" / "hinh").iterdir()}
    assert made == set(re.findall(r"hinh/([\w-]+\.png)", GUIDE))
    assert [] == [path.name for path in (ROOT / "docs" / "hinh").iterdir() if path.stat().st_size > pictures.LARGEST]


def test_the_page_of_codes_is_the_catalogues() -> None:
    assert error_codes.page() == error_codes.PAGE.read_text("utf-8")


WORDS_OF_PROGRAMS = re.compile(
    r"\b(error|invalid|value|cell|sheet|file|row|column|merge[sd]?|conflict|undo|null|none|natural key|hash|cache|token"
    r"|byte|dataset|record|string|encoding)\b",
    re.IGNORECASE,
)


def test_staff_read_no_words_of_programs() -> None:
    named = re.compile(r"xl-ctd [^.;,)”]*|\{\w+\}|--\w+|“[^”]*”|#[A-Z/0]+[!?]?")
    told = {code: WORDS_OF_PROGRAMS.findall(named.sub("", text)) for code, text in catalogue("vi").items()}

    assert {} == {code: words for code, words in told.items() if words}
