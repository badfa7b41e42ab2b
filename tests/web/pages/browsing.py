"""A browser without a screen: keeps cookies, follows redirects, fills in forms as a person does, and holds every page it
opens against the page rules."""

import re
from dataclasses import dataclass, field
from urllib.parse import urlencode, urljoin, urlsplit

from app import app

from ..small_app import by_wsgi
from .page_rules import Page, check


@dataclass(kw_only=True)
class Browser:
    """`open` and `press` give the page they arrive at; `status`, `path` and `headers` are the last answer's."""

    cookies: dict[str, str] = field(default_factory=dict)
    status: int = 0
    path: str = ""
    headers: dict[str, list[str]] = field(default_factory=dict)
    page: Page | None = None

    def open(self, path, *, status=200) -> Page:
        self._ask("GET", path)
        assert self.status == status, f"{path}: {self.status}, not {status}: {self.page and self.page.words[:600]}"
        return self.page

    def press(self, button, *, status=200, **typed) -> Page:
        """Fill in the form that has this button, by the names of its fields, and press it. A name's dots are written __."""
        form, pressed = self._form_with(button)
        typed = {name.replace("__", "."): value for name, value in typed.items()}
        pairs = self._filled(form, typed)
        if pressed.get("name"):
            pairs.append((pressed.get("name"), pressed.get("value", "")))
        target = pressed.get("formaction") or form.get("action") or self.path
        if form.get("method", "get") == "get":
            return self.open(target + "?" + urlencode(pairs), status=status)
        self.post(urljoin(self.path, target), pairs)
        assert self.status == status, f"{target}: {self.status}, not {status}: {self.page and self.page.words[:600]}"
        return self.page

    def post(self, path, pairs, **headers):
        self._ask("POST", path, urlencode(pairs).encode(), {"Content-Type": "application/x-www-form-urlencoded", **headers})

    def send(self, application, path, body, kind):
        """Post to something that stands before the app."""
        self._ask("POST", path, body, {"Content-Type": kind}, application=application)

    def located(self, path):
        """Where the app sends a browser that asks for this: it is not followed."""
        return self._answer("GET", path).headers["location"][0]

    def follow(self, words, *, status=200) -> Page:
        """Click the link that says so."""
        links = [link for link in self.page.all("a") if words in " ".join(link.text.split())]
        assert links, f"no link says {words!r}: {[' '.join(link.text.split()) for link in self.page.all('a')]}"
        return self.open(urljoin(self.path, links[0].get("href")), status=status)

    def value(self, name):
        """What a field of the page holds."""
        return dict(self._filled(self.page.all("main")[0], {})).get(name)

    def _ask(self, method, path, body=b"", headers=(), hops=5, application=None):
        answer = self._answer(method, path, body, headers, application)
        self._keep(answer.headers.get("set-cookie", []))
        self.status, self.headers, self.page = answer.status, answer.headers, None
        if answer.status in (302, 303):
            target = answer.headers["location"][0]
            assert hops and not urlsplit(target).netloc, f"sent away to {target}"
            self._ask("GET", target, hops=hops - 1)
        elif answer.headers["content-type"] == ["text/html; charset=utf-8"]:
            self._is_guarded(answer)
            self.page = check(answer.body.decode())

    def _answer(self, method, path, body=b"", headers=(), application=None):
        self.path = path.partition("#")[0]
        sent = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8", **dict(headers)}
        if self.cookies:
            sent["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        return by_wsgi(app, method, self.path, body=body, headers=sent, application=application)

    def _is_guarded(self, answer):
        policy = answer.headers["content-security-policy"][0]
        assert "default-src 'self'" in policy and "frame-ancestors 'none'" in policy and "unsafe" not in policy
        assert answer.headers["x-content-type-options"] == ["nosniff"]
        assert answer.headers["referrer-policy"] == ["same-origin"]
        assert answer.headers["cache-control"] == ["no-store"]

    def _keep(self, cookies):
        for cookie in cookies:
            name, _, rest = cookie.partition("=")
            value, _, attributes = rest.partition(";")
            if "Max-Age=0" in attributes:
                self.cookies.pop(name, None)
            else:
                self.cookies[name] = value

    def _form_with(self, button):
        pressed = [each for each in self.page.all("button") if button in " ".join(each.text.split())]
        assert pressed, f"no button says {button!r}: {[' '.join(each.text.split()) for each in self.page.all('button')]}"
        (form,) = [around for around in pressed[0].inside if around.tag == "form"]
        return form, pressed[0]

    def _filled(self, form, typed):
        """What a browser would send: the form's fields as they stand, with what is typed into them."""
        typed, pairs = dict(typed), []
        for element in form.holds:
            name = element.get("name")
            if name is None or element.tag not in ("input", "select", "textarea") or "disabled" in element.attributes:
                continue
            if element.get("type") in ("radio", "checkbox"):
                chosen = typed.get(name)
                is_on = "checked" in element.attributes if chosen is None else element.get("value") in _listed(chosen)
                pairs += [(name, element.get("value", "on"))] if is_on else []
            elif name in typed:
                pairs.append((name, str(typed[name])))
            else:
                pairs.append((name, _value(element)))
        missing = set(typed) - {element.get("name") for element in form.holds}
        assert not missing, f"no such fields: {missing}"
        return pairs


def _listed(chosen):
    return chosen if isinstance(chosen, list | tuple) else [chosen]


def _value(element):
    if element.tag == "textarea":
        return element.text.removeprefix("\n")
    if element.tag == "select":
        options = [option for option in element.holds if option.tag == "option"]
        chosen = [option for option in options if "selected" in option.attributes] or options[:1]
        return chosen[0].get("value") if chosen else ""
    return element.get("value", "")


def code_in(text):
    (code,) = re.findall(r"\b\d{6}\b", text)
    return code
