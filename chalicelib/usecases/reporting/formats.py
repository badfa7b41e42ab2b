"""The formats of documents: which are taken, and which one a file is, by what stands in it and not by its name."""

from io import BytesIO
from typing import NamedTuple
from zipfile import BadZipFile, ZipFile

from ...core.errors import Text


class Format(NamedTuple):
    """A sort of file that is taken."""

    name: Text
    content_type: str


OOXML = "application/vnd.openxmlformats-officedocument."
FORMATS = {
    "pdf": Format(Text("PDF", "PDF"), "application/pdf"),
    "ofd": Format(Text("OFD", "OFD"), "application/ofd"),
    "docx": Format(Text("Word .docx", "Word .docx"), f"{OOXML}wordprocessingml.document"),
    "doc": Format(Text("Word .doc", "Word .doc"), "application/msword"),
    "wps": Format(Text("WPS .wps", "WPS .wps"), "application/vnd.ms-works"),
    "xlsx": Format(Text("Excel .xlsx", "Excel .xlsx"), f"{OOXML}spreadsheetml.sheet"),
    "xls": Format(Text("Excel .xls", "Excel .xls"), "application/vnd.ms-excel"),
    "jpg": Format(Text("图片 .jpg", "picture .jpg"), "image/jpeg"),
    "png": Format(Text("图片 .png", "picture .png"), "image/png"),
    "zip": Format(Text("压缩包 .zip", "archive .zip"), "application/zip"),
}
BEGINNINGS = {b"%PDF-": "pdf", b"\xff\xd8\xff": "jpg", b"\x89PNG": "png"}
ZIP, OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
IN_A_ZIP = {"OFD.xml": "ofd", "word/document.xml": "docx", "xl/workbook.xml": "xlsx"}  # GB/T 33190, ECMA-376
IN_OLE = {"WordDocument": "doc", "Workbook": "xls"}  # streams, [MS-DOC] and [MS-XLS]


def format_of(content: bytes) -> str | None:
    """The key in FORMATS of a whole file; None where it is none that is taken."""
    for beginning, found in BEGINNINGS.items():
        if content.startswith(beginning):
            return found
    if content.startswith(ZIP):
        return _of_a_zip(content)
    if content.startswith(OLE):
        return next((found for name, found in IN_OLE.items() if name.encode("utf-16-le") in content), "wps")
    return None


def _of_a_zip(content: bytes) -> str | None:
    try:
        with ZipFile(BytesIO(content)) as archive:
            inside = set(archive.namelist())
    except (BadZipFile, NotImplementedError, UnicodeDecodeError):  # broken, too new, or with names that are no text
        return None
    return next((found for name, found in IN_A_ZIP.items() if name in inside), "zip")
