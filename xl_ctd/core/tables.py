"""What a unit reports: the tables, their fields and the rules a single value must keep. Where they stand on a sheet
is ``workbooks/layouts.py``'s business.

Table and field codes never change once a workbook has been sent out with them; labels may.
Sources: the ward workbook of the office's reporting design; the seven fields of Luật Hoạt động chữ thập đỏ
11/2008/QH12, Điều 2; blood bags as received by the blood centres (250, 350, 450 ml).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property


class Kind(StrEnum):
    """How a cell of a field is read."""

    TEXT = "text"
    IDENTIFIER = "identifier"  # text that looks like a number and must stay text: "00123"
    CHOICE = "choice"  # one code of a list; the words of the list are accepted and stored as the code
    DATE = "date"
    YEAR = "year"
    COUNT = "count"  # whole, not negative
    MONEY = "money"  # whole đồng; words such as "20 triệu" are accepted
    NUMBER = "number"  # exact decimal
    PERCENT = "percent"  # 0..1 inside; "75%" or 75 in the cell
    AUTO = "auto"  # a formula of the template; never read, always computed anew


class Owner(StrEnum):
    """Who may change a field. What the other side types there becomes a finding, not a change."""

    WARD = "ward"
    CITY = "city"
    BOTH = "both"


@dataclass(frozen=True, slots=True)
class Field:
    """One column. ``choices`` names a code list of the plans' catalogue; ``personal`` marks what must stay in the
    ward's own file (names, identity numbers): such a column is never read into records."""

    code: str
    label: str
    kind: Kind
    required: bool = False
    choices: str | None = None
    owner: Owner = Owner.BOTH
    personal: bool = False
    minimum: int | None = None
    hint: str = ""


@dataclass(frozen=True)
class Table:
    """One table of the unit's workbook.

    ``natural_key`` are the fields by which people recognise a row when the hidden row id is gone. ``date_field``
    places a row in time (None for a stock table). A ``stock`` table describes what exists and is carried forward
    into next year's workbook; the others list events of the year. ``city_only`` tables stand only in the master.
    """

    code: str
    label: str
    fields: tuple[Field, ...]
    natural_key: tuple[str, ...]
    date_field: str | None = None
    stock: bool = False
    city_only: bool = False
    guidance: str = ""

    @cached_property
    def by_code(self) -> dict[str, Field]:
        return {field.code: field for field in self.fields}

    @cached_property
    def stored(self) -> tuple[Field, ...]:
        """The fields that become values of records: neither formulas nor personal data."""
        return tuple(f for f in self.fields if f.kind is not Kind.AUTO and not f.personal)


F, K = Field, Kind

COVER = (
    F("MA_DON_VI", "Mã đơn vị", K.IDENTIFIER, True),
    F("UID", "Khóa đơn vị", K.TEXT, hint="Ẩn; phân biệt hai đơn vị cùng mã trước và sau sáp nhập"),
    F("TEN_DON_VI", "Tên đơn vị", K.TEXT),
    F("LICH", "Lịch", K.CHOICE, choices="lich"),
    F("LOAI_KY", "Loại kỳ", K.CHOICE, choices="loai_ky"),
    F("NAM", "Năm", K.YEAR, True),
    F("SO_KY", "Số kỳ", K.COUNT),
    F("TU_NGAY", "Từ ngày", K.AUTO),
    F("DEN_NGAY", "Đến ngày", K.AUTO),
    F("NGUOI_LAP", "Người lập", K.TEXT, True, personal=True),
    F("DIEN_THOAI", "Điện thoại", K.IDENTIFIER, personal=True),
    F("NGUOI_DUYET", "Người duyệt", K.TEXT, personal=True),
    F("NGAY_LAP", "Ngày lập", K.DATE, True),
    F(
        "DU_DAU",
        "Dư quỹ đầu năm (đồng)",
        K.MONEY,
        hint="Bằng số dư cuối năm trước; sau sáp nhập là tổng các đơn vị cũ",
    ),
    F("CAM_KET", "Cam kết đủ số liệu", K.CHOICE, choices="co_khong"),
    F("PHIEN_BAN", "Phiên bản mẫu", K.TEXT),
    F("MA_TEP", "Mã tệp", K.TEXT),
    F("KIEM_TRA", "Kiểm tra", K.AUTO),
)

