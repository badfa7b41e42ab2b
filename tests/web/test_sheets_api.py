"""Spreadsheets and calendar feeds over HTTP, as programs and calendar programs ask for them."""

import io
from urllib.parse import parse_qsl, urlsplit

import pytest
from icalendar import Calendar
from openpyxl import load_workbook

from app import app
from chalicelib import bootstrap, sheets
from chalicelib.ports import Key, Put
from chalicelib.usecases.clockwork.tick import tick
from chalicelib.usecases.tables.exports import AT_ONCE
from tests.usecases.filling import code, csv_of, filled

from . import described
from .installation import NOW
from .small_app import by_wsgi

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
HEADINGS = ["单位编号", "单位名称", "单位类别"]


def send(api, who, path, content, kind=XLSX, key=None):
    return api.ask(who, "POST", f"/api/v1/imports/{path}", raw=content, key=key, Content_Type=kind)


def template(api, who, kind):
    answer = api.ask(who, "GET", f"/api/v1/templates/{kind}.xlsx")
    assert answer.status == 200
    return answer.body


def test_a_template_is_filled_in_checked_imported_and_followed(api):
    blank = template(api, "admin", "units")
    rows = [{"uscc": code(number), "name": f"单位{number}", "kind": "学校"} for number in range(3)]
    told = send(api, "admin", "units/check?tracked_since=2026-01-01", filled(blank, rows)).json
    assert (told["counts"], told["faults"]) == ({"new": 3, "changed": 0, "unchanged": 0}, [])
    assert told["preview"]["holders"] == 3 and told["preview"]["reminders"]["all"] > 0
    begun = send(api, "admin", "units?tracked_since=2026-01-01", filled(blank, rows))
    assert begun.status == 202
    tick(bootstrap.ports(), NOW)
    job = api.get("admin", f"/api/v1/jobs/{begun.json['job']}")
    assert (job["state"], job["done"], job["total"], job["counts"]) == ("done", 3, 3, {"new": 3, "changed": 0})
    assert api.get("admin", f"/api/v1/parties/{code(1)}")["uscc"] == code(1)
    again = send(api, "admin", "units", filled(blank, rows))
    assert (again.status, again.json["job"]) == (200, None)


def test_faults_are_answered_by_cell_and_nothing_is_stored(api):
    content = csv_of(HEADINGS, [["a", "甲", "学堂"], ["b", "", "学校"]], "gb18030")
    checked = send(api, "admin", "units/check", content, "text/csv").json
    assert [(fault["field"], fault["value"]) for fault in checked["faults"]] == [("C2", "学堂"), ("B3", None)]
    told = api.refused(400, "invalid-input", "admin", "POST", "/api/v1/imports/units", raw=content, Content_Type="text/csv")
    assert [fault["field"] for fault in told["errors"]] == ["C2", "B3"]
    assert "学校（school）" in told["errors"][0]["accepted"]


def test_sent_again_with_its_key_it_is_one_import(api):
    content = csv_of(HEADINGS, [["a", "甲", "学校"]], "utf-8-sig")
    first, second = (send(api, "admin", "units", content, "text/csv", key="k").json for _ in range(2))
    assert first == second and first["job"]


def test_a_unit_imports_its_own_form_and_follows_its_job(api):
    blank = template(api, "clerk", "form:annual-list")
    head = {"classified": "否", "submitted_on": "2026-08-30", "for_year": 2027}
    row = {**head, "items/name": "平台", "items/amount": 900_000, "items/kind": "新建"}
    begun = send(
        api, "clerk", "form:annual-list?unit=yy-health", filled(blank, [row], change=lambda sheet: sheet.delete_cols(1))
    )
    assert begun.status == 202, begun.json
    tick(bootstrap.ports(), NOW)
    assert api.get("clerk", f"/api/v1/jobs/{begun.json['job']}")["counts"] == {"new": 1, "changed": 0}
    assert api.ask("other", "GET", f"/api/v1/jobs/{begun.json['job']}").status == 403
    assert len(api.get("clerk", "/api/v1/parties/yy-health/submissions")["submissions"]) == 1


