"""For all tests: Hypothesis without deadlines, because a shared machine's slowness is no fault of the code; names of
cases that are the same in every process."""

import pytest
from demos import Demos, make_demos
from hypothesis import settings

settings.register_profile("project", deadline=None, print_blob=True)
settings.load_profile("project")


def pytest_make_parametrize_id(val: object, argname: str) -> str | None:
    """Bytes name no case: those of a package hold the moment it was made, and processes that share the tests must
    find the same names."""
    return argname if isinstance(val, bytes) else None


@pytest.fixture(scope="session")
def demos(tmp_path_factory: pytest.TempPathFactory) -> Demos:
    """Demonstrations, each built once for everybody."""
    return make_demos(tmp_path_factory)
