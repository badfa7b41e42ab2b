"""What goes wrong, told as RFC 9457 problem details: Chinese first, English beside.

`install(app)` makes every answer of an application well formed, embedded and on Lambda alike: errors leave as
problems, and bodies leave as bytes. The second is what lets one binary type, `*/*`, serve all content types:
Chalice encodes such answers in base64, API Gateway decodes them, and neither has a list to keep up to date.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any
from urllib.parse import quote

from chalice import Chalice, ChaliceViewError, Response
from chalice.app import CaseInsensitiveMapping, Request, handle_extra_types

CONTENT_TYPE = "application/problem+json"
TYPE_PREFIX = "urn:duban:problem:"
BODILESS = frozenset({204, 304})
BY_TLS = MappingProxyType({"Strict-Transport-Security": "max-age=31536000"})  # RFC 6797; a year, in seconds
PATH_SAFE = "/:@!$&'()*+,;=~"  # what RFC 3986 lets stand in a path as it is


@dataclass(frozen=True, kw_only=True, slots=True)
class Stock:
    """A problem that needs no view to tell it."""

    slug: str  # the last part of its type
    title_zh: str
    detail_zh: str  # {names} are filled from the facts given, which go into the answer as members too
    detail_en: str


STOCK = {
    400: Stock(
        slug="bad-request",
        title_zh="请求有误",
        detail_zh="请求的内容无法理解。请对照 /openapi.json 中的说明和示例修改后再提交。",
        detail_en="The request cannot be understood. Compare it with /openapi.json and try again.",
    ),
    401: Stock(
        slug="unauthorized",
        title_zh="尚未登录",
        detail_zh="请先登录，或在 Authorization 请求头中附上有效的令牌，例如：Bearer 令牌。",
        detail_en="Sign in first, or send a valid token, for example: Authorization: Bearer TOKEN.",
    ),
    403: Stock(
        slug="forbidden",
        title_zh="没有权限",
        detail_zh="您的身份不能进行此操作。如确有需要，请联系本辖区的管理员开通。",
        detail_en="Your role does not allow this. Ask the admin of your jurisdiction if you need it.",
    ),
    404: Stock(
        slug="not-found",
        title_zh="没有找到",
        detail_zh="此地址下没有内容：可能写错，也可能已移走。请核对地址；接口清单见 /openapi.json。",
        detail_en="Nothing is at this address. Check its spelling; /openapi.json lists them all.",
    ),
    405: Stock(
        slug="method-not-allowed",
        title_zh="方法不适用",
        detail_zh="此地址不接受 {method} 方法。可用的方法：{allowed}。",
        detail_en="This address does not take {method}. It takes: {allowed}.",
    ),
    408: Stock(
        slug="request-timeout",
        title_zh="请求超时",
        detail_zh="请求没有在规定时间内传完。请检查网络后重试。",
        detail_en="The request did not arrive in time. Check the connection and try again.",
    ),
    409: Stock(
        slug="conflict",
        title_zh="与现有内容冲突",
        detail_zh="内容已被他人更改，或与已有记录冲突。请刷新后核对，再提交。",
        detail_en="It conflicts with what is stored. Reload, compare, and send it again.",
    ),
    413: Stock(
        slug="body-too-large",
        title_zh="内容过大",
        detail_zh="请求正文超过上限 {limit_bytes} 字节。请压缩或拆分后再提交。",
        detail_en="The body exceeds the limit of {limit_bytes} bytes. Compress or split it.",
    ),
    415: Stock(
        slug="unsupported-media-type",
        title_zh="内容类型不支持",
        detail_zh="此地址不接受内容类型 {content_type}。请将 Content-Type 改为：{accepted}。",
        detail_en="This address does not take {content_type}. Set Content-Type to: {accepted}.",
    ),
    422: Stock(
        slug="unprocessable",
        title_zh="内容不符合要求",
        detail_zh="格式正确，但内容不符合要求。请按提示修改后再提交。",
        detail_en="The form is right but the content is not acceptable. Correct it and try again.",
    ),
    429: Stock(
        slug="too-many-requests",
        title_zh="请求过于频繁",
        detail_zh="短时间内请求过多。请稍候再试。",
        detail_en="Too many requests in a short time. Wait a little and try again.",
    ),
    500: Stock(
        slug="internal-error",
        title_zh="系统出错",
        detail_zh="请求未能完成，原因已记录。请稍后重试；如仍出错，请将编号 {request_id} 告知管理员。",
        detail_en="The request failed; the cause is logged. Try later, or report {request_id}.",
    ),
    503: Stock(
        slug="unavailable",
        title_zh="暂时无法服务",
        detail_zh="系统暂时无法处理此请求。请稍后重试。",
        detail_en="The service cannot handle this now. Try again later.",
    ),
}


def problem(status: int, slug: str, title_zh: str, detail_zh: str, detail_en: str, **extra: Any) -> Response:
    """A problem for a view to return. `extra` are members of its own; `instance` is filled in on leaving."""
    body = {
        **extra,
        "type": TYPE_PREFIX + slug,
        "title": title_zh,
        "status": status,
        "detail": detail_zh,
        "detail_en": detail_en,
    }
    headers = {"Content-Type": CONTENT_TYPE, "Cache-Control": "no-store"}
    if status == 401:
        headers["WWW-Authenticate"] = "Bearer"  # RFC 9110 asks every 401 to name a way in
    if status == 503:
        headers["Retry-After"] = "5"  # seconds
    return Response(body=body, headers=headers, status_code=status)


def stock(status: int, *, said: str = "", **facts: Any) -> Response:
    """The stock problem of a status; one without an entry borrows the words of 400 or 500. `said` is a view's
    own sentence: it takes the place of the detail in its language."""
    entry = STOCK.get(status) or STOCK[400 if status < 500 else 500]
    words = {name: ", ".join(fact) if isinstance(fact, list) else fact for name, fact in facts.items()}
    zh, en = entry.detail_zh.format_map(words), entry.detail_en.format_map(words)
    if said:
        zh, en = (said, en) if any("\u4e00" <= letter <= "\u9fff" for letter in said) else (zh, said)
    return problem(status, entry.slug, entry.title_zh, zh, en, **facts)


def seal(response: Response, path: str, asked: Mapping[str, str] = MappingProxyType({})) -> Response:
    """The answer as it leaves: a problem knows its instance, or is a page for a browser, and the body is bytes of a stated
    type. `asked` are the request's headers, whatever the case of their names."""
    asked = CaseInsensitiveMapping(asked)
    if _is_problem(response) and "text/html" in asked.get("accept", "") and not path.startswith("/api/"):
        from .pages.render import problem_page

        response = problem_page(response, asked)
    by_tls = BY_TLS if asked.get("x-forwarded-proto") == "https" else {}  # as API Gateway says, and whoever stands before us
    headers, body = {**by_tls, **response.headers}, response.body
    if response.status_code in BODILESS:
        return Response(body=b"", headers=headers, status_code=response.status_code)
    content_type = CaseInsensitiveMapping(headers).get("content-type")
    if content_type is None:
        headers["Content-Type"] = "application/json"
    if content_type == CONTENT_TYPE and isinstance(body, dict):
        body = {**body, "instance": body.get("instance", quote(path, safe=PATH_SAFE + "%"))}
    if not isinstance(body, str | bytes):
        body = json.dumps(body, ensure_ascii=False, separators=(",", ":"), default=handle_extra_types)
    if isinstance(body, str):
        # A lone surrogate cannot be UTF-8; written with a backslash it is what JSON would write.
        body = body.encode("utf-8", "backslashreplace")
    return Response(body=body, headers=headers, status_code=response.status_code)


