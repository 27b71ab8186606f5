"""nhachan (from "nhắc hạn"): keeps the reporting duties that Vietnamese offices' plans lay on others."""

__version__ = "0.1.0"
