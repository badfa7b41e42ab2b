"""The front door: what everybody may open, static files, the language, and what goes wrong."""

from urllib.parse import quote, urlencode

import pytest

from app import app
from chalicelib import bootstrap

from ..small_app import by_lambda, by_wsgi
from .browsing import Browser
from .page_rules import check


@pytest.mark.parametrize("path", ["/", "/signin", "/help"])
def test_what_everybody_may_open_keeps_the_rules_in_both_languages(stranger, path):
    assert stranger.open(path).all("html", lang="zh-CN")
    assert stranger.follow("English").all("html", lang="en")
    assert stranger.path == path
    assert stranger.follow("中文").all("html", lang="zh-CN")


def test_a_page_that_is_not_there_is_said_as_a_page_to_a_browser_and_as_a_problem_to_a_program(api, stranger):
    assert "没有找到" in stranger.open("/no-such-page", status=404).words
    assert by_wsgi(app, "GET", "/no-such-page").says(404, "not-found")


def test_the_api_answers_a_browser_with_a_problem_too(api):
    answer = by_wsgi(app, "GET", "/api/v1/projects", headers={"Accept": "text/html"})
    assert (answer.status, answer.headers["content-type"]) == (401, ["application/problem+json"])


@pytest.mark.parametrize(
    "back", ["//evil.example", "https://evil.example/", "/\\evil.example", "/a\nb", "evil", "javascript:alert(1)"]
)
def test_the_way_back_never_leads_to_another_host(stranger, back):
    stranger.open("/language/en?back=" + quote(back, safe=""))
    assert stranger.path == "/"


def test_static_files_may_be_kept_for_ever_under_the_address_that_says_their_content(stranger):
    page = stranger.open("/")
    for address in [page.all("link", rel="stylesheet")[0].get("href"), page.all("script")[0].get("src")]:
        kept = by_wsgi(app, "GET", address)
        assert kept.headers["cache-control"] == ["public, max-age=31536000, immutable"]
        asked = by_wsgi(app, "GET", address.partition("?")[0])
        assert asked.headers["cache-control"] == ["no-cache"]
        again = by_wsgi(app, "GET", address.partition("?")[0], headers={"If-None-Match": asked.headers["etag"][0]})
        assert (again.status, again.body) == (304, b"")


@pytest.mark.parametrize("name", ["..%2Fmeta.py", "%2e%2e", "style.css%00", "no.css"])
def test_static_files_are_only_those_of_the_folder(api, name):
    assert by_wsgi(app, "GET", f"/static/{name}").status == 404


def test_a_form_without_the_token_of_this_browser_is_refused(clerk):
    mine = clerk.page.all("input", name="csrf")[0].get("value")
    for pairs in ([], [("csrf", "")], [("csrf", "0" * 64)]):
        clerk.post("/signout", pairs)
        assert clerk.status == 403
        assert "页面已过期" in clerk.page.words
    stranger = Browser()
    stranger.post("/signout", [("csrf", mine)])
    assert stranger.status == 403
    assert clerk.open("/").all("button")


def test_a_body_that_is_no_form_is_refused_as_a_page(clerk):
    clerk._ask("POST", "/signout", b"{}", {"Content-Type": "application/json"})
    assert clerk.status == 415
    clerk._ask("POST", "/signout", b"--x\r\nbroken", {"Content-Type": "multipart/form-data; boundary=x"})
    assert clerk.status == 400


def test_api_gateway_gets_the_same_pages_and_may_post_their_forms(api):
    page = by_lambda(app, "GET", "/signin")
    assert page.headers["content-type"] == ["text/html; charset=utf-8"]
    (cookie,) = page.headers["set-cookie"]
    token = check(page.body.decode()).all("input", name="csrf")[0].get("value")
    headers = {"Content-Type": "application/x-www-form-urlencoded", "Cookie": cookie.partition(";")[0]}
    body = urlencode({"csrf": token, "who": "张三"}).encode()
    answer = by_lambda(app, "POST", "/signin", body=body, headers=headers)
    assert "如果“张三”是登记过的联系人" in check(answer.body.decode()).words
    style = page.body.decode().partition('rel="stylesheet" href="/static/')[2].partition("?")[0]
    answer = by_lambda(app, "GET", f"/static/{style}", resource="/static/{name}", name=style)
    assert answer.headers["content-type"] == ["text/css; charset=utf-8"]


def test_a_form_may_come_as_multipart_too(api):
    page = by_wsgi(app, "GET", "/signin")
    token = check(page.body.decode()).all("input", name="csrf")[0].get("value")
    parts = "".join(
        f'--b\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in {"csrf": token, "who": "张三"}.items()
    )
    cookie = page.headers["set-cookie"][0].partition(";")[0]
    headers = {"Content-Type": "multipart/form-data; boundary=b", "Cookie": cookie}
    answer = by_wsgi(app, "POST", "/signin", body=(parts + "--b--\r\n").encode(), headers=headers)
    assert "张三" in check(answer.body.decode()).words


def test_under_a_path_of_its_own_every_link_stays_within_it(api, monkeypatch):
    monkeypatch.setitem(bootstrap.settings(), "DUBAN_PUBLIC_URL", "https://duban.example/prod")
    page = check(by_wsgi(app, "GET", "/").body.decode())
    targets = [element.get(name) for element in page.elements for name in ("href", "src", "action") if element.get(name)]
    assert all(target.startswith(("/prod/", "#")) for target in targets)
