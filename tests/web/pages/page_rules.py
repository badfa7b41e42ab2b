"""What every page has to be, whatever test opened it: a language, a title, one h1, labelled inputs, no id twice."""

from collections import Counter
from html.parser import HTMLParser

VOID = {"meta", "link", "input", "br", "hr", "img", "col", "wbr", "source"}
OPTIONAL_END = {"p", "li", "option", "tr", "td", "th", "dt", "dd"}
UNLABELLED = {"hidden", "submit", "button", "image"}


class Page(HTMLParser):
    """A page as a tree is not needed: what stands in it, in order."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.html, self.elements, self._open, self.faults = html, [], [], []
        self.feed(html)
        self.close()
        self.faults += [f"<{element.tag}> is never closed" for element in self._open if element.tag not in OPTIONAL_END]

    def handle_starttag(self, tag, attributes):
        doubled = [name for name, count in Counter(name for name, _ in attributes).items() if count > 1]
        self.faults += [f"<{tag}> has {name} twice" for name in doubled]
        inside = tuple(self._open)
        element = Element(tag, {name: value or "" for name, value in attributes}, inside)
        self.elements.append(element)
        for around in self._open:
            around.holds.append(element)
        if tag not in VOID:
            self._open.append(element)

    def handle_endtag(self, tag):
        while self._open and self._open[-1].tag != tag and self._open[-1].tag in OPTIONAL_END:
            self._open.pop()
        if not self._open or self._open.pop().tag != tag:
            self.faults.append(f"</{tag}> closes nothing")

    def handle_data(self, text):
        for element in self._open:
            element.text += text

    def all(self, *tags, **attributes):
        wanted = {name.strip("_").replace("_", "-"): value for name, value in attributes.items()}
        return [
            element
            for element in self.elements
            if (not tags or element.tag in tags) and all(element.get(name) == value for name, value in wanted.items())
        ]

    @property
    def words(self) -> str:
        """What is read on the page, without its spacing."""
        (body,) = self.all("body")
        return " ".join(body.text.split())

    @property
    def title(self) -> str:
        (title,) = self.all("title")
        return title.text


class Element:
    def __init__(self, tag, attributes, inside):
        self.tag, self.attributes, self.inside, self.text, self.holds = tag, attributes, inside, "", []

    def get(self, name, otherwise=None):
        return self.attributes.get(name, otherwise)

    def is_in(self, element):
        return any(around is element for around in self.inside)


def check(html: str) -> Page:
    """The page, once it is seen to keep the rules."""
    page = Page(html)
    ids = [element.get("id") for element in page.elements if "id" in element.attributes]
    assert html.startswith("<!doctype html>")
    assert [element.get("lang") for element in page.all("html")] in (["zh-CN"], ["en"])
    assert page.title.strip()
    assert len(page.all("h1")) == 1, [h1.text for h1 in page.all("h1")]
    assert page.all("h1")[0].text.strip()
    assert [link.get("href") for link in page.all("a", class_="skip")] == ["#main"]
    assert [name for name, count in Counter(ids).items() if count > 1] == [], "ids that stand twice"
    assert all(ids), "an empty id"
    assert page.faults == []
    assert [element.tag for element in page.elements if "style" in element.attributes] == [], (
        "style of its own: the CSP forbids it"
    )
    assert [script for script in page.all("script") if "src" not in script.attributes or script.text.strip()] == []
    assert [element.tag for element in page.elements for name in element.attributes if name.startswith("on")] == []
    for element in page.all("input", "select", "textarea"):
        if element.get("type") not in UNLABELLED:
            _is_labelled(page, element, ids)
    for form in page.all("form", method="post"):
        assert [field for field in form.holds if field.get("name") in ("csrf", "policy")], "a form without its token"
    for name in ("aria-describedby", "aria-labelledby"):
        for element in page.elements:
            named = element.get(name, "").split()
            assert set(named) <= set(ids), f"{name}={named} names what is not there"
    for link in page.all("a"):
        assert link.text.strip() or link.get("aria-label"), f"a link without words: {link.attributes}"
        target = link.get("href", "")
        assert not target.startswith("#") or target[1:] in ids, f"{target} leads nowhere"
        assert target.partition(":")[0] not in ("javascript", "data")
    for element in page.all("button"):
        assert element.text.strip() or element.get("aria-label"), "a button without words"
    return page


def _is_labelled(page: Page, element: Element, ids: list[str]) -> None:
    named = element.get("id") and page.all("label", for_=element.get("id"))
    around = [outer for outer in element.inside if outer.tag == "label"]
    assert named or around or element.get("aria-label") or element.get("aria-labelledby"), f"no label: {element.attributes}"
