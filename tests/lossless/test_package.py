"""Zip files as the world writes them: read, copied raw, refused with a sentence when they cannot be trusted."""

import io
import struct
import zipfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbooks import package as package_module
from workbooks.emit import deflate
from workbooks.package import DeflatedBlocks, Package, PackageDamaged


def small(path, **members):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path


def test_nothing_replaced_gives_the_same_bytes(rich_master):
    with Package(rich_master) as package:
        beside, changed = package.save(rich_master)
    assert ((), rich_master.read_bytes()) == (changed, beside.read_bytes())


def test_other_members_keep_bytes_order_time_and_flags(tmp_path):
    path = tmp_path / "t.xlsx"
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.comment = b"ghi chu"
        for number, method in enumerate((zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2)):
            info = zipfile.ZipInfo(f"xl/phần{number}.xml", (2001 + number, 2, 3, 4, 5, 6))
            info.external_attr, info.comment, info.compress_type = 0o600 << 16, b"c", method
            archive.writestr(info, b"x" * 1000)
        archive.writestr("last", b"y")
    path.write_bytes(stream.getvalue())
    with Package(path) as package:
        package.replace("last", b"z" * 10)
        beside, changed = package.save(path)

    def facts(file):
        with zipfile.ZipFile(file) as archive:
            infos = archive.infolist()[:3]
            return archive.comment, [
                (i.filename, i.date_time, i.flag_bits, i.CRC, i.compress_size, i.external_attr, i.comment)
                for i in infos
            ]

    assert facts(path) == facts(beside)
    assert ("last",) == changed
    with zipfile.ZipFile(beside) as archive:
        assert b"z" * 10 == archive.read("last")


def test_members_with_data_descriptors_and_wide_sizes_are_copied(tmp_path):
    class NoSeek(io.RawIOBase):
        def __init__(self, file):
            self.file = file

        def writable(self):
            return True

        def write(self, data):
            return self.file.write(data)

    path = tmp_path / "t.xlsx"
    with path.open("wb") as file, zipfile.ZipFile(NoSeek(file), "w", zipfile.ZIP_DEFLATED) as archive:
        with archive.open("a", "w", force_zip64=True) as member:
            member.write(b"a" * 5000)
        archive.writestr("b", b"b" * 10)
    with Package(path) as package:
        package.replace("b", b"c" * 20)
        beside, _ = package.save(path)
    with zipfile.ZipFile(beside) as archive:
        assert (None, b"a" * 5000, b"c" * 20) == (archive.testzip(), archive.read("a"), archive.read("b"))


def test_a_zip64_directory_is_read(tmp_path):
    path = small(tmp_path / "t.xlsx", a="a" * 100, b="b" * 100)
    data = path.read_bytes()
    at = data.rindex(b"PK\5\6")
    entries, size, start = struct.unpack_from("<HII", data, at + 10)
    record = struct.pack("<4sQ2H2I4Q", b"PK\6\6", 44, 45, 45, 0, 0, entries, entries, size, start)
    locator = struct.pack("<4sIQI", b"PK\6\7", 0, at, 1)
    full = struct.pack("<4s4H2IH", b"PK\5\6", 0, 0, 0xFFFF, 0xFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0)
    path.write_bytes(data[:at] + record + locator + full)
    with Package(path) as package:
        assert (("a", "b"), b"b" * 100) == (package.names(), package.read("b"))
        beside, _ = package.save(path)
    assert data == beside.read_bytes()


def test_blocks_join_to_one_member(tmp_path):
    path = small(tmp_path / "t.xlsx", a="old", b="kept")
    content = DeflatedBlocks(deflate(b"%d," % i) for i in range(1000))
    with Package(path) as package:
        package.replace("a", content)
        beside, _ = package.save(path)
    expected = b"".join(b"%d," % i for i in range(1000))
    with zipfile.ZipFile(beside) as archive:
        assert (None, expected, b"kept") == (archive.testzip(), archive.read("a"), archive.read("b"))
    with Package(beside) as package:
        some = content.placed[10:20]
        length = some[-1].offset + some[-1].length - some[0].offset
        assert b"10,11,12,13,14,15,16,17,18,19," == package.read_blocks("a", some[0].offset, length)


def test_part_names_ignore_case_and_slashes(tmp_path):
    path = small(tmp_path / "t.xlsx", **{"XL\\Workbook.xml": "x"})
    with Package(path) as package:
        assert b"x" == package.read("xl/workbook.xml")
        assert "xl/workbook.XML" in package
        assert "xl/other.xml" not in package