def _is_problem(response: Response) -> bool:
    return response.headers.get("Content-Type") == CONTENT_TYPE and isinstance(response.body, dict)


def install(app: Chalice) -> None:
    """To be called before anything else registers middleware, so that its errors become problems as well."""
    app.api.binary_types = ["*/*"]

    @app.middleware("http")
    def answer_well(request: Request | None, get_response: Callable[[Any], Response]) -> Response:
        if request is None:  # not an event of HTTP
            return get_response(request)
        if "accept" not in request.headers:  # which means anything; Chalice would refuse a binary answer
            request.headers = CaseInsensitiveMapping({**request.headers, "accept": "*/*"})
        path = request.to_original_event().get("path") or request.path
        try:
            return seal(_answer(app, request, get_response), path, request.headers)
        except ChaliceViewError as error:
            return seal(_told_by_chalice(app, request, error.STATUS_CODE, str(error)), path, request.headers)
        except Exception:  # noqa: BLE001 - the last resort; it is logged with its trace in _unexpected
            return seal(_unexpected(app, request, exc_info=True), path, request.headers)


def _answer(app: Chalice, request: Request, get_response: Callable[[Any], Response]) -> Response:
    if request.path not in app.routes:
        return stock(404)
    response = get_response(request)
    if isinstance(response.body, dict) and response.body.keys() == {"Code", "Message"}:
        told = _told_by_chalice(app, request, response.status_code, response.body["Message"])
    elif app.debug and response.status_code == 500 and isinstance(response.body, str):
        told = _unexpected(app, request)  # Chalice's own answer when debugging is the stack trace
    else:
        return response
    kept = {name: value for name, value in response.headers.items() if name.lower() != "content-type"}
    told.headers = {**kept, **told.headers}  # Allow and the CORS headers stay
    return told


def _told_by_chalice(app: Chalice, request: Request, status: int, message: str) -> Response:
    if status == 500:
        return _unexpected(app, request)
    if status == 405:
        allowed = sorted(app.routes[request.path])
        told = stock(405, method=request.method, allowed=allowed)
        told.headers["Allow"] = ", ".join(allowed)
        return told
    if status == 415:
        accepted = app.routes[request.path][request.method].content_types
        return stock(415, content_type=request.headers.get("content-type", ""), accepted=accepted)
    return stock(status, said=message) if status < 500 else stock(status, request_id=_id(request))


def _unexpected(app: Chalice, request: Request, *, exc_info: bool = False) -> Response:
    # The pattern, not the path: a path may hold a secret address.
    app.log.error(
        "Request %s (%s %s) failed unexpectedly and was answered with 500.",
        _id(request),
        request.method,
        request.path,
        exc_info=exc_info,
        extra={"action": "web.unexpected_error", "request_id": _id(request)},
    )
    return stock(500, request_id=_id(request))


def _id(request: Request) -> str:
    return str(request.context.get("requestId", "-"))
