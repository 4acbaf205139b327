"""The container and the compression of a VBA project, read back by programs of others."""

from __future__ import annotations

from io import BytesIO

import olefile
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from olevba_reading import decompressed

from xl_ctd.hosts.xlam.compound_file import compound_file
from xl_ctd.hosts.xlam.vba_project import Module, compress, encrypt, vba_project

LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789"
names = st.text(LETTERS, min_size=1, max_size=31)
streams = st.dictionaries(names, st.integers(0, 9_000), max_size=20)
GUID = "{318BEE36-5BE1-492A-826D-473DB19B0F30}"


def content(name: str, length: int) -> bytes:
    """Bytes that differ from stream to stream."""
    return (name.encode() + b"|" * 7)[:5].ljust(5, b".") * (length // 5 + 1)


@given(streams, streams)
@settings(max_examples=40)
def test_every_stream_reads_back_through_olefile(outer: dict[str, int], inner: dict[str, int]) -> None:
    flat = {name.lower(): (name, content(name, length)[:length]) for name, length in outer.items() if name != "VBA"}
    nested = {name.lower(): (name, content(name, length)[:length]) for name, length in inner.items()}
    written = compound_file({"VBA": dict(nested.values()), **dict(flat.values())} if "vba" not in flat else {})

    with olefile.OleFileIO(BytesIO(written), raise_defects=olefile.DEFECT_INCORRECT) as file:
        found = {tuple(path): file.openstream(path).read() for path in file.listdir()}

    expected = {("VBA", name): data for name, data in nested.values()}
    expected |= {(name,): data for name, data in flat.values()}
    assert ({} if "vba" in flat else expected) == found


def test_a_name_longer_than_the_container_allows_is_refused() -> None:
    with pytest.raises(ValueError, match="longer than a compound file allows"):
        compound_file({"a" * 32: b""})


@given(
    st.lists(st.sampled_from([b"Sub A()\r\n", b"    x = x + 1\r\n", b"End Sub\r\n", b"' note\r\n", b"q"]), max_size=900)
)
@settings(max_examples=40)
def test_compressed_text_reads_back(pieces: list[bytes]) -> None:
    text = b"".join(pieces)
    if text:
        assert text == decompressed(compress(text))


@given(st.binary(min_size=4096, max_size=4096))
@settings(max_examples=20)
def test_a_full_chunk_that_cannot_be_compressed_is_kept_as_it_is(chunk: bytes) -> None:
    assert chunk == decompressed(compress(chunk))


def decrypted(text: str) -> bytes:
    """What an encrypted value of a project says (MS-OVBA 2.4.3.3)."""
    seed, version, key, *rest = bytes.fromhex(text)
    last, newest, before = key ^ seed, key, version
    plain = []
    for byte in rest:
        plain.append(byte ^ ((before + last) & 0xFF))
        before, newest, last = newest, byte, plain[-1]
    shown = plain[(seed & 6) // 2 :]
    assert len(shown) - 4 == int.from_bytes(bytes(shown[:4]), "little")
    return bytes(shown[4:])


@pytest.mark.parametrize(
    ("content", "excels"),
    [
        (bytes(4), "5D5F8AADDAA8DEA8DEA8DEA8DE"),
        (bytes(1), "5D5F8AADDAADDBADDBAD"),
        (bytes([255]), "5D5F8AADDAADDBADDB52"),
    ],
    ids=["not protected", "no password", "visible"],
)
def test_protection_says_what_excels_own_values_say(content: bytes, excels: str) -> None:
    # Excel's values stand in an add-in that Excel has saved and that has no protection.
    assert content == decrypted(excels) == decrypted(encrypt(GUID, content))


def test_vba_that_is_not_ascii_is_refused_with_its_line() -> None:
    broken = Module("Loi", 'Attribute VB_Name = "Loi"\nx = "Đạt"\n')

    with pytest.raises(ValueError, match="Loi, line 2: VBA source must be ASCII"):
        vba_project("P", GUID, [broken], [])
