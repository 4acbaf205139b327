"""The code lists of the workbooks: codes stay inside, people see and type the words.

Sources: the case types of the humanitarian-address campaign; the seven fields of Luật Hoạt động chữ thập đỏ
11/2008/QH12, Điều 2; the kinds of unit named in plan 17-KH/TU, II.1 (enterprises and residential groups are
followed but are not in its denominator).
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Choice:
    """One entry of a list: the stored code and the words staff see."""

    code: str
    words: str


CODE_LISTS: dict[str, tuple[Choice, ...]] = {
    "loai_don_vi": (
        Choice("CQ", "Cơ quan"),
        Choice("DV", "Đơn vị (sự nghiệp, lực lượng)"),
        Choice("TH", "Trường học"),
        Choice("BV", "Bệnh viện, cơ sở y tế"),
        Choice("DN", "Doanh nghiệp"),
        Choice("KDC", "Cộng đồng dân cư (khu phố)"),
    ),
    "doi_tuong_dia_chi": (
        Choice("HN", "Hộ nghèo"),
        Choice("HCN", "Hộ cận nghèo"),
        Choice("DBKK", "Hoàn cảnh đặc biệt khó khăn"),
        Choice("NKT", "Người khuyết tật"),
        Choice("TMC", "Trẻ mồ côi"),
        Choice("NCT", "Người già neo đơn"),
        Choice("BHN", "Người mắc bệnh hiểm nghèo"),
        Choice("DC", "Nạn nhân chất độc da cam"),
        Choice("TT", "Nạn nhân thiên tai, hoả hoạn"),
        Choice("KH", "Khác"),
    ),
    "linh_vuc": (
        Choice("L1", "Cứu trợ khẩn cấp và trợ giúp nhân đạo"),
        Choice("L2", "Chăm sóc sức khoẻ"),
        Choice("L3", "Sơ cấp cứu ban đầu"),
        Choice("L4", "Hiến máu nhân đạo, hiến mô, bộ phận cơ thể người và hiến xác"),
        Choice("L5", "Tìm kiếm tin tức thân nhân thất lạc do chiến tranh, thiên tai, thảm họa"),
        Choice("L6", "Tuyên truyền các giá trị nhân đạo"),
        Choice("L7", "Tham gia phòng ngừa, ứng phó thảm họa"),
    ),
    "loai_hoat_dong": (
        Choice("QT", "Quà Tết"),
        Choice("HT", "Hỗ trợ địa chỉ nhân đạo"),
        Choice("CT", "Cứu trợ đột xuất"),
        Choice("NCTD", "Nhà Chữ thập đỏ"),
        Choice("SK", "Hỗ trợ sinh kế"),
        Choice("BA", "Bếp ăn, nồi cháo nhân đạo"),
        Choice("KB", "Khám, tư vấn, cấp thuốc miễn phí"),
        Choice("SCC", "Sơ cấp cứu"),
        Choice("HM", "Đợt hiến máu"),
        Choice("MT", "Vận động hiến mô, tạng"),
        Choice("TTN", "Tìm tin thân nhân"),
        Choice("TT", "Tuyên truyền"),
        Choice("DT", "Tập huấn, bồi dưỡng"),
        Choice("PNTH", "Phòng ngừa thảm hoạ"),
        Choice("KT", "Kiểm tra, giám sát"),
    ),
    "phong_trao": (
        Choice("TNA", "Tết Nhân ái"),
        Choice("TND", "Tháng Nhân đạo"),
        Choice("DCND", "Gắn với một địa chỉ nhân đạo"),
        Choice("NTVT", "Người tốt, việc thiện"),
        Choice("DVK", "Dân vận khéo"),
    ),
    "hinh_thuc": (
        Choice("TM", "Tiền mặt"),
        Choice("CK", "Chuyển khoản"),
        Choice("HV", "Hiện vật"),
        Choice("NC", "Ngày công, dịch vụ"),
    ),
    "thu_chi": (
        Choice("T", "Thu"),
        Choice("C", "Chi"),
    ),
    "khoan_muc_quy": (
        Choice("T0", "Số dư đầu kỳ chuyển sang"),
        Choice("T1", "Hội phí"),
        Choice("T2", "Ủng hộ, tài trợ"),
        Choice("T3", "Ngân sách hỗ trợ"),
        Choice("T4", "Cấp trên chuyển"),
        Choice("T5", "Lãi, khác"),
        Choice("C1", "Chi hỗ trợ đối tượng"),
        Choice("C2", "Chi hoạt động Hội"),
        Choice("C3", "Nộp/chuyển cấp trên"),
        Choice("C4", "Chuyển cấp dưới"),
        Choice("C5", "Khác"),
    ),
    "tinh_trang_dia_chi": (
        Choice("CHO", "Chờ kết nối"),
        Choice("DKN", "Đã kết nối, đang hỗ trợ"),
        Choice("XONG", "Kết thúc (đã ổn định)"),
        Choice("CHUYEN", "Chuyển địa bàn"),
        Choice("MAT", "Đã mất"),
    ),
    "trang_thai_nhiem_vu": (
        Choice("CBD", "Chưa bắt đầu"),
        Choice("DTH", "Đang thực hiện"),
        Choice("HTDH", "Hoàn thành đúng hạn"),
        Choice("HTTR", "Hoàn thành trễ hạn"),
        Choice("QH", "Quá hạn"),
        Choice("TXCN", "Thường xuyên – đã cập nhật kỳ này"),
        Choice("TXCC", "Thường xuyên – chưa cập nhật kỳ này"),
    ),
    "co_khong": (
        Choice("C", "Có"),
        Choice("K", "Không"),
    ),
    "lich": (
        Choice("TK", "Lịch dương (01/01–31/12)"),
        Choice("HC", "Hành chính (15/12–14/12)"),
        Choice("TC", "Năm tài chính"),
    ),
    "loai_ky": (
        Choice("T", "Tháng"),
        Choice("Q", "Quý"),
        Choice("6T", "6 tháng"),
        Choice("9T", "9 tháng"),
        Choice("N", "Năm"),
    ),
    "cap_quan_ly": (
        Choice("TW", "Trung ương"),
        Choice("T", "Tỉnh"),
        Choice("TP", "Thành phố"),
        Choice("P", "Phường"),
    ),
    "xep_loai": (
        Choice("XS", "Xuất sắc"),
        Choice("T", "Tốt"),
        Choice("K", "Khá"),
        Choice("TB", "Trung bình"),
        Choice("Y", "Yếu"),
    ),
    "gioi_tinh": (
        Choice("NAM", "Nam"),
        Choice("NU", "Nữ"),
    ),
    "nhu_cau": (
        Choice("TIEN", "Tiền mặt"),
        Choice("HV", "Hiện vật"),
        Choice("SK", "Sinh kế"),
        Choice("NHA", "Nhà ở"),
        Choice("YT", "Y tế"),
        Choice("HB", "Học bổng"),
    ),
    "loai_nha_tai_tro": (
        Choice("TC", "Tổ chức"),
        Choice("DN", "Doanh nghiệp"),
        Choice("CN", "Cá nhân"),
        Choice("HOI", "Hội Chữ thập đỏ"),
    ),
    "nguon": (
        Choice("TVD", "Tự vận động"),
        Choice("CTC", "Cấp trên chuyển"),
    ),
    "cap_ghi_nhan": (
        Choice("TP", "Thành phố"),
        Choice("P", "Phường"),
    ),
    "tinh_trang_mau": (
        Choice("TAM_TINH", "Tạm tính"),
        Choice("CHINH_THUC", "Chính thức"),
    ),
    "hinh_thuc_tien": (
        Choice("TM", "Tiền mặt"),
        Choice("CK", "Chuyển khoản"),
    ),
    "loai_doi": (
        Choice("SCC", "Đội sơ cấp cứu"),
        Choice("CSSK", "Mô hình chăm sóc sức khỏe"),
        Choice("CLB", "Câu lạc bộ"),
        Choice("TD", "Tổ, đội tình nguyện"),
        Choice("KHAC", "Khác"),
    ),
}

IN_TS02_DENOMINATOR = frozenset({"CQ", "DV", "TH", "BV"})
"""Kinds of unit that plan 17-KH/TU, II.1 names for the 80 % target; enterprises are not among them."""

FIELD_OF_ACTIVITY: dict[str, str | None] = {
    "QT": "L1",
    "HT": "L1",
    "CT": "L1",
    "NCTD": "L1",
    "SK": "L1",
    "BA": "L1",
    "KB": "L2",
    "SCC": "L3",
    "HM": "L4",
    "MT": "L4",
    "TTN": "L5",
    "TT": "L6",
    "DT": "L6",
    "PNTH": "L7",
    "KT": None,
}
"""Kind of activity → one of the seven statutory fields (L1..L7); inspection belongs to none."""
