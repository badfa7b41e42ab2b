"""The JSON API, /api/v1. Each view says who may call it and hands over to one use case."""

import json
from collections.abc import Callable
from contextvars import ContextVar
from datetime import date
from functools import wraps
from typing import Any
from uuid import NAMESPACE_URL, uuid4, uuid5

from chalice import Blueprint, Response
from chalice.app import Request

from .. import bootstrap
from ..core.errors import DubanError, InvalidInput, NotFound
from ..usecases import access, overview, register
from ..usecases.access import Bearer
from ..usecases.once import Once
from ..usecases.submit import submit
from .problems import problem

api = Blueprint(__name__)
JSON = ["application/json"]
LONGEST = 200  # characters of an id or a name
YEARS = range(1990, 2101)
PLACES = {"projects": "project", "parties": "party", "jurisdictions": "jurisdiction"}
_bearer: ContextVar[Bearer | None] = ContextVar("duban_bearer", default=None)


def install_access(app) -> None:
    """Everything under /api/ needs a token; who it belongs to is known before any view runs."""

    @app.middleware("http")
    def authenticate(request: Request | None, get_response: Callable[[Any], Response]) -> Response:
        if request is None or not request.path.startswith("/api/"):
            return get_response(request)
        try:
            bearer = access.bearer_of(bootstrap.ports().store, request.headers.get("authorization"))
        except DubanError as error:
            return told(error)
        _bearer.set(bearer)
        return get_response(request)


def told(error: DubanError) -> Response:
    """A use case's error as a problem."""
    extra = {"errors": list(error.errors)} if error.errors else {}
    return problem(error.status, error.code, TITLES.get(error.code, "请求有误"), error.text.zh, error.text.en, **extra)


TITLES = {"invalid-input": "填报内容有误", "classified": "涉密内容不得录入", "refused": "尚不符合办法规定的条件", "forbidden": "没有权限",
          "not-found": "没有找到", "conflict": "与现有内容冲突", "unauthorized": "尚未登录"}


def view(path: str, *methods: str) -> Callable:
    """Register a view; what its use case raises becomes a problem. No id is long, so that a long one is not there."""

    def register_view(function: Callable) -> Callable:
        @wraps(function)
        def answering(**parameters: str) -> Any:
            try:
                if any(len(value) > LONGEST for value in parameters.values()):
                    raise NotFound("地址中的编号过长，请核对", "an id in the address is too long; check it")
                return function(**parameters)
            except DubanError as error:
                return told(error)

        return api.route(path, methods=list(methods), content_types=JSON)(answering)

    return register_view


def ports():
    return bootstrap.ports()


def me() -> Bearer:
    bearer = _bearer.get()
    if bearer is None:
        raise access.Unauthenticated()
    return bearer


def body() -> Any:
    """The request's JSON; InvalidInput where it is not JSON, holds what JSON cannot say, or is nested beyond reason."""
    try:
        given = json.loads(api.current_request.raw_body, parse_float=_number)
        json.dumps(given, ensure_ascii=False, allow_nan=False).encode()  # fails for NaN and for half a character
        return given
    except (ValueError, RecursionError):
        raise InvalidInput("请求正文不是有效的 JSON，请检查引号、逗号和括号",
                           "the body is not valid JSON; check quotes, commas and brackets") from None


def _number(text: str) -> int | float:
    """JSON may write a whole number as 6000000.0; it is kept as 6000000."""
    value = float(text)
    return int(value) if value.is_integer() else value


def fields(*required: str, optional: tuple[str, ...] = (), shapes: dict[str, tuple] | None = None) -> dict[str, Any]:
    """The body as an object with these members: every fault at once. null is the same as leaving a member out."""
    given = body()
    if not isinstance(given, dict):
        raise InvalidInput("请求正文应为 JSON 对象，如 {\"name\": \"…\"}", "the body must be a JSON object")
    faults = [fault(f"/{name}", f"缺少 {name}", f"{name} is missing") for name in required if given.get(name) in (None, "")]
    faults += [fault(f"/{name}", f"没有“{name}”这一项，可用：{'、'.join((*required, *optional))}", f"unknown member {name!r}")
               for name in given if name not in (*required, *optional)]
    faults += [fault(f"/{name}", f"{name} 应为{zh}，如 {example}", f"{name} should be like {example}")
               for name, (is_right, zh, example) in (shapes or SHAPES).items() if given.get(name) is not None and not is_right(given[name])]
    if faults:
        raise InvalidInput(f"有{len(faults)}处需要修改", f"{len(faults)} faults", errors=tuple(faults))
    return {name: value for name, value in given.items() if value is not None}


def fault(field: str, zh: str, en: str) -> dict[str, Any]:
    return {"field": field, "message": {"zh": zh, "en": en}}


