"""What all views share: who is asking, what they ask for, and how an error is answered."""

import json
from collections.abc import Callable
from contextvars import ContextVar
from datetime import date
from functools import wraps
from typing import Any

from chalice import Blueprint, Response
from chalice.app import Request

from .. import bootstrap
from ..core.cells import is_uscc
from ..core.errors import Busy, DubanError, InvalidInput, NotFound, StoreConflict, counted
from ..usecases.signing_in import access
from ..usecases.signing_in.access import Bearer
from ..usecases.state.once import Once
from .app_factory import current_request
from .problems import problem

JSON = ["application/json"]
LONGEST = 200  # characters of an id or a name
YEARS = range(1990, 2101)
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
        response = get_response(request)
        response.headers.setdefault("Cache-Control", "no-store")  # what it tells is for the bearer alone
        return response


def told(error: DubanError) -> Response:
    """A use case's error as a problem."""
    extra = {"errors": list(error.errors)} if error.errors else {}
    return problem(error.status, error.code, TITLES.get(error.code, "请求有误"), error.text.zh, error.text.en, **extra)


TITLES = {
    "invalid-input": "填报内容有误",
    "classified": "涉密内容不得录入",
    "refused": "尚不符合办法规定的条件",
    "forbidden": "没有权限",
    "not-found": "没有找到",
    "conflict": "与现有内容冲突",
    "unauthorized": "尚未登录",
    "unavailable": "暂时无法服务",
}


def views_of(blueprint: Blueprint, content_types: list[str] = JSON) -> Callable:
    """The decorator that registers a view; what its use case raises becomes a problem. No id is long, so that a long one is
    not there."""

    def view(path: str, *methods: str) -> Callable:
        def register_view(function: Callable) -> Callable:
            @wraps(function)
            def answering(**parameters: str) -> Any:
                try:
                    if any(len(value) > LONGEST for value in parameters.values()):
                        raise NotFound("地址中的编号过长，请核对", "an id in the address is too long; check it")
                    return function(**parameters)
                except DubanError as error:
                    return told(error)
                except StoreConflict:
                    return told(Busy())

            return blueprint.route(path, methods=list(methods), content_types=content_types)(answering)

        return register_view

    return view


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
        given = json.loads(current_request().raw_body, parse_float=_number, object_pairs_hook=_members)
        json.dumps(given, ensure_ascii=False, allow_nan=False).encode()  # fails for NaN and for half a character
        return given
    except (ValueError, RecursionError):
        raise InvalidInput(
            "请求正文不是有效的 JSON，请检查引号、逗号和括号", "the body is not valid JSON; check quotes, commas and brackets"
        ) from None


