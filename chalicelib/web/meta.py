"""What is outside the API proper: health and the API's description."""

from chalice import Blueprint, Response

from .. import bootstrap
from ..usecases.clockwork.health import health
from .openapi import describe

meta = Blueprint(__name__)


@meta.route("/health")
def show_health():
    """When the last tick ran; 503 while the clock does not live."""
    ports = bootstrap.ports()
    answer = health(ports.store, ports.clock())
    return Response(body=answer, status_code=200 if answer["ok"] else 503, headers={"Cache-Control": "no-store"})


@meta.route("/openapi.json")
def show_openapi():
    return describe(bootstrap.forms(), bootstrap.settings()["DUBAN_PUBLIC_URL"])
