"""One Chromium and one service for all that only asks; an office of its own for whoever merges."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from office import UNITS, Office, new_office
from pane import launch
from playwright.sync_api import Browser, sync_playwright
from running_service import Service, running_service


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Open for one module only: meanwhile this process has a running event loop, and others' tests expect none."""
    with sync_playwright() as playwright:
        opened = launch(playwright)
        yield opened
        opened.close()


@pytest.fixture(scope="session")
def sent(tmp_path_factory: pytest.TempPathFactory) -> Office:
    """Two wards have sent, one has not, nothing has been merged; to be copied and not to be changed."""
    return new_office(tmp_path_factory.mktemp("office") / "office", units=UNITS[:2], of_each=4)


@pytest.fixture(scope="session")
def merged(sent: Office, tmp_path_factory: pytest.TempPathFactory) -> Office:
    """The same, merged by the command line; to be copied and not to be changed."""
    office = sent.copy_to(tmp_path_factory.mktemp("merged") / "office")
    office.merge()
    return office


@pytest.fixture(scope="session")
def asked(merged: Office, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """The service of the merged master, for whoever only asks."""
    with running_service(tmp_path_factory.mktemp("asked") / "kept", "--no-tls", "--master", merged.master) as running:
        yield running


@pytest.fixture
def office(sent: Office, tmp_path: Path) -> Office:
    """An office of this test's own."""
    return sent.copy_to(tmp_path / "office")


@pytest.fixture
def service(office: Office) -> Iterator[Service]:
    """The service of that office."""
    with running_service(office.folder / "kept", "--no-tls", "--master", office.master) as running:
        yield running
