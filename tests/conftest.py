"""For all tests: Hypothesis without deadlines, because a shared machine's slowness is no fault of the code."""

import pytest
from demos import Demos, make_demos
from hypothesis import settings

settings.register_profile("project", deadline=None, print_blob=True)
settings.load_profile("project")


@pytest.fixture(scope="session")
def demos(tmp_path_factory: pytest.TempPathFactory) -> Demos:
    """Demonstrations, each built once for everybody."""
    return make_demos(tmp_path_factory)