def is_name(value: Any) -> bool:
    return isinstance(value, str) and 0 < len(value) <= LONGEST


def is_id(value: Any) -> bool:
    return isinstance(value, str) and 0 < len(value) <= 64 and value.isascii() and all(c.isalnum() or c in "-_." for c in value)


def are_channels(value: Any) -> bool:
    return isinstance(value, list) and len(value) <= 20 and all(
        isinstance(item, dict) and set(item) == {"channel", "address"} and all(is_name(part) for part in item.values()) for item in value)


def is_day(value: Any) -> bool:
    """A day as 2026-08-31, of a year within reason."""
    try:
        return date.fromisoformat(value).isoformat() == value and date.fromisoformat(value).year in YEARS
    except (TypeError, ValueError):
        return False


def is_object(value: Any) -> bool:
    return isinstance(value, dict)


def is_list(value: Any) -> bool:
    return isinstance(value, list)


SHAPES = {
    "id": (is_id, "64个以内的字母、数字、连字符", "yy-health-2026-01"), "name": (is_name, "200字以内的文字", "县卫生健康委"),
    "jurisdiction": (is_id, "辖区编号", "yunyang"), "parent": (is_id, "主体编号", "yy-health"), "unit": (is_id, "单位编号", "yy-health"),
    "party": (is_id, "主体编号", "yy-health"), "role": (is_name, "身份", "unit"), "authority": (is_name, "部门代号", "data_bureau"),
    "kind": (is_name, "单位类型", "department"), "tracked_since": (is_day, "日期", "2026-01-01"), "code": (is_name, "项目代码", "2026-500235-01"),
    "facts": (is_object, "对象", '{"total_investment": 6000000}'),
    "channels": (are_channels, "列表", '[{"channel": "telegram", "address": "123456"}]'),
    "language": (lambda value: value in ("zh", "en"), "zh 或 en", "zh"), "defects": (is_list, "列表", '["data_not_shared"]'),
    "is_unit": (lambda value: isinstance(value, bool), "true 或 false", "true"),
}
FACTS = {
    "jurisdiction": SHAPES["jurisdiction"], "unit": (is_object, "对象", '{"kind": "department"}'),
    "project": (is_object, "对象", '{"total_investment": 6000000}'),
    "milestones": (is_list, "列表", '[{"event": "construction_completed", "on": "2026-03-31"}]'),
}


def once(bearer: Bearer, asked: Any) -> Once:
    """The request's idempotence: its Idempotency-Key, who sent it, and what it asks."""
    key = api.current_request.headers.get("idempotency-key")
    if key is not None and not (0 < len(key) <= 200):
        raise InvalidInput("Idempotency-Key 应为200个以内的字符", "an Idempotency-Key has 1 to 200 characters")
    request = api.current_request
    return Once(who=bearer.id, key=key, asked=[request.method, request.path, request.uri_params, request.query_params and dict(request.query_params), asked])


def created(answer: Any) -> Response:
    return Response(body=answer, status_code=201)


# Parties, contacts, projects


@view("/api/v1/parties", "POST")
def add_party():
    """An admin registers a unit or an authority of the jurisdiction."""
    bearer = me()
    bearer.must_be("admin")
    party = fields("id", "name", optional=("jurisdiction", "kind", "parent", "authority", "is_unit", "tracked_since", "defects"))
    party.setdefault("jurisdiction", bearer.jurisdiction)
    bearer.must_see(party["jurisdiction"], None)
    return created(register.register_party(ports(), party, ports().clock(), once(bearer, party)))


@view("/api/v1/parties", "GET")
def list_parties():
    return {"parties": overview.parties(ports().store, me())}


@view("/api/v1/parties/{party}", "GET")
def show_party(party):
    return overview.profile(ports(), me(), f"party#{party}")


@view("/api/v1/parties/{party}/contacts", "POST")
def add_contact(party):
    """A unit adds contacts of its own, an admin of any party of the jurisdiction."""
    bearer = me()
    overview.profile(ports(), bearer, f"party#{party}")
    bearer.must_be("admin", "unit", "authority")
    if bearer.role == "authority" and bearer.party != party:
        bearer.must_be("admin")
    contact = {**fields("id", "name", optional=("channels", "language")), "party": party}
    for channel in contact.get("channels", []):
        if channel["channel"] not in ports().channels:
            raise InvalidInput(f"渠道“{channel['channel']}”未开通，可用：{'、'.join(ports().channels)}", f"channel {channel['channel']!r} is not set up")
    return created(register.register_contact(ports().store, contact, once(bearer, contact)))


@view("/api/v1/parties/{party}/contacts", "GET")
def list_contacts(party):
    overview.profile(ports(), me(), f"party#{party}")
    return {"contacts": overview.contacts(ports().store, party)}


