"""Every page as it is shown, at a desk and on a phone: axe-core finds nothing, nothing runs over, the console is silent."""

import pytest

EVERYBODY = ["/", "/signin", "/help", "/no-such-page"]
CLERK = [
    "/",
    "/forms",
    "/forms?about=project:sample-yunyang-1",
    "/forms?about=unit:sample-yunyang",
    "/fill/project/sample-yunyang-1/completion",
    "/unsent",
    "/projects/new",
]
FORMS = [
    "project/sample-yunyang-1/project-declaration",
    "project/sample-yunyang-1/resource-catalogue",
    "unit/sample-yunyang/annual-list",
]
WIDTHS = [1280, 390]


@pytest.mark.parametrize("width", WIDTHS)
def test_pages_that_everybody_may_open(window, width):
    window.at_width(width)
    for path in EVERYBODY:
        for language in ("zh", "en"):
            window.open(f"/language/{language}?back={path}")
            assert window.faults() == [], path


@pytest.mark.parametrize("width", WIDTHS)
def test_pages_of_a_clerk(window, width):
    window.sign_in().at_width(width)
    for path in CLERK:
        assert window.open(path).faults() == [], path


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("form", FORMS)
def test_forms_empty_with_rows_and_with_faults(window, form, width):
    window.sign_in().at_width(width)
    window.begin(f"/fill/{form}")
    assert window.faults() == []
    window.press("添加一项")
    assert window.faults() == []
    window.press("下一步")
    assert "需要修改" in window.driver.title
    assert window.faults() == []


def test_an_officer_and_an_admin_have_their_pages_too(window):
    for role in ("authority", "admin"):
        window.sign_in(role).at_width(1280)
        for path in ("/", "/forms", "/forms?about=jurisdiction:yunyang"):
            assert window.open(path).faults() == [], path
