"""One office in one sheet is enough for most promises; each test makes its own, in a second."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sheets_office import SheetsOffice, sheets_office


@pytest.fixture
def shared(tmp_path: Path) -> Iterator[SheetsOffice]:
    """One ward with a sheet of three rows a table, linked in the master, not read yet."""
    with sheets_office(tmp_path / "office") as made:
        yield made
