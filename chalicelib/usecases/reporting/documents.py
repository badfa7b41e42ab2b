"""The documents of a form (材料): a slot for each, and what may be put in it."""

import secrets
from datetime import datetime
from typing import Any, NamedTuple

from ...core.errors import InvalidInput, NotFound, Text
from ...ports import Ports, Slot
from ..signing_in.access import Bearer
from .lists import at_path, schema_at
from .typed import kind_of
from .unsent import documents_of, files_folder, save, unsent

MOST_BYTES = 30 * 1024 * 1024
ZIP, OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"


class Format(NamedTuple):
    """A sort of file that is taken."""

    name: Text
    content_type: str
    begins: bytes  # what every such file begins with


OOXML = "application/vnd.openxmlformats-officedocument."
FORMATS = {
    "pdf": Format(Text("PDF", "PDF"), "application/pdf", b"%PDF-"),
    "ofd": Format(Text("OFD", "OFD"), "application/ofd", ZIP),
    "docx": Format(Text("Word .docx", "Word .docx"), f"{OOXML}wordprocessingml.document", ZIP),
    "doc": Format(Text("Word .doc", "Word .doc"), "application/msword", OLE),
    "wps": Format(Text("WPS .wps", "WPS .wps"), "application/vnd.ms-works", OLE),
    "xlsx": Format(Text("Excel .xlsx", "Excel .xlsx"), f"{OOXML}spreadsheetml.sheet", ZIP),
    "xls": Format(Text("Excel .xls", "Excel .xls"), "application/vnd.ms-excel", OLE),
    "jpg": Format(Text("图片 .jpg", "picture .jpg"), "image/jpeg", b"\xff\xd8\xff"),
    "png": Format(Text("图片 .png", "picture .png"), "image/png", b"\x89PNG"),
    "zip": Format(Text("压缩包 .zip", "archive .zip"), "application/zip", ZIP),
}


def document(draft: dict[str, Any], schema: dict[str, Any], name: str, at: int) -> dict[str, Any]:
    """One document of an unsent form. NotFound where it has none of that number."""
    found = schema_at(schema, name)
    rows = at_path(draft["typed"], name) if found and kind_of(found) == "documents" else []
    if at >= len(rows):
        raise NotFound("表单里没有这项材料，请返回表单核对", "the form has no such document")
    return rows[at]


def slot(ports: Ports, draft: dict[str, Any], extension: str, back: str, now: datetime) -> Slot:
    """Leave to upload one file of this format; the browser then goes to `back`, with `{key}` in it replaced."""
    if ports.blob is None:
        raise NotFound("本系统没有开通文件上传，请另交纸质件", "files cannot be uploaded here; hand it in on paper")
    if extension not in FORMATS:
        raise InvalidInput(f"可上传的格式：{'、'.join(FORMATS)}", f"the formats are {', '.join(FORMATS)}")
    key = f"{files_folder(draft['id'])}{secrets.token_hex(8)}.{extension}"
    return ports.blob.slot(key, FORMATS[extension].content_type, MOST_BYTES, back.replace("{key}", key.rpartition("/")[2]), now)


def attach(
    ports: Ports, bearer: Bearer, ident: str, schema: dict[str, Any], name: str, at: int, file: str, now: datetime
) -> None:
    """The file has been uploaded: it is the document's from now on. InvalidInput, and the file is removed, where it is not
    what it says it is. Doing it again changes nothing."""
    draft = unsent(ports.store, bearer, ident)
    row = document(draft, schema, name, at)
    key = files_folder(ident) + file
    stored = ports.blob.head(key) if ports.blob and "/" not in file else None
    if stored is None:
        raise NotFound("文件没有上传成功，请再传一次", "the file did not arrive; upload it again")
    form = FORMATS.get(file.rpartition(".")[2])
    if form is None or not ports.blob.read(key).startswith(form.begins):
        ports.blob.delete(key)
        kind = form.name if form else Text(file, file)
        raise InvalidInput(
            f"文件的内容不是 {kind.zh} 格式，没有保存。请核对选的格式，或另存为 PDF 再传",
            f"the file is no {kind.en}; it was not kept",
        )
    row |= {"file": key, "size": stored.size, "paper": ""}
    save(ports.store, bearer, ident, draft["typed"], draft["version"], now)


def files_of(schema: dict[str, Any], body: dict[str, Any]) -> set[str]:
    """The files that a body names."""
    return {each["file"] for name in documents_of(schema) for each in body.get(name, ()) if each.get("file")}