@pytest.mark.parametrize(
    ("status", "slug", "who", "path"),
    [
        (403, "forbidden", "clerk", "units"),
        (404, "not-found", "admin", "form:nothing"),
        (404, "not-found", "admin", "vendors"),
        (400, "invalid-input", "admin", "units?tracked_since=yesterday"),
    ],
)
def test_who_may_not_or_asks_for_what_is_not_is_told(api, status, slug, who, path):
    content = csv_of(HEADINGS, [["a", "甲", "学校"]], "utf-8")
    api.refused(status, slug, who, "POST", f"/api/v1/imports/{path}", raw=content, Content_Type="text/csv")


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 broken", b"\xd0\xcf\x11\xe0old", b"\xff\xff\xff", b'"open'])
def test_what_is_no_spreadsheet_is_said_to_be_none(api, content):
    api.refused(400, "invalid-input", "admin", "POST", "/api/v1/imports/units/check", raw=content, Content_Type=XLSX)


def test_a_body_of_another_type_is_not_taken(api):
    api.refused(
        415, "unsupported-media-type", "admin", "POST", "/api/v1/imports/units", raw=b"{}", Content_Type="application/json"
    )


def test_what_one_sees_can_be_taken_away(api):
    answer = api.ask("clerk", "GET", "/api/v1/exports/projects.xlsx")
    assert answer.headers["cache-control"] == ["private, no-store"]
    assert "filename*=UTF-8''%E7%9D%A3%E5%8A%9E-%E9%A1%B9%E7%9B%AE-20260831.xlsx" in answer.headers["content-disposition"][0]
    book = load_workbook(io.BytesIO(answer.body))
    assert [row[2] for row in book.worksheets[0].iter_rows(min_row=2, values_only=True)] == ["县域医共体平台"]
    (sheet,) = sheets.read(api.ask("admin", "GET", "/api/v1/exports/obligations.csv?unit=yy-edu").body)
    assert {row.cells[0] for row in sheet.rows[1:]} == {"示例·yy-edu"}
    assert api.ask("clerk", "GET", "/api/v1/exports/ledger.csv?project=p2").status == 403
    assert api.ask("clerk", "GET", "/api/v1/exports/projects.pdf").status == 404


def register_many():
    """More units than are answered at once, as if they had been registered."""
    store = bootstrap.ports().store
    for start in range(0, AT_ONCE, 40):
        units = [f"u{number}" for number in range(start, start + 40)]
        profiles = {unit: {"id": unit, "name": unit, "jurisdiction": "yunyang", "is_unit": True, "facts": {}} for unit in units}
        store.write([Put(Key(f"party#{unit}", "profile"), profile) for unit, profile in profiles.items()])
        store.write([Put(Key("jurisdiction#yunyang", f"party#{unit}"), {"name": unit, "role": "unit"}) for unit in units])


def test_a_long_table_is_asked_for_by_post_and_fetched_when_it_is_done(api):
    register_many()
    refused = api.refused(409, "conflict", "admin", "GET", "/api/v1/exports/units.csv")
    assert "POST" in refused["detail"]
    begun = api.ask("admin", "POST", "/api/v1/exports/units.csv", key="k")
    assert begun.status == 202
    assert api.ask("admin", "POST", "/api/v1/exports/units.csv", key="k").json == begun.json
    job = f"/api/v1/jobs/{begun.json['job']}"
    api.refused(409, "conflict", "admin", "GET", f"{job}/files")
    tick(bootstrap.ports(), NOW)
    told = api.get("admin", job)
    assert (told["kind"], told["state"], told["what"], told["form"]) == ("export", "done", "units", "csv")
    assert told["done"] > AT_ONCE and told["passed"] == told["total"]
    (file,) = api.get("admin", f"{job}/files")["files"]
    assert (file["name"], file["rows"]) == ("督办-单位-20260831-1000.csv", told["done"])
    with bootstrap.ports().blob.linked(*linked(file["url"])).open("rb") as content:
        assert content.read().count(b"\r\n") == told["done"] + 1
    api.refused(403, "forbidden", "clerk", "GET", f"{job}/files")
    api.refused(404, "not-found", "admin", "GET", "/api/v1/jobs/export-0/files")
    api.refused(404, "not-found", "far admin", "GET", f"{job}/files")


