"""The decorator that makes a view a page: who asks, what they sent, and what is shown when something goes wrong.

docs/pages.md says how a page is added.
"""

from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass, replace
from functools import cached_property, wraps
from typing import Any
from urllib.parse import quote, urlencode

from chalice import Blueprint, Response
from chalice.app import Request

from ... import bootstrap
from ...core.calendar import Calendar
from ...core.errors import Busy, DubanError, Forbidden, NotFound, StoreConflict
from ...usecases.signing_in import interrupted
from ...usecases.signing_in import session as sessions
from ...usecases.signing_in.access import Bearer
from ...usecases.signing_in.session import Session
from ...usecases.views.offices import names as office_names
from ..app_factory import current_request
from ..views import LONGEST, TITLES
from . import browser, render
from .browser import Cookies, Fields

ROLES = ("unit", "authority", "admin")
# path, name, and the roles that see it
NAVIGATION: list[tuple[str, tuple[str, str], tuple[str, ...]]] = [
    ("/", ("首页", "Home"), ("unit",)),
    ("/board", ("全辖区", "Board"), ("authority", "admin")),
    ("/inbox", ("待决定", "To decide"), ("authority", "admin")),
    ("/forms", ("填报", "Forms"), ROLES),
    ("/find", ("查找", "Find"), ROLES),
    ("/unsent", ("草稿", "Drafts"), ROLES),
    ("/contacts", ("联系人", "Contacts"), ("unit", "authority")),
    ("/imports", ("导入导出", "Import, export"), ROLES),
    ("/feeds", ("日历订阅", "Calendar feeds"), ("unit", "authority")),
    ("/rulebooks", ("规则册", "Rulebooks"), ROLES),
    ("/admin", ("管理", "Administration"), ("admin",)),
]


@dataclass(frozen=True, kw_only=True)
class Visit:
    """One request of a page."""

    request: Request
    token: str  # of the browser: the session's, or one that only tells it from others
    is_new: bool  # the token is made now and must be given to the browser
    language: str
    session: Session | None = None
    posted: Fields | None = None

    @cached_property
    def offices(self) -> dict[str, str]:
        """What the offices of the place are called here, by the rulebook's names; read when a page names one."""
        return office_names(ports(), self.session.bearer.jurisdiction) if self.session else {}

    @cached_property
    def calendar(self) -> Calendar:
        """The working days, read once for all that a page counts."""
        return ports().rules.calendar()


_visit: ContextVar[Visit | None] = ContextVar("duban_visit", default=None)


class Expired(DubanError):
    """The form's token is not this browser's: the session changed since the form was opened, or the form is not ours."""

    code, status = "form-expired", 403


def pages_of(blueprint: Blueprint) -> Callable:
    """The decorator that registers pages with a blueprint: `page = pages_of(board)`."""

    def page(path: str, method: str = "GET", *, roles: tuple[str, ...] | None = ROLES) -> Callable:
        """`roles` may open it; None: nobody has to be signed in. What use cases raise is shown as a page."""

        def register(view: Callable) -> Callable:
            @wraps(view)
            def answering(**parameters: str) -> Response:
                _visit.set(_arrive(current_request()))
                try:
                    if any(len(value) > LONGEST for value in parameters.values()):
                        raise NotFound("地址中的编号过长，请核对", "an id in the address is too long; check it")
                    if method == "POST":
                        _read_form()
                    if not _is_admitted(roles):
                        answer = _to_sign_in()
                    else:
                        answer = view(**parameters)
                        _forget_kept()
                except DubanError as error:
                    answer = show_error(error)
                except StoreConflict:
                    answer = show_error(Busy())
                return _leave(answer)

            accepted = browser.FORM_TYPES if method == "POST" else ["*/*"]
            return blueprint.route(path, methods=[method], content_types=accepted, name=view.__name__)(answering)

        return register

    return page


def _arrive(request: Request) -> Visit:
    cookies = Cookies.of(request.headers)
    ports = bootstrap.ports()
    found = sessions.session_of(ports.store, cookies.token, ports.clock()) if cookies.token else None
    return Visit(
        request=request,
        token=cookies.token or browser.fresh_token(),
        is_new=cookies.token is None,
        language=cookies.language,
        session=found,
    )


