"""The Chalice application, made safe for threads that share it and equal wherever it runs."""

from contextvars import ContextVar, copy_context
from functools import cache
from typing import Any
from urllib.parse import unquote

from chalice import Chalice
from chalice.app import Request

_request: ContextVar[Request | None] = ContextVar("duban_current_request", default=None)
_context: ContextVar[Any] = ContextVar("duban_lambda_context", default=None)


def current_request() -> Request | None:
    """The request this thread answers."""
    return _request.get()


class DubanApp(Chalice):
    """Chalice keeps the request and the Lambda context on the application object, where threads would read
    each other's. Here both live in context variables. Blueprints ask the application, and so are safe."""

    @property
    def current_request(self) -> Request | None:
        return _request.get()

    @current_request.setter
    def current_request(self, request: Request | None) -> None:
        _request.set(request)

    @property
    def lambda_context(self) -> Any:
        return _context.get()

    @lambda_context.setter
    def lambda_context(self, context: Any) -> None:
        _context.set(context)

    def __call__(self, event: dict[str, Any], context: Any) -> dict[str, Any]:
        # A context of its own for each call: nothing of one request is left on the thread for the next.
        return copy_context().run(super().__call__, _with_readable_parameters(event), context)


def _with_readable_parameters(event: dict[str, Any]) -> dict[str, Any]:
    """API Gateway hands path parameters over percent-encoded and Chalice passes them on so: decoded here."""
    parameters = event.get("pathParameters") or {}
    return {**event, "pathParameters": {name: unquote(value) for name, value in parameters.items()}}


@cache
def make_app() -> DubanApp:
    """The product's application: the log first, then problems, then who is asking, then the views. There is one in a
    process, because Chalice can register a blueprint only once."""
    from .api import api
    from .feeds import feeds
    from .functions import functions
    from .hooks import hooks
    from .meta import meta
    from .notices import notices
    from .pages import blueprints
    from .people import people
    from .problems import install
    from .rules import rules
    from .sheets import sheets
    from .telemetry import told
    from .views import install_access

    app = DubanApp("duban", configure_logs=False)
    app.register_middleware(told)
    install(app)
    install_access(app)
    app.register_blueprint(api)
    app.register_blueprint(people)
    app.register_blueprint(rules)
    app.register_blueprint(sheets)
    app.register_blueprint(feeds)
    app.register_blueprint(notices)
    app.register_blueprint(hooks)
    app.register_blueprint(meta)
    for blueprint in blueprints():
        app.register_blueprint(blueprint)
    app.register_blueprint(functions)
    return app