TABLES: tuple[Table, ...] = (
    Table(
        "DON_VI",
        "Cơ quan, đơn vị",
        (
            F("MA", "Mã", K.IDENTIFIER, True),
            F("TEN", "Tên đơn vị", K.TEXT, True),
            F("LOAI_HINH", "Loại hình", K.CHOICE, True, "loai_don_vi"),
            F("CAP_QL", "Cấp quản lý", K.CHOICE, choices="cap_quan_ly"),
            F("KHU_PHO", "Khu phố", K.TEXT),
            F("NGAY_HD", "Ngày hoạt động", K.DATE),
            F("NGAY_NGUNG", "Ngày ngừng", K.DATE),
            F("CO_HOI", "Có tổ chức Hội CTĐ", K.CHOICE, True, "co_khong"),
            F("SO_QD", "Số QĐ thành lập", K.IDENTIFIER),
            F("NGAY_TL", "Ngày thành lập", K.DATE, hint="Bắt buộc khi Có tổ chức Hội"),
            F("NGAY_GT", "Ngày giải thể", K.DATE),
            F("HOI_VIEN", "Hội viên", K.COUNT),
            F("TNV", "TNV", K.COUNT),
            F("TTN", "Thanh thiếu niên CTĐ", K.COUNT),
            F("CTV", "CTV", K.COUNT),
            F("XEP_LOAI", "Xếp loại năm", K.CHOICE, choices="xep_loai"),
            F("GHI_CHU", "Ghi chú", K.TEXT),
        ),
        natural_key=("MA",),
        stock=True,
        guidance="Mỗi dòng là một cơ quan, đơn vị, trường học, bệnh viện, doanh nghiệp hoặc khu phố trên địa bàn, "
        "kể cả nơi chưa có tổ chức Hội.",
    ),
    Table(
        "DIA_CHI",
        "Địa chỉ nhân đạo",
        (
            F("MA_DC", "Mã ĐC", K.IDENTIFIER, True),
            F("KHU_PHO", "Khu phố", K.TEXT, True),
            F("NHOM", "Nhóm đối tượng", K.CHOICE, True, "doi_tuong_dia_chi"),
            F("NAM_SINH", "Năm sinh", K.YEAR),
            F("GIOI_TINH", "Giới tính", K.CHOICE, choices="gioi_tinh"),
            F("HO_TEN", "Họ tên", K.TEXT, personal=True, hint="Chỉ lưu trong tệp của phường, không gửi lên"),
            F("BAM", "Băm định danh", K.IDENTIFIER),
            F("HOAN_CANH", "Hoàn cảnh", K.TEXT, hint="Không ghi tên bệnh; tối đa 200 ký tự"),
            F("NHU_CAU", "Nhu cầu", K.CHOICE, choices="nhu_cau"),
            F("NGAY_KS", "Ngày khảo sát", K.DATE, True),
            F("NGAY_CN", "Ngày cập nhật", K.DATE, True),
            F("TINH_TRANG", "Tình trạng", K.CHOICE, True, "tinh_trang_dia_chi"),
            F("NGAY_KT", "Ngày kết thúc", K.DATE),
            F("DONG_Y", "Đồng ý xử lý dữ liệu", K.CHOICE, True, "co_khong"),
            F("NGAY_DY", "Ngày đồng ý", K.DATE),
            F("NGUOI_KS", "Người khảo sát", K.TEXT, personal=True),
        ),
        natural_key=("MA_DC",),
        stock=True,
        guidance="Mỗi dòng là một địa chỉ nhân đạo đã khảo sát. Họ tên chỉ ở lại trong tệp này.",
    ),
    Table(
        "HO_TRO",
        "Hỗ trợ",
        (
            F("MA_HT", "Mã HT", K.IDENTIFIER, True),
            F("MA_DC", "Mã ĐC", K.IDENTIFIER, True, hint="Phải có trong bảng Địa chỉ nhân đạo"),
            F("NGAY", "Ngày", K.DATE, True),
            F("HINH_THUC", "Hình thức", K.CHOICE, True, "hinh_thuc"),
            F("GIA_TRI", "Giá trị (đồng)", K.MONEY, True, minimum=0, hint="Giúp bằng công sức thì ghi 0"),
            F("SO_LUONG", "Số lượng", K.NUMBER, minimum=0),
            F("DVT", "ĐVT", K.TEXT),
            F("NGUON_GIA", "Nguồn giá", K.TEXT, hint="Bắt buộc khi hỗ trợ bằng hiện vật"),
            F("NHA_TAI_TRO", "Nhà tài trợ", K.TEXT),
            F("LOAI_NTT", "Loại nhà tài trợ", K.CHOICE, choices="loai_nha_tai_tro"),
            F("DV_TH", "Đơn vị thực hiện", K.TEXT, True),
            F("NGUON", "Nguồn", K.CHOICE, choices="nguon"),
            F(
                "MA_HD",
                "Mã hoạt động",
                K.IDENTIFIER,
                hint="Điền khi giá trị đã ghi ở bảng Hoạt động: không cộng hai lần",
            ),
            F("SINH_KE", "Sinh kế", K.CHOICE, choices="co_khong"),
            F("CHUNG_TU", "Chứng từ", K.IDENTIFIER),
        ),
        natural_key=("MA_HT",),
        date_field="NGAY",
        guidance="Mỗi dòng là một lần hỗ trợ một địa chỉ. Một địa chỉ được giúp nhiều lần vẫn chỉ tính là một địa chỉ.",
    ),
    Table(
        "HOAT_DONG",
        "Hoạt động",
        (
            F("MA_HD", "Mã HĐ", K.IDENTIFIER, True),
            F("NGAY_BD", "Ngày bắt đầu", K.DATE, True),
            F("NGAY_KT", "Ngày kết thúc", K.DATE),
            F("LOAI", "Loại", K.CHOICE, True, "loai_hoat_dong"),
            F("LINH_VUC", "Lĩnh vực", K.AUTO),
            F("TEN", "Tên hoạt động", K.TEXT, True),
            F("PHONG_TRAO", "Phong trào", K.CHOICE, choices="phong_trao"),
            F(
                "NAM_TET",
                "Năm Tết",
                K.YEAR,
                hint="Bắt buộc với Quà Tết: năm của Tết, không phải năm trao quà",
            ),
            F("CHU_TRI", "Chủ trì", K.TEXT),
            F("PHOI_HOP", "Phối hợp", K.TEXT),
            F("LUOT", "Lượt người hưởng lợi", K.COUNT),
            F("NGUOI", "Người hưởng lợi (không trùng)", K.COUNT),
            F("TIEN", "Tiền (đồng)", K.MONEY, minimum=0),
            F("HIEN_VAT", "Hiện vật (đồng)", K.MONEY, minimum=0),
            F("NGAY_CONG", "Quy đổi ngày công (đồng)", K.MONEY, minimum=0),
            F("TONG", "Tổng (đồng)", K.AUTO),
            F("CAP_TREN", "Trong đó cấp trên chuyển về (đồng)", K.MONEY, minimum=0),
            F("LONG_GHEP", "Lồng ghép hiến mô, tạng", K.CHOICE, choices="co_khong"),
            F("CAP_GHI", "Cấp ghi nhận", K.CHOICE, choices="cap_ghi_nhan"),
            F("MINH_CHUNG", "Minh chứng", K.TEXT),
        ),
        natural_key=("MA_HD",),
        date_field="NGAY_BD",
        guidance="Mỗi dòng là một hoạt động, ghi theo ngày bắt đầu. Tiền gõ “20 triệu” cũng được.",
    ),
    Table(
        "HIEN_MAU",
        "Hiến máu",
        (
            F("MA_DOT", "Mã đợt", K.IDENTIFIER, True),
            F("NGAY", "Ngày", K.DATE, True),
            F("DIA_DIEM", "Địa điểm", K.TEXT),
            F("DV_TIEP_NHAN", "Đơn vị tiếp nhận", K.TEXT),
            F("DANG_KY", "Đăng ký", K.COUNT),
            F("DEN_HIEN", "Đến hiến", K.COUNT),
            F("TIEP_NHAN", "Tiếp nhận", K.COUNT, True, hint="Số người đã hiến được"),
            F("TUI_250", "Túi 250 ml", K.COUNT),
            F("TUI_350", "Túi 350 ml", K.COUNT),
            F("TUI_450", "Túi 450 ml", K.COUNT),
            F("TIEU_CAU", "Tiểu cầu", K.COUNT),
            F("TONG_TUI", "Tổng túi", K.AUTO),
            F("TONG_ML", "Tổng ml", K.AUTO),
            F("HUY", "Huỷ sau xét nghiệm", K.COUNT),
            F("AN_TOAN", "An toàn", K.AUTO),
            F("TINH_TRANG", "Tình trạng", K.CHOICE, choices="tinh_trang_mau"),
        ),
        natural_key=("MA_DOT",),
        date_field="NGAY",
        guidance="Mỗi dòng là phần của phường trong một đợt hiến máu. Đăng ký, đến hiến, tiếp nhận là ba số khác nhau.",
    ),
    Table(
        "HIEN_MO_TANG",
        "Hiến mô, tạng",
        (
            F("NGAY", "Ngày", K.DATE, True),
            F("DANG_KY", "Số đăng ký mới", K.COUNT, True),
            F("HUY", "Huỷ", K.COUNT),
            F("LUY_KE", "Luỹ kế", K.AUTO),
        ),
        natural_key=("NGAY",),
        date_field="NGAY",
        guidance="Chỉ ghi số đếm. Không ghi họ tên người đăng ký.",
    ),
    Table(
        "QUY",
        "Sổ quỹ",
        (
            F("SO_CT", "Số CT", K.IDENTIFIER, True),
            F("NGAY", "Ngày", K.DATE, True),
            F("THU_CHI", "Thu/Chi", K.CHOICE, True, "thu_chi"),
            F("KHOAN_MUC", "Khoản mục", K.CHOICE, True, "khoan_muc_quy"),
            F("NOI_DUNG", "Nội dung", K.TEXT, True),
            F("DOI_TAC", "Đối tác", K.TEXT),
            F("HINH_THUC", "Hình thức", K.CHOICE, choices="hinh_thuc_tien"),
            F("SO_TIEN", "Số tiền", K.MONEY, True, minimum=1),
            F("MUC_DICH", "Quỹ có mục đích", K.CHOICE, choices="co_khong"),
            F("CHUYEN", "Chuyển nội bộ (mã đơn vị)", K.IDENTIFIER),
            F("SO_DU", "Số dư", K.AUTO),
        ),
        natural_key=("SO_CT",),
        date_field="NGAY",
        guidance="Mỗi dòng là một lần thu hoặc chi. Quỹ có mục đích (thu hộ, có địa chỉ) không tính vào số dư quỹ Hội.",
    ),
    Table(
        "DOI_MO_HINH",
        "Đội, mô hình",
        (
            F("TEN", "Tên", K.TEXT, True),
            F("LOAI", "Loại", K.CHOICE, True, "loai_doi"),
            F("NGAY_TL", "Ngày thành lập", K.DATE),
            F("THANH_VIEN", "Thành viên", K.COUNT),
            F("CHUNG_NHAN", "Có chứng nhận SCC", K.COUNT, hint="Số thành viên có chứng nhận sơ cấp cứu"),
            F("CON_HD", "Còn hoạt động", K.CHOICE, True, "co_khong"),
            F("HIEU_QUA", "Đạt hiệu quả", K.CHOICE, choices="co_khong"),
            F("MINH_CHUNG", "Minh chứng", K.TEXT),
        ),
        natural_key=("TEN",),
        stock=True,
        guidance="Mỗi dòng là một đội, câu lạc bộ, tổ hoặc mô hình.",
    ),
    Table(
        "NHIEM_VU",
        "Nhiệm vụ",
        (
            F("MA_NV", "Mã nhiệm vụ", K.IDENTIFIER, True),
            F("TRANG_THAI", "Trạng thái", K.CHOICE, True, "trang_thai_nhiem_vu"),
            F("PHAN_TRAM", "%", K.PERCENT),
            F("SAN_PHAM", "Sản phẩm", K.TEXT),
            F("SO_VB", "Số/ký hiệu VB", K.IDENTIFIER),
            F("NGAY_VB", "Ngày VB", K.DATE),
            F("KHO_KHAN", "Khó khăn, vướng mắc", K.TEXT),
            F("KIEN_NGHI", "Kiến nghị", K.TEXT),
            F("NGAY_CN", "Ngày cập nhật", K.DATE),
        ),
        natural_key=("MA_NV",),
        guidance="Chọn mã nhiệm vụ trong danh sách rồi cập nhật trạng thái.",
    ),
    Table(
        "CAN_BO",
        "Cán bộ",
        (
            F("MA", "Mã cán bộ", K.IDENTIFIER, True),
            F("CHUC_VU", "Chức vụ", K.TEXT),
            F("CHUYEN_TRACH", "Chuyên trách", K.CHOICE, True, "co_khong"),
            F("TU_NGAY", "Từ ngày", K.DATE, True),
            F("DEN_NGAY", "Đến ngày", K.DATE),
            F("GHI_CHU", "Ghi chú", K.TEXT),
        ),
        natural_key=("MA",),
        stock=True,
        city_only=True,
        guidance="Cán bộ của Hội cấp thành phố; không ghi họ tên. Kiêm nhiệm không tính là chuyên trách.",
    ),
)

BY_CODE = {table.code: table for table in TABLES}
WARD_TABLES = tuple(table for table in TABLES if not table.city_only)