def _read_form() -> None:
    visit = here()
    fields = browser.fields_of(visit.request)
    if visit.is_new or not browser.is_csrf(visit.token, fields.get("csrf")):
        raise Expired(
            "页面已过期（可能已退出登录，或浏览器不接受 Cookie），内容没有提交。请返回上一页，刷新后再试",
            "this page is too old, or cookies are off; nothing was sent. Go back, reload and try again",
        )
    _visit.set(replace(visit, posted=fields))


def _is_admitted(roles: tuple[str, ...] | None) -> bool:
    """False for who has to sign in first. Forbidden for a role that may not."""
    session = here().session
    if roles is not None and session is not None:
        session.bearer.must_be(*roles)
    return roles is None or session is not None


def _to_sign_in() -> Response:
    """The way back is this page; what was sent to it is kept for the same person, but never an answer that says 涉密."""
    visit = here()
    request = visit.request
    pairs = [(name, value) for name in request.query_params or {} for value in request.query_params.getlist(name)]
    back = path() + ("?" + urlencode(pairs) if pairs else "")
    if request.method != "GET":
        whose = sessions.ended_of(ports().store, visit.token)
        if whose is None or posted().get("classified") == "true":
            return redirect("/signin")
        back = f"/interrupted/{interrupted.keep(ports().store, whose, back, posted().pairs, ports().clock())}"
    return redirect("/signin?" + urlencode({"next": back}))


def _forget_kept() -> None:
    """What was kept over the end of a session has been sent on."""
    fields = here().posted
    if fields and fields.get("interrupted"):
        interrupted.forget(ports().store, fields.get("interrupted"))


def _leave(answer: Response) -> Response:
    visit = here()
    if visit.is_new and "Set-Cookie" not in answer.headers:
        answer.headers["Set-Cookie"] = [browser.token_header(visit.token)]
    return answer


# What views ask


def here() -> Visit:
    """The visit that is being answered."""
    visit = _visit.get()
    assert visit is not None, "only a page has a visit"
    return visit


def path() -> str:
    """The path that was asked for, with its parameters filled in."""
    request = here().request
    found = request.path
    for name, value in (request.uri_params or {}).items():
        found = found.replace("{" + name + "}", value)
    return found


def me() -> Bearer:
    """Who is signed in, as use cases ask for it."""
    session = here().session
    if session is None:
        raise Forbidden("请先登录", "sign in first")
    return session.bearer


def asked(name: str, otherwise: str = "") -> str:
    """A parameter of the address."""
    return (here().request.query_params or {}).get(name, otherwise)


def posted() -> Fields:
    """The fields of the form that was sent."""
    fields = here().posted
    assert fields is not None, "only a POST has fields"
    return fields


def ports():
    return bootstrap.ports()


# What views answer


def show(template: str, title: tuple[str, str], *, status: int = 200, form_action: str = "", **known: Any) -> Response:
    """The page of a template. It knows `visit`, `title`, `csrf`, `navigation` and what is given."""
    visit = here()
    role = visit.session.identity.role if visit.session else None
    return render.html(
        template,
        visit.language,
        status=status,
        form_action=form_action,
        title=title,
        csrf=browser.csrf_of(visit.token),
        path=path(),
        session=visit.session,
        offices=lambda named: "、".join(visit.offices.get(name, name) for name in named),
        has_files=bootstrap.ports().blob is not None,
        navigation=[(to, name) for to, name, roles in NAVIGATION if role in roles],
        **known,
    )


def redirect(path: str, *cookies: str) -> Response:
    """Go on to a path of ours (303: by GET, whatever this was), with Set-Cookie headers."""
    location = quote(browser.url(path), safe=browser.ADDRESS)  # a header holds no Chinese
    headers: dict[str, Any] = {"Location": location, "Cache-Control": "no-store"}
    if cookies:
        headers["Set-Cookie"] = list(cookies)
    return Response(body=b"", status_code=303, headers=headers)


def show_error(error: DubanError) -> Response:
    title = ERROR_TITLES.get(error.code) or (TITLES.get(error.code, "请求有误"), "Not possible")
    return show("error.html", title, status=error.status, text=error.text, errors=error.errors)


ERROR_TITLES = {
    "forbidden": ("没有权限", "Not allowed"),
    "not-found": ("没有找到", "Not found"),
    "form-expired": ("页面已过期", "This page is too old"),
    "conflict": ("与现有内容冲突", "It has changed meanwhile"),
    "classified": ("涉密内容不得录入", "Classified content stays outside"),
    "not-signed-in": ("未能登录", "Not signed in"),
}
