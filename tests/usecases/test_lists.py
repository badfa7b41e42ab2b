"""Rows pasted into the list of a form."""

from chalicelib.usecases.reporting.lists import act

YEAR = {"type": "integer", "title": "年度", "description": "", "minimum": 1990, "maximum": 2100}
ITEMS = {"type": "array", "maxItems": 3, "items": {"type": "object", "properties": {"year": YEAR}}}
FORM = {"properties": {"items": ITEMS}}


def pasted(text):
    typed = {}
    return typed, act(FORM, typed, "paste", "items", text).notes


def test_what_is_pasted_becomes_rows_up_to_as_many_as_the_form_takes():
    typed, notes = pasted("年度\n2026\n2027\n2028\n2029\n")
    assert [row["year"] for row in typed["items"]] == ["2026", "2027", "2028"]
    assert [note.zh for note in notes] == ["最多3行，多出的没有加入"]


def test_no_more_is_read_than_the_form_takes_however_much_is_pasted():
    _, notes = pasted("年度\n" + "某年\n" * 100_000)
    assert 0 < len(notes) < 6