def test_a_member_with_a_wrong_check_sum_is_refused(tmp_path):
    path = tmp_path / "t.xlsx"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a", b"content")
    path.write_bytes(path.read_bytes().replace(b"content", b"kontent"))
    with Package(path) as package, pytest.raises(PackageDamaged) as refused:
        package.read("a")
    assert ("write-package-damaged", {"file": "t.xlsx", "part": "a"}) == (refused.value.code, refused.value.details)


@pytest.mark.parametrize("keep", [0, 3, 40, 100, -30, -1])
def test_a_truncated_file_is_refused(tmp_path, keep):
    path = small(tmp_path / "t.xlsx", a="a" * 100, b="b" * 100)
    path.write_bytes(path.read_bytes()[:keep])
    with pytest.raises(PackageDamaged):
        Package(path)


def test_each_hopeless_file_gets_its_own_sentence(tmp_path):
    encrypted = small(tmp_path / "zip.xlsx", a="a")
    data = bytearray(encrypted.read_bytes())
    at = data.index(b"PK\1\2")
    struct.pack_into("<H", data, at + 8, 1)
    encrypted.write_bytes(data)
    (tmp_path / "ole.xlsx").write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(100))
    (tmp_path / "text.xlsx").write_text("a;b;c")

    def code(name):
        with pytest.raises(PackageDamaged) as refused:
            Package(tmp_path / name)
        assert name in refused.value.sentence("vi")
        assert name in refused.value.sentence("en")
        return refused.value.code

    assert ["write-package-encrypted", "write-package-encrypted", "write-package-unknown"] == [
        code("zip.xlsx"),
        code("ole.xlsx"),
        code("text.xlsx"),
    ]


def test_a_part_that_is_not_there_cannot_be_replaced(tmp_path):
    with Package(small(tmp_path / "t.xlsx", a="a")) as package, pytest.raises(KeyError):
        package.replace("b", b"")


def test_a_large_part_is_read_in_small_pieces_whatever_it_was_packed_into(tmp_path):
    xml = b"<row/>" * 1_000_000
    path = small(tmp_path / "t.xlsx", sheet=xml)
    with Package(path) as package:
        pieces = list(package.chunks("sheet"))
    assert xml == b"".join(pieces)
    assert max(map(len, pieces)) <= 1 << 18


@settings(max_examples=40, deadline=None)
@given(
    content=st.lists(st.binary(max_size=40).map(lambda cell: cell.replace(b"<", b"")), max_size=60),
    chunk=st.integers(1, 200),
)
def test_an_edit_sees_whole_rows_and_every_byte_once(tmp_path_factory, content, chunk):
    rows = [b"<row><c>%b</c></row>" % cell for cell in content]
    xml = b"<sheetData>%b</sheetData>" % b"".join(rows)
    path = small(tmp_path_factory.mktemp("edit") / "t.xlsx", sheet=xml, other=b"o")
    seen = []

    def change(piece):
        seen.append(piece)
        return piece.replace(b"<c>", b"<c s='1'>")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(package_module, "_PIECE", chunk)
        with Package(path) as package:
            package.edit("sheet", change)
            package.edit("sheet", lambda piece: piece.replace(b"</c>", b"</c >"))
            read_back = package.read("sheet")
            assert xml == b"".join(seen)
            assert all(piece.endswith(b"</row>") for piece in seen[:-1])
            beside, changed = package.save(path)
    expected = xml.replace(b"<c>", b"<c s='1'>").replace(b"</c>", b"</c >")
    assert expected == read_back
    assert (("sheet",) if rows else ()) == changed
    with zipfile.ZipFile(beside) as archive:
        assert expected == archive.read("sheet")


def test_an_edit_of_a_part_that_is_replaced_already_changes_the_new_content(tmp_path):
    path = small(tmp_path / "t.xlsx", sheet=b"<row>1</row>")
    with Package(path) as package:
        package.replace("sheet", b"<row>2</row>")
        package.edit("sheet", lambda piece: piece.replace(b"2", b"3"))
        assert b"<row>3</row>" == package.read("sheet")
        package.edit("sheet", lambda piece: piece)
        package.replace("sheet", b"<row>4</row>")
        beside, _ = package.save(path)
    with zipfile.ZipFile(beside) as archive:
        assert b"<row>4</row>" == archive.read("sheet")
