"""Uploading a spreadsheet as a person does: one form to one address, and back to what the check says."""

from urllib.parse import quote

from app import app
from chalicelib import bootstrap
from chalicelib.web.files import with_files
from chalicelib.web.gateway import wsgi

from ..small_app import by_wsgi


def template(browser, kind):
    """The template as it is downloaded."""
    cookies = "; ".join(f"{name}={value}" for name, value in browser.cookies.items())
    answer = by_wsgi(app, "GET", f"/templates/{quote(kind)}.xlsx", headers={"Cookie": cookies})
    assert answer.status == 200
    return answer.body


def uploaded(browser, kind, content):
    """The page that the upload leads to."""
    browser.open(f"/imports/{quote(kind)}")
    (form,) = browser.page.all("form", enctype="multipart/form-data")
    fields = {field.get("name"): field.get("value") for field in form.holds if field.get("type") == "hidden"}
    parts = [f'--b\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n' for name, value in fields.items()]
    head = '--b\r\nContent-Disposition: form-data; name="file"; filename="x"\r\nContent-Type: application/octet-stream\r\n\r\n'
    body = ("".join(parts) + head).encode() + content + b"\r\n--b--\r\n"
    browser.send(with_files(wsgi(app), bootstrap.ports().blob), form.get("action"), body, "multipart/form-data; boundary=b")
    return browser.page
