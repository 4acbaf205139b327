"""VBA as olevba reads it, for checks against another's reader of the same formats."""

from __future__ import annotations

import warnings

with warnings.catch_warnings():  # oletools calls functions of pyparsing by names that pyparsing is giving up
    warnings.simplefilter("ignore")
    from oletools.olevba import VBA_Parser, decompress_stream


def decompressed(container: bytes) -> bytes:
    return bytes(decompress_stream(bytearray(container)))


def modules_in(addin: bytes) -> dict[str, str]:
    """The text of every module by its name; documents end in ``.cls`` no more."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        parser = VBA_Parser("ctd.xlam", data=addin)
        found = {file.rpartition(".")[0]: code for _, _, file, code in parser.extract_all_macros()}
        parser.close()
    return found


__all__ = ["decompressed", "modules_in"]
