"""The parts of an .xlsx, looked through before a library builds a sheet of them: what unpacks to too much is refused, and what
a few bytes may blow up - a merge, a link or a remark over a whole sheet is made cell by cell.
"""

import io
import zipfile
import zlib
from xml.parsers import expat

from .core.errors import InvalidInput

MAX_UNPACKED = 40_000_000  # bytes of all parts
MAX_PARTS = 500
MAX_ELEMENTS = 600_000  # of all parts: a cell takes two, its text two more
MAX_OTHERS = 100_000  # elements that are no cells: each costs the library many times more
MAX_COVERED = 300_000  # cells under all merges, links and remarks
LEAST = 30  # cells to which the smallest of them counts
CELLS = frozenset(("row", "c", "v", "f", "is", "si", "t"))
COVERING = frozenset(("mergeCell", "hyperlink", "comment"))
WHOLE = (1, 1, 16_384, 1_048_576)  # the columns and rows of a sheet, where a reference leaves them out


def look_through(content: bytes) -> None:
    """InvalidInput for a file that is no .xlsx or that costs too much to read. A part's stated size is believed, since no more
    of it is unpacked."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as parts:
            listed = parts.infolist()
            if len(listed) > MAX_PARTS or sum(part.file_size for part in listed) > MAX_UNPACKED:
                raise too_large("展开后内容过多", "it unpacks to too much")
            counter = _Counter()
            for part in listed:
                counter.add(parts.read(part))
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError):
        raise InvalidInput("文件已损坏，或加了密码；请另存为不带密码的 .xlsx", "a broken or encrypted file") from None


class _Counter:
    """How much the parts hold, counted as they are added."""

    def __init__(self) -> None:
        self._elements = self._others = self._covered = 0

    def add(self, part: bytes) -> None:
        parser = expat.ParserCreate()
        parser.StartElementHandler = self._element
        parser.StartDoctypeDeclHandler = self._doctype
        try:
            parser.Parse(part, True)
        except expat.ExpatError:
            return  # a picture; or broken, which the library tells

    def _element(self, name: str, attributes: dict[str, str]) -> None:
        name = name.rpartition(":")[2]
        self._elements += 1
        self._others += name not in CELLS
        if self._elements > MAX_ELEMENTS or self._others > MAX_OTHERS:
            raise too_large("单元格或格式过多", "it has too many cells or formats")
        if name in COVERING:
            self._covered += _cells(attributes.get("ref", "A1"))
            if self._covered > MAX_COVERED:
                raise too_large(
                    "合并的单元格、链接或批注过多，请取消整行整列的合并", "its merges, links or remarks cover too much"
                )

    def _doctype(self, *_: object) -> None:
        raise InvalidInput(
            "文件里有表格不该有的内容（实体声明）；请在电子表格软件中另存后再导入",
            "no .xlsx declares a document type: save it anew",
        )


def _cells(reference: str) -> int:
    """How many cells A1:C2 covers."""
    from openpyxl.utils.cell import range_boundaries

    try:
        bounds = range_boundaries(reference)
    except ValueError:  # the library refuses it too
        return 1
    left, top, right, bottom = (whole if bound is None else bound for bound, whole in zip(bounds, WHOLE, strict=True))
    return max(LEAST, (right - left + 1) * (bottom - top + 1))


def too_large(zh: str, en: str) -> InvalidInput:
    """For a file that may be imported in parts."""
    return InvalidInput(f"文件过大：{zh}；请拆成几份导入", f"the file is too large: {en}; split it")
