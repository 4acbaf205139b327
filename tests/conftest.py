"""For all tests: Hypothesis without deadlines, because a shared machine's slowness is no fault of the code."""

from hypothesis import settings

settings.register_profile("project", deadline=None, print_blob=True)
settings.load_profile("project")
