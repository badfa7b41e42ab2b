"""Every page of an admin opens and keeps the page rules, in both languages; nobody else may open them."""

import pytest

PAGES = [
    "/admin",
    "/admin/health",
    "/admin/resume",
    "/admin/tuning",
    "/admin/tuning/texts",
    "/admin/tuning/yaml",
    "/admin/versions",
    "/admin/proposal",
    "/admin/calendars",
    "/admin/calendars/2026",
    "/admin/calendars/2027",
    "/admin/calendars/2027/notice",
    "/admin/parties",
    "/admin/new-party",
    "/admin/parties/yy-health",
    "/admin/parties/yy-health/remove",
    "/admin/broadcast",
    "/admin/deliveries",
    "/admin/dead-letters",
]
FOR_ALL = ["/rulebooks", "/rulebooks/yunyang", "/rulebooks/dazhou", "/imports", "/feeds"]


@pytest.mark.parametrize("path", PAGES)
def test_an_admin_opens_it_in_both_languages_and_others_may_not(admin, clerk, officer, path):
    assert admin.open(path).all("html", lang="zh-CN")
    assert admin.follow("English").all("html", lang="en")
    for other in (clerk, officer):
        assert "没有权限" in other.open(path, status=403).words


@pytest.mark.parametrize("path", FOR_ALL)
def test_some_pages_are_for_everybody_who_is_signed_in(admin, clerk, officer, stranger, path):
    for browser in (admin, clerk, officer):
        browser.open(path)
    stranger.open(path)
    assert stranger.path.startswith("/signin")


@pytest.mark.parametrize(
    "path",
    [
        "/admin/versions/7", "/admin/versions/x", "/admin/calendars/27", "/admin/calendars/next", "/admin/parties/nobody",
        "/rulebooks/nowhere", "/rulebooks/yunyang?edition=1999", "/contacts/yy-health/nobody", "/imports/vendors",
        "/imports/form:nothing", "/imports/units/20260831-guess", "/jobs/nothing", "/feeds/nothing/revoke",
        "/admin/parties/yy-health/tokens/nothing/revoke", "/admin/dead-letters/nothing/dismiss",
    ],
)  # fmt: skip
def test_what_is_not_there_is_said_to_be_missing(admin, path):
    assert "没有" in admin.open(path, status=404).words