def linked(url):
    """What the server looks at when somebody follows a link to a file."""
    parts = urlsplit(url)
    return parts.path.removeprefix("/files/"), dict(parse_qsl(parts.query)), NOW


# Every status that the description names, seen

GOOD = csv_of(HEADINGS, [["a", "甲", "学校"]], "utf-8")
BAD = csv_of(HEADINGS, [["a", "甲", "学堂"]], "utf-8")
HUGE = b" " * (10 * 1024 * 1024 + 1)
FEED = {"of": "unit"}
SEEN = [
    (200, "clerk", "GET", "/api/v1/templates/projects.csv", None),
    (404, "clerk", "GET", "/api/v1/templates/vendors.xlsx", None),
    (200, "clerk", "GET", "/api/v1/exports/units.csv", None),
    (403, "clerk", "GET", "/api/v1/exports/units.csv?unit=yy-edu", None),
    (404, "clerk", "GET", "/api/v1/exports/everything.csv", None),
    (409, "admin", "GET", "/api/v1/exports/units.csv", None),
    (202, "clerk", "POST", "/api/v1/exports/units.csv", None),
    (403, "clerk", "POST", "/api/v1/exports/units.csv?unit=yy-edu", None),
    (404, "clerk", "POST", "/api/v1/exports/everything.csv", None),
    (409, "admin", "POST", "/api/v1/exports/units.csv", None),
    *(
        (status, who, "POST", f"/api/v1/imports/{kind}{check}", content)
        for check in ("", "/check")
        for status, who, kind, content in (
            (200 if check else 202, "admin", "units", GOOD),
            (400, "admin", "units", b"\xff\xff" if check else BAD),
            (403, "clerk", "units", GOOD),
            (404, "admin", "vendors", GOOD),
            (413, "admin", "units", HUGE),
            (415, "admin", "units", {}),
        )
    ),
    (200, "admin", "POST", "/api/v1/imports/units", csv_of(HEADINGS, [["yy-edu", "示例·yy-edu", "学校"]], "utf-8")),
    (409, "admin", "POST", "/api/v1/imports/units", GOOD),
    (201, "clerk", "POST", "/api/v1/feeds", FEED),
    (400, "clerk", "POST", "/api/v1/feeds", {"of": "x"}),
    (403, "clerk", "POST", "/api/v1/feeds", {"of": "jurisdiction"}),
    (404, "clerk", "POST", "/api/v1/feeds", {"of": "contact", "contact": "nobody"}),
    (409, "clerk", "POST", "/api/v1/feeds", FEED),
    (413, "clerk", "POST", "/api/v1/feeds", HUGE),
    (415, "clerk", "POST", "/api/v1/feeds", b"x"),
    (200, "clerk", "GET", "/api/v1/feeds", None),
    (200, "clerk", "DELETE", "/api/v1/feeds/{feed}", None),
    (404, "clerk", "DELETE", "/api/v1/feeds/0123", None),
    (200, None, "GET", "/calendar/{token}", None),
    (404, None, "GET", "/calendar/guess.ics", None),
]


