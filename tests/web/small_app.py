"""A small app with a view of each sort, and three ways to ask it: the bare gateway, Lambda, a real server."""

import base64
import io
import json
import logging
import threading
import time
from contextlib import closing, contextmanager
from dataclasses import dataclass
from urllib.parse import unquote_to_bytes
from wsgiref.util import setup_testing_defaults
from wsgiref.validate import validator

from chalice import BadRequestError, Blueprint, ForbiddenError, NotFoundError, Response, UnauthorizedError
from waitress import create_server, wasyncore

from chalicelib.web.app_factory import DubanApp
from chalicelib.web.gateway import MAX_BODY, GatewayContext, wsgi
from chalicelib.web.problems import install, problem

PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256))
MULTIPART = b'--b\r\nContent-Disposition: form-data; name="f"; filename="x"\r\n\r\n' + PNG + b"\r\n--b--\r\n"


def small_app(*, debug=False):
    app = DubanApp("small", configure_logs=False, env={})
    app.log = logging.getLogger("tests.web.small")
    app.debug = debug
    install(app)
    blueprint = Blueprint("blue")

    @app.middleware("http")
    def only_members(request, get_response):
        if request.headers.get("authorization") == "banned":
            raise ForbiddenError("您已被停用")
        return get_response(request)

    @app.route("/")
    def home():
        return Response(body="<h1>督办</h1>", headers={"Content-Type": "text/html; charset=utf-8"})

    @app.route("/a/{word}")
    def one(word):
        return {"word": word}

    @app.route("/a/fixed", methods=["PUT"])
    def fixed():
        return Response(body="", status_code=204)

    @app.route("/query")
    def query():
        asked = app.current_request.query_params
        return {name: asked.getlist(name) for name in asked} if asked else {}

    @app.route("/json", methods=["POST"])
    def from_json():
        return {"got": app.current_request.json_body}

    @app.route("/body", methods=["POST"], content_types=["*/*"])
    def body():
        kind = app.current_request.headers.get("content-type", "application/octet-stream")
        return Response(body=app.current_request.raw_body, headers={"Content-Type": kind})

    @app.route("/image")
    def image():
        return Response(body=PNG, headers={"Content-Type": "image/png", "Set-Cookie": ["a=1", "b=2"]})

    @app.route("/fails/{how}")
    def fails(how):
        if how == "own":
            return problem(422, "late", "已逾期", "超过了法定期限", "past the due date", errors=["a", "b"])
        raise {
            "unexpected": RuntimeError("secret 13800000000"),
            "missing": NotFoundError("没有这个项目"),
            "english": BadRequestError("no such unit"),
            "nobody": UnauthorizedError(),
        }[how]

    @app.route("/unspeakable")
    def unspeakable():
        return {"thing": object()}

    @blueprint.route("/whoami")
    def whoami():
        time.sleep(0.0002)  # lets the other threads in, between the asking and the answering
        return {
            "app": app.current_request.headers["authorization"],
            "blueprint": blueprint.current_request.headers["authorization"],
            "same_context": app.lambda_context.aws_request_id == app.current_request.context["requestId"],
        }

    app.register_blueprint(blueprint)
    return app


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    status: int
    headers: dict[str, list[str]]
    body: bytes

    @property
    def json(self):
        return json.loads(self.body)

    def says(self, status, slug):
        """The body of a problem, once it is seen to be a whole one."""
        assert self.status == status
        assert self.headers["content-type"] == ["application/problem+json"]
        told = self.json
        assert told["status"] == status
        assert told["type"] == f"urn:duban:problem:{slug}"
        assert told["title"]
        assert not told["title"].isascii()
        assert told["detail"]
        assert told["detail_en"].isascii()
        assert told["instance"].startswith("/")
        return told


def collected(status, headers, body):
    by_name = {}
    for name, value in headers:
        by_name.setdefault(name.lower(), []).append(value)
    return Answer(status=status, headers=by_name, body=body)


def by_wsgi(app, method, path, *, body=b"", headers=(), environ=(), limit=MAX_BODY, application=None, **_):
    """The gateway (or the application before it) without a server, held to PEP 3333 by the standard library's validator."""
    path, _, asked = path.partition("?")
    full = {
        "REQUEST_METHOD": method,
        "SCRIPT_NAME": "",
        "QUERY_STRING": asked,
        "REMOTE_ADDR": "127.0.0.1",
        "PATH_INFO": unquote_to_bytes(path).decode("latin-1"),
        "wsgi.input": io.BytesIO(body),
    }
    setup_testing_defaults(full)
    if body:
        full["CONTENT_LENGTH"] = str(len(body))
    for name, value in dict(headers).items():
        full["CONTENT_TYPE" if name == "Content-Type" else "HTTP_" + name.upper().replace("-", "_")] = value
    full |= dict(environ)
    started = []

    def start_response(status, answered, exc_info=None):
        started.append((int(status[:3]), answered))
        return lambda written: None

    with closing(validator(application or wsgi(app, max_body=limit))(full, start_response)) as chunks:
        content = b"".join(chunks)
    return collected(*started[0], content)


def by_lambda(app, method, path, *, resource=None, body=b"", headers=(), **parameters):
    """The event that API Gateway makes: encoded path parameters, null for what is absent, base64 bodies."""
    path, _, asked = path.partition("?")
    query = {}
    for name, value in (pair.split("=") for pair in asked.split("&") if pair):
        query.setdefault(unquote_to_bytes(name).decode(), []).append(unquote_to_bytes(value).decode())
    event = {
        "resource": resource or path,
        "path": path,
        "httpMethod": method,
        "headers": dict(headers) or None,
        "multiValueQueryStringParameters": query or None,
        "pathParameters": parameters or None,
        "stageVariables": None,
        "body": base64.b64encode(body).decode() if body else None,
        "isBase64Encoded": bool(body),
        "requestContext": {"httpMethod": method, "resourcePath": resource or path, "requestId": "r-1"},
    }
    answer = app(event, GatewayContext(aws_request_id="r-1", function_name="small"))
    answer = json.loads(json.dumps(answer))  # as Lambda sends it
    assert answer["isBase64Encoded"] is True
    several = [(name, value) for name, values in answer["multiValueHeaders"].items() for value in values]
    pairs = [*answer["headers"].items(), *several]
    return collected(answer["statusCode"], pairs, base64.b64decode(answer["body"]))


@contextmanager
def served(app, **options):
    """A real waitress with eight threads on a free loopback port; gives the port."""
    sockets = {}
    server = create_server(wsgi(app), map=sockets, listen="127.0.0.1:0", threads=8, **options)
    loop = threading.Thread(target=server.run)
    loop.start()
    try:
        yield server.effective_port
    finally:
        server.trigger.pull_trigger(lambda: wasyncore.close_all(sockets))  # in its own thread; the loop ends
        loop.join()
        server.task_dispatcher.shutdown()


def over_http(connection, method, path, **rest):
    connection.request(method, path, **rest)
    response = connection.getresponse()
    return collected(response.status, response.getheaders(), response.read())
