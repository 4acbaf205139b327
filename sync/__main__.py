"""``xl-ctd`` begins here: the cycle collector keeps still while everything is loaded, which makes nothing but work."""

from __future__ import annotations

import gc

RARELY = 50_000
"""New objects between two looks for cycles; reading and writing make millions of objects and next to no cycles."""


def main() -> None:
    """Load the command line and run it."""
    gc.disable()
    from sync.cli import main as run

    gc.freeze()
    gc.set_threshold(RARELY)
    gc.enable()
    try:
        run()
    finally:
        gc.freeze()  # the interpreter's end looks through all that is not frozen, several times


if __name__ == "__main__":
    main()