@view("/api/v1/projects", "POST")
def add_project():
    """A unit registers its own project; an admin one of any unit of the jurisdiction."""
    bearer = me()
    bearer.must_be("unit", "admin")
    project = fields("id", "name", optional=("unit", "code", "facts", "tracked_since"))
    project.setdefault("unit", bearer.party)
    if project["unit"] is None:
        raise InvalidInput("请写明 unit（项目建设单位的编号）", "say which unit the project belongs to", errors=(fault("/unit", "缺少 unit", "unit is missing"),))
    overview.profile(ports(), bearer, f"party#{project['unit']}")
    return created(register.register_project(ports(), project, ports().clock(), once(bearer, project)))


@view("/api/v1/projects", "GET")
def list_projects():
    return {"projects": overview.projects(ports().store, me())}


@view("/api/v1/projects/{project}", "GET")
def show_project(project):
    return overview.profile(ports(), me(), f"project#{project}")


# Submissions and what follows from them


def _submit(kind: str, subject: str, form: str) -> Response:
    bearer = me()
    filled = body()
    asked = once(bearer, filled if not ports().forms.is_classified(filled) else None)
    ident = str(uuid5(NAMESPACE_URL, f"{bearer.id}/{asked.key}")) if asked.key else str(uuid4())
    what_if = _asked("record") == "false"
    if _asked("record") not in (None, "true", "false"):
        raise InvalidInput("record 应为 true 或 false（试算，不保存）", "record is true, or false for what-if")
    receipt = submit(ports(), bearer, form=form, kind=kind, subject=subject, body=filled, once=asked, ident=ident,
                     now=ports().clock(), record=not what_if)
    return receipt if what_if else created(receipt)


@view("/api/v1/projects/{subject}/submissions/{form}", "POST")
def submit_for_project(subject, form):
    return _submit("project", subject, form)


@view("/api/v1/parties/{subject}/submissions/{form}", "POST")
def submit_for_party(subject, form):
    return _submit("unit", subject, form)


@view("/api/v1/jurisdictions/{subject}/submissions/{form}", "POST")
def submit_for_jurisdiction(subject, form):
    return _submit("jurisdiction", subject, form)


def _holder_view(path: str, answer: Callable[[str], Any], name: str) -> None:
    for place, kind in PLACES.items():
        def show(holder, kind=kind):
            return answer(f"{kind}#{holder}")

        show.__name__ = f"{name}_{kind}"
        view(f"/api/v1/{place}/{{holder}}/{path}", "GET")(show)


def _asked(name: str) -> str | None:
    return (api.current_request.query_params or {}).get(name)


def _day(name: str) -> date | None:
    value = _asked(name)
    if value is not None and not is_day(value):
        raise InvalidInput(f"{name} 应为 {YEARS[0]} 至 {YEARS[-1]} 年的日期，如 2026-08-31",
                           f"{name} should be a date like 2026-08-31, from {YEARS[0]} to {YEARS[-1]}")
    return value and date.fromisoformat(value)


_holder_view("obligations", lambda holder: overview.obligations(ports(), me(), holder, ports().clock(), on=_day("on"), until=_day("until")), "obligations_of")
_holder_view("submissions", lambda holder: overview.submissions(ports(), me(), holder), "submissions_of")
_holder_view("milestones", lambda holder: overview.milestones(ports(), me(), holder), "milestones_of")
_holder_view("future", lambda holder: overview.future(ports(), me(), holder, ports().clock()), "future_of")


# What everybody may read


@view("/api/v1/forms", "GET")
def list_forms():
    me()
    return {"forms": overview.forms(ports().forms)}


@view("/api/v1/forms/{form}", "GET")
def show_form(form):
    me()
    return overview.form(ports().forms, form)


@view("/api/v1/rulebooks", "GET")
def list_rulebooks():
    me()
    return {"rulebooks": overview.rulebooks(ports().rules)}


@view("/api/v1/rulebooks/{rulebook}", "GET")
def show_rulebook(rulebook):
    me()
    return overview.rulebook(ports().rules, rulebook)


@view("/api/v1/evaluate", "POST")
def evaluate_facts():
    """Facts in, obligations and findings out; nothing is stored."""
    me()
    return overview.evaluated(ports().rules, fields("jurisdiction", "milestones", optional=("unit", "project"), shapes=FACTS), ports().clock(),
                              on=_day("on"), until=_day("until"))


@view("/api/v1/tokens", "POST")
def add_token():
    """An admin makes a token for a party of the jurisdiction; it is shown once."""
    bearer = me()
    bearer.must_be("admin")
    asked = fields("role", optional=("party",))
    token = access.issue_token(ports().store, role=asked["role"], jurisdiction=bearer.jurisdiction, party=asked.get("party"), now=ports().clock())
    return created({"token": token, "role": asked["role"], "party": asked.get("party")})
