"""What API Gateway does in the cloud, done for a WSGI server: `wsgi(app)` lets the same app run embedded.

A request becomes the event of a REST API's proxy integration (payload 1.0) and the answer is turned back, so
the app cannot tell the difference. As there, routes are matched here and path parameters stay encoded. Better
than there, HEAD and OPTIONS need no routes of their own and every refusal is a problem a person can read.
"""

import base64
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qs, quote
from uuid import uuid4

from chalice import Chalice, Response

from .problems import BODILESS, PATH_SAFE, seal, stock

MAX_BODY = 10 * 1024 * 1024  # API Gateway's own limit
CHUNK = 64 * 1024
PHRASES = {status.value: status.phrase for status in HTTPStatus}

Environ = dict[str, Any]
Headers = list[tuple[str, str]]


@dataclass(frozen=True, kw_only=True, slots=True)
class GatewayContext:
    """The part of a Lambda context that means something outside Lambda."""

    aws_request_id: str
    function_name: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Route:
    pattern: str
    parts: tuple[str, ...]
    methods: tuple[str, ...]

    def parameters(self, parts: list[str]) -> dict[str, str] | None:
        """The path parameters when this route is the one meant by a path, else None."""
        if len(parts) != len(self.parts):
            return None
        found = {}
        for wanted, part in zip(self.parts, parts, strict=True):
            if wanted.startswith("{") and part:
                found[wanted[1:-1]] = part
            elif wanted != part:
                return None
        return found


class Refused(Exception):
    """Answered by the gateway itself."""

    def __init__(self, answer: Response) -> None:
        super().__init__(answer.status_code)
        self.answer = answer