def _members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object whose members each stand once: of two that contradict each other neither can be believed."""
    members = dict(pairs)
    if len(members) < len(pairs):
        raise InvalidInput("请求正文里同一项写了两次，请只保留一个", "a member stands twice in the body; keep one")
    return members


def _number(text: str) -> int | float:
    """JSON may write a whole number as 6000000.0; it is kept as 6000000."""
    value = float(text)
    return int(value) if value.is_integer() else value


def fields(
    *required: str, optional: tuple[str, ...] = (), shapes: dict[str, tuple] | None = None, nulls: bool = False
) -> dict[str, Any]:
    """The body as an object with these members: every fault at once. null is the same as leaving a member out, unless `nulls`
    are asked for."""
    given = body()
    if not isinstance(given, dict):
        raise InvalidInput('请求正文应为 JSON 对象，如 {"name": "…"}', "the body must be a JSON object")
    faults = [fault(f"/{name}", f"缺少 {name}", f"{name} is missing") for name in required if given.get(name) in (None, "")]
    faults += [
        fault(f"/{name}", f"没有“{name}”这一项，可用：{'、'.join((*required, *optional))}", f"unknown member {name!r}")
        for name in given
        if name not in (*required, *optional)
    ]
    faults += [
        fault(f"/{name}", f"{name} 应为{zh}，如 {example}", f"{name} should be like {example}")
        for name, (is_right, zh, example) in (shapes or SHAPES).items()
        if given.get(name) is not None and not is_right(given[name])
    ]
    if faults:
        raise InvalidInput(f"有{len(faults)}处需要修改", f"{counted(len(faults), 'fault')}", errors=tuple(faults))
    return {name: value for name, value in given.items() if nulls or value is not None}


def fault(field: str, zh: str, en: str) -> dict[str, Any]:
    return {"field": field, "message": {"zh": zh, "en": en}}


def is_name(value: Any) -> bool:
    return isinstance(value, str) and 0 < len(value) <= LONGEST


def is_id(value: Any) -> bool:
    return isinstance(value, str) and 0 < len(value) <= 64 and value.isascii() and all(c.isalnum() or c in "-_." for c in value)


def are_channels(value: Any) -> bool:
    return (
        isinstance(value, list)
        and len(value) <= 20
        and all(
            isinstance(item, dict) and set(item) == {"channel", "address"} and all(is_name(part) for part in item.values())
            for item in value
        )
    )


def are_words(value: Any) -> bool:
    return isinstance(value, list) and len(value) <= 1000 and all(map(is_name, value))


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
    "id": (is_id, "64个以内的字母、数字、连字符", "yy-health-2026-01"),
    "name": (is_name, "200字以内的文字", "县卫生健康委"),
    "jurisdiction": (is_id, "辖区编号", "yunyang"),
    "parent": (is_id, "主体编号", "yy-health"),
    "unit": (is_id, "单位编号", "yy-health"),
    "uscc": (lambda value: isinstance(value, str) and is_uscc(value), "统一社会信用代码", "11500235008666010A"),
    "party": (is_id, "主体编号", "yy-health"),
    "role": (is_name, "身份", "unit"),
    "authority": (is_name, "部门代号", "data_bureau"),
    "kind": (is_name, "单位类型", "department"),
    "tracked_since": (is_day, "日期", "2026-01-01"),
    "code": (is_name, "项目代码", "2026-500235-01"),
    "facts": (is_object, "对象", '{"total_investment": 6000000}'),
    "channels": (are_channels, "列表", '[{"channel": "telegram", "address": "123456"}]'),
    "language": (lambda value: value in ("zh", "en"), "zh 或 en", "zh"),
    "defects": (is_list, "列表", '["data_not_shared"]'),
    "at_once": (lambda value: isinstance(value, bool), "true 或 false", "true"),
    "prefers": (is_object, "对象", '{"digest_at": "09:15"}'),
    "away": (is_object, "对象", '{"from": "2026-09-01", "until": "2026-09-05", "to": "li"}'),
    "roles": (are_words, "若干词", '["leader"]'),
    "parties": (are_words, "若干主体编号", '["yy-health"]'),
    "text": (lambda value: isinstance(value, str), "文字", "请各单位于周五前核对项目清单"),
    "preview": (lambda value: isinstance(value, bool), "true 或 false", "true"),
    "is_unit": (lambda value: isinstance(value, bool), "true 或 false", "true"),
}


def once(bearer: Bearer, asked: Any) -> Once:
    """The request's idempotence: its Idempotency-Key, who sent it, and what it asks."""
    request = current_request()
    key = request.headers.get("idempotency-key")
    if key is not None and not (0 < len(key) <= 200):
        raise InvalidInput("Idempotency-Key 应为200个以内的字符", "an Idempotency-Key has 1 to 200 characters")
    return Once(
        who=bearer.id,
        key=key,
        asked=[request.method, request.path, request.uri_params, request.query_params and dict(request.query_params), asked],
        at=ports().clock(),
    )


def created(answer: Any) -> Response:
    return Response(body=answer, status_code=201)


def accepted(answer: Any) -> Response:
    """The work has begun and goes on."""
    return Response(body=answer, status_code=202)