@pytest.mark.parametrize(("status", "who", "method", "path", "body"), SEEN)
def test_a_status_that_is_described_occurs(api, status, who, method, path, body):
    key = "k" if status == 409 and method == "POST" and "feeds" not in path else None
    if status == 409 and (method, path) == ("GET", "/api/v1/exports/units.csv"):
        register_many()
    if key and "exports" in path:
        assert api.ask(who, method, path.replace(".csv", ".xlsx"), key=key).status == 202
    elif key:
        assert send(api, who, "units", csv_of(HEADINGS, [["b", "乙", "学校"]], "utf-8"), "text/csv", key=key).status == 202
    made = [api.post("clerk", "/api/v1/feeds", FEED) for _ in range(10 if status == 409 and "feeds" in path else 1)]
    path = path.format(feed=made[0]["id"], token=made[0]["url"].rpartition("/")[2])
    content = {"raw": body, "Content_Type": "text/csv"} if isinstance(body, bytes) else {"body": body}
    assert api.ask(who, method, path, key=key, **content).status == status


def test_every_status_that_is_described_was_asked_for():
    ours = ("/api/v1/imports/", "/api/v1/templates/", "/api/v1/exports/", "/api/v1/feeds", "/calendar/")
    told = {
        (method, path, status)
        for method, path, operation in described.operations()
        for status in operation["responses"]
        if path.startswith(ours) and status not in ("default", "401")  # 401: see test_api.py
    }
    assert {
        (method, described.pattern_of(path.replace("{token}", "t")), str(status)) for status, _, method, path, _ in SEEN
    } == told


# Calendar feeds


def fetch(url, **headers):
    path = url.removeprefix("https://duban.example")
    return by_wsgi(app, "GET", path, headers={name.replace("_", "-"): value for name, value in headers.items()})


def test_an_address_is_given_out_once_and_read_by_who_has_it(api):
    made = api.post("clerk", "/api/v1/feeds", {"of": "unit"})
    answer = fetch(made["url"])
    assert (answer.status, answer.headers["content-type"]) == (200, ["text/calendar; charset=utf-8"])
    assert answer.headers["cache-control"][0].startswith("private")
    events = Calendar.from_ical(answer.body).walk("VEVENT")
    assert any(str(event["UID"]).startswith("yy-health/") for event in events)
    listed = api.get("clerk", "/api/v1/feeds")["feeds"]
    assert [feed["id"] for feed in listed] == [made["id"]] and "url" not in listed[0]
    assert made["url"].rpartition("/")[2].removesuffix(".ics") not in str(api.dump())
    assert api.get("other", "/api/v1/feeds")["feeds"] == []


def test_a_calendar_that_has_not_changed_is_not_sent_again(api):
    url = api.post("clerk", "/api/v1/feeds", {"of": "unit"})["url"]
    first = fetch(url)
    again = fetch(url, If_None_Match=first.headers["etag"][0])
    assert (again.status, again.body, again.headers["etag"]) == (304, b"", first.headers["etag"])
    api.post("clerk", "/api/v1/projects/p1/submissions/completion", {"classified": False, "completed_on": "2026-03-31"})
    changed = fetch(url, If_None_Match=first.headers["etag"][0])
    assert changed.status == 200
    assert "县域医共体平台：提交竣工验收申请".encode() in changed.body.replace(b"\r\n ", b"")


def test_an_address_taken_back_or_guessed_shows_nothing(api):
    made = api.post("clerk", "/api/v1/feeds", {"of": "unit"})
    assert api.ask("other", "DELETE", f"/api/v1/feeds/{made['id']}").status == 404
    assert api.ask("clerk", "DELETE", f"/api/v1/feeds/{made['id']}").json == {"removed": made["id"]}
    assert fetch(made["url"]).status == 404
    for path in ("/calendar/guess.ics", "/calendar/.ics", "/calendar/x"):
        assert by_wsgi(app, "GET", path).status == 404


def test_an_officer_may_have_the_place_and_a_unit_may_not(api):
    assert fetch(api.post("officer", "/api/v1/feeds", {"of": "jurisdiction"})["url"]).status == 200
    api.refused(403, "forbidden", "clerk", "POST", "/api/v1/feeds", {"of": "jurisdiction"})
    api.refused(400, "invalid-input", "clerk", "POST", "/api/v1/feeds", {"of": "everything"})