def wsgi(app: Chalice, *, max_body: int = MAX_BODY, stage: str = "embedded") -> Callable[..., Iterable[bytes]]:
    """The app as a WSGI callable. Its routes are read once, now: register blueprints first."""
    routes = _routes(app)

    def gateway(environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        request_id = str(uuid4())
        path = quote(environ.get("PATH_INFO", "").encode("latin-1") or b"/", safe=PATH_SAFE)
        try:
            route, parameters, method = _matched(routes, path, environ["REQUEST_METHOD"])
            event = _event(
                environ,
                method=method,
                path=path,
                route=route,
                parameters=parameters,
                body=_body(environ, max_body),
                stage=stage,
                request_id=request_id,
            )
            status, headers, body = _plain(app(event, GatewayContext(aws_request_id=request_id, function_name=app.app_name)))
        except Refused as refused:
            status, headers, body = sealed(refused.answer, path, environ)
        except Exception:
            app.log.exception(
                "Request %s could not be handed to the application, or its answer not sent.",
                request_id,
                extra={"action": "web.gateway_error", "request_id": request_id},
            )
            status, headers, body = sealed(stock(500, request_id=request_id), path, environ)
        start_response(status, headers)
        return [] if environ["REQUEST_METHOD"] == "HEAD" else [body]

    return gateway


def sealed(answer: Response, path: str, environ: Environ) -> tuple[str, Headers, bytes]:
    """Status line, headers and body of an answer that no view gave."""
    return _plain(seal(answer, path, dict(_request_headers(environ))).to_dict(["*/*"]))


def _routes(app: Chalice) -> list[Route]:
    """In the order of matching: a word goes before a parameter, judged from the left."""
    routes = [
        Route(pattern=pattern, parts=tuple(pattern.split("/")), methods=tuple(sorted(methods)))
        for pattern, methods in app.routes.items()
    ]
    return sorted(routes, key=lambda route: [part.startswith("{") for part in route.parts])


def _matched(routes: list[Route], path: str, method: str) -> tuple[Route, dict[str, str], str]:
    parts = ["", ""] if path == "/" else path.removesuffix("/").split("/")
    for route in routes:
        parameters = route.parameters(parts)
        if parameters is not None:
            return route, parameters, _method(route, method)
    raise Refused(stock(404))


def _method(route: Route, method: str) -> str:
    """The method to call the app with: HEAD is GET whose body is left out."""
    if method in route.methods:
        return method
    if method == "HEAD" and "GET" in route.methods:
        return "GET"
    allowed = sorted({*route.methods, "OPTIONS", *({"HEAD"} if "GET" in route.methods else ())})
    if method == "OPTIONS":
        answer = Response(body=b"", status_code=204, headers={})
    else:
        answer = stock(405, method=method, allowed=allowed)
    answer.headers["Allow"] = ", ".join(allowed)
    raise Refused(answer)


def _body(environ: Environ, limit: int) -> bytes:
    """The body, read to no more than one byte past the limit, whatever Content-Length says or leaves out."""
    announced = environ.get("CONTENT_LENGTH") or ""
    if announced and not (announced.isascii() and announced.isdigit()):
        raise Refused(stock(400))
    # 20 digits are more than any limit; Python refuses to read some thousands of them.
    if len(announced) > 20 or int(announced or 0) > limit:
        raise Refused(stock(413, limit_bytes=limit))
    # Only a server that says so lets its input be read to the end; without a length such input is chunked.
    wanted = limit + 1 if environ.get("wsgi.input_terminated") else int(announced or 0)
    chunks = []
    while wanted and (chunk := environ["wsgi.input"].read(min(wanted, CHUNK))):
        chunks.append(chunk)
        wanted -= len(chunk)
    body = b"".join(chunks)
    if len(body) > limit:
        raise Refused(stock(413, limit_bytes=limit))
    if announced and len(body) != int(announced):
        said = f"请求正文不完整：应为 {announced} 字节，实收 {len(body)} 字节。请重新提交。"
        raise Refused(stock(400, said=said))
    return body


def _event(
    environ: Environ,
    *,
    method: str,
    path: str,
    route: Route,
    parameters: dict[str, str],
    body: bytes,
    stage: str,
    request_id: str,
) -> dict[str, Any]:
    headers = dict(_request_headers(environ))
    asked = environ.get("QUERY_STRING", "").encode("latin-1").decode("utf-8", "replace")
    query = parse_qs(asked, keep_blank_values=True)
    return {
        "resource": route.pattern,
        "path": path,
        "httpMethod": method,
        "headers": headers,
        "multiValueHeaders": {name: [value] for name, value in headers.items()},
        "queryStringParameters": {name: values[-1] for name, values in query.items()} or None,
        "multiValueQueryStringParameters": query or None,
        "pathParameters": parameters or None,
        "stageVariables": None,
        "requestContext": {
            "resourcePath": route.pattern,
            "httpMethod": method,
            "path": path,
            "protocol": environ.get("SERVER_PROTOCOL", ""),
            "stage": stage,
            "requestId": request_id,
            "identity": {"sourceIp": environ.get("REMOTE_ADDR", ""), "userAgent": headers.get("User-Agent")},
        },
        "body": base64.b64encode(body).decode("ascii"),
        "isBase64Encoded": True,
    }


def _request_headers(environ: Environ) -> Iterable[tuple[str, str]]:
    for key, value in environ.items():
        if key in ("CONTENT_TYPE", "CONTENT_LENGTH") and value:
            yield key.replace("_", "-").title(), value
        elif key.startswith("HTTP_"):
            yield key.removeprefix("HTTP_").replace("_", "-").title(), value


def _plain(answer: Mapping[str, Any]) -> tuple[str, Headers, bytes]:
    """Status line, headers and body of a proxy integration's answer."""
    body = answer.get("body") or ""
    content = base64.b64decode(body) if answer.get("isBase64Encoded") else body.encode("utf-8")
    several = answer.get("multiValueHeaders") or {}
    single = {name: [value] for name, value in (answer.get("headers") or {}).items() if name not in several}
    headers = [(name, str(value)) for name, values in {**single, **several}.items() for value in values]
    for name, value in headers:
        if not (name + value).isprintable():
            raise ValueError(f"a control character in the answer's header {name!r}")
        (name + value).encode("latin-1")  # what HTTP carries; a server would fail later and answer nothing
    code = int(answer["statusCode"])
    ours = {"content-length", "content-type"} if code in BODILESS else {"content-length"}
    headers = [(name, value) for name, value in headers if name.lower() not in ours]
    if code not in BODILESS:
        headers.append(("Content-Length", str(len(content))))
    return f"{code} {PHRASES.get(code, 'Status')}", headers, b"" if code in BODILESS else content
