"""What is outside the API proper: health, the API's description, and a plain front page."""

from chalice import Blueprint, Response

from .. import bootstrap
from ..usecases.health import health
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


@meta.route("/")
def front():
    url = bootstrap.settings()["DUBAN_PUBLIC_URL"]
    return Response(
        headers={"Content-Type": "text/html; charset=utf-8", "Content-Security-Policy": "default-src 'none'"},
        body=FRONT.format(url=url),
    )


FRONT = """<!doctype html>
<html lang="zh-CN"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>督办 Duban</title></head>
<body><h1>督办 Duban</h1>
<p>政务信息化项目管理办法的期限、依据与提醒。接口说明：<a href="/openapi.json">/openapi.json</a>；运行状况：<a href="/health">/health</a>。</p>
<p lang="en">Deadlines of government IT project regulations, with the article each rests on. The API is at {url}/api/v1.</p>
</body></html>
"""
