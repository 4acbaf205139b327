"""One service without a master for everybody who only asks; a small office to copy for those who merge."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from office import UNITS, Office, new_office
from running_service import Service, running_service


@pytest.fixture(scope="session")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A service in a folder that holds no master."""
    with running_service(tmp_path_factory.mktemp("service") / "kept") as running:
        yield running


@pytest.fixture(scope="session")
def two_wards(tmp_path_factory: pytest.TempPathFactory) -> Office:
    """Two wards have sent and nothing has been merged yet; to be copied and not to be changed."""
    return new_office(tmp_path_factory.mktemp("office") / "office", units=UNITS[:2], of_each=5)


@pytest.fixture
def office(two_wards: Office, tmp_path: Path) -> Office:
    """An office of this test's own."""
    return two_wards.copy_to(tmp_path / "office")
