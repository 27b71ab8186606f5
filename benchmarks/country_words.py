"""Names for the national model: the provinces since July 2025, with how many communes each has; offices; syllables."""

# Six socio-economic regions; of each its id, its name and its provinces.
REGIONS: tuple[tuple[str, str, tuple[tuple[str, int], ...]], ...] = (
    (
        "trung-du-mien-nui",
        "Trung du và miền núi phía Bắc",
        (
            ("tỉnh Cao Bằng", 56),
            ("tỉnh Tuyên Quang", 124),
            ("tỉnh Điện Biên", 45),
            ("tỉnh Lai Châu", 38),
            ("tỉnh Sơn La", 75),
            ("tỉnh Lào Cai", 99),
            ("tỉnh Thái Nguyên", 92),
            ("tỉnh Lạng Sơn", 65),
            ("tỉnh Phú Thọ", 148),
        ),
    ),
    (
        "dong-bang-song-hong",
        "Đồng bằng sông Hồng",
        (
            ("thành phố Hà Nội", 126),
            ("tỉnh Quảng Ninh", 54),
            ("tỉnh Bắc Ninh", 99),
            ("thành phố Hải Phòng", 114),
            ("tỉnh Hưng Yên", 104),
            ("tỉnh Ninh Bình", 129),
        ),
    ),
    (
        "bac-trung-bo",
        "Bắc Trung Bộ",
        (
            ("tỉnh Thanh Hóa", 166),
            ("tỉnh Nghệ An", 130),
            ("tỉnh Hà Tĩnh", 69),
            ("tỉnh Quảng Trị", 78),
            ("thành phố Huế", 40),
        ),
    ),
    (
        "nam-trung-bo-tay-nguyen",
        "Nam Trung Bộ và Tây Nguyên",
        (
            ("thành phố Đà Nẵng", 94),
            ("tỉnh Quảng Ngãi", 96),
            ("tỉnh Gia Lai", 135),
            ("tỉnh Khánh Hòa", 65),
            ("tỉnh Đắk Lắk", 102),
            ("tỉnh Lâm Đồng", 124),
        ),
    ),
    (
        "dong-nam-bo",
        "Đông Nam Bộ",
        (("tỉnh Đồng Nai", 95), ("thành phố Hồ Chí Minh", 168), ("tỉnh Tây Ninh", 96)),
    ),
    (
        "dong-bang-song-cuu-long",
        "Đồng bằng sông Cửu Long",
        (
            ("tỉnh Đồng Tháp", 102),
            ("tỉnh Vĩnh Long", 124),
            ("tỉnh An Giang", 102),
            ("thành phố Cần Thơ", 103),
            ("tỉnh Cà Mau", 64),
        ),
    ),
)

CENTRAL = (
    ("chinh-phu", "Văn phòng Chính phủ"),
    ("bo-noi-vu", "Bộ Nội vụ"),
    ("bo-tai-chinh", "Bộ Tài chính"),
    ("bo-tu-phap", "Bộ Tư pháp"),
    ("bo-khoa-hoc", "Bộ Khoa học và Công nghệ"),
    ("thanh-tra", "Thanh tra Chính phủ"),
    ("bo-cong-thuong", "Bộ Công Thương"),
    ("bo-giao-duc", "Bộ Giáo dục và Đào tạo"),
    ("bo-nong-nghiep", "Bộ Nông nghiệp và Môi trường"),
    ("bo-van-hoa", "Bộ Văn hóa, Thể thao và Du lịch"),
    ("bo-xay-dung", "Bộ Xây dựng"),
    ("bo-y-te", "Bộ Y tế"),
    ("bo-dan-toc", "Bộ Dân tộc và Tôn giáo"),
    ("ngan-hang", "Ngân hàng Nhà nước Việt Nam"),
)

# The first one collects for its province.
DEPARTMENTS = (
    ("so-noi-vu", "Sở Nội vụ"),
    ("van-phong", "Văn phòng UBND"),
    ("thanh-tra", "Thanh tra"),
    ("so-cong-thuong", "Sở Công Thương"),
    ("so-dan-toc-ton-giao", "Sở Dân tộc và Tôn giáo"),
    ("so-giao-duc", "Sở Giáo dục và Đào tạo"),
    ("so-khoa-hoc", "Sở Khoa học và Công nghệ"),
    ("so-ngoai-vu", "Sở Ngoại vụ"),
    ("so-nong-nghiep", "Sở Nông nghiệp và Môi trường"),
    ("so-tai-chinh", "Sở Tài chính"),
    ("so-tu-phap", "Sở Tư pháp"),
    ("so-van-hoa", "Sở Văn hóa, Thể thao và Du lịch"),
    ("so-xay-dung", "Sở Xây dựng"),
    ("so-y-te", "Sở Y tế"),
    ("ban-quan-ly-kkt", "Ban Quản lý Khu kinh tế"),
    ("truong-chinh-tri", "Trường Chính trị"),
    ("dai-phat-thanh", "Báo và phát thanh, truyền hình"),
    ("trung-tam-hcc", "Trung tâm Phục vụ hành chính công"),
    ("ban-qlda", "Ban Quản lý dự án đầu tư xây dựng"),
)

# Any of the first with any of the second is the name of a commune; no two are written alike without accents.
FIRST = (
    *("An", "Bắc", "Bình", "Cẩm", "Châu", "Chiềng", "Đại", "Đông", "Đức", "Gia", "Hải", "Hòa", "Hồng", "Hưng", "Khánh"),
    *("Kim", "Lạc", "Liên", "Long", "Minh", "Mường", "Nam", "Nghĩa", "Ngọc", "Phú", "Phước", "Quang", "Quảng Xuân"),
    *("Sơn", "Tam", "Tân", "Tây", "Thanh", "Thái", "Thiện", "Thuận", "Trung", "Vạn", "Văn", "Vĩnh", "Xuân"),
)
SECOND = (
    *("Ân", "Bồng", "Cường", "Dương", "Điền", "Giang", "Hà", "Hạnh", "Hiệp", "Hội", "Khê", "La", "Lâm", "Lễ", "Lộc"),
    *("Lợi", "Mỹ", "Ninh", "Phong", "Phúc", "Quý", "Sinh", "Tạo", "Thạch", "Thành", "Thắng", "Thịnh", "Thọ", "Tiến"),
    *("Tín", "Tường", "Trạch", "Trị", "Viên", "Xá", "Yên"),
)
