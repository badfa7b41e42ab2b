"""The API of notices: what became of them, those that no channel took, and what their texts look like."""

from datetime import date

from chalice import Blueprint

from .. import bootstrap
from ..core.errors import InvalidInput
from ..usecases.reminding import dead, delivery_log, texts
from .app_factory import current_request
from .rules import SHAPES as RULES_SHAPES
from .rules import admin_of
from .views import accepted, fields, is_day, me, once, ports, views_of

notices = Blueprint(__name__)
view = views_of(notices)


@view("/api/v1/rulebooks/{rulebook}/texts", "POST")
def preview_texts(rulebook):
    """What messages would look like under a change of their layouts."""
    bearer = admin_of(rulebook)
    given = fields("change", shapes=RULES_SHAPES)
    url = bootstrap.settings()["DUBAN_PUBLIC_URL"]
    return {"texts": texts.shown_texts(ports(), bearer, given["change"], ports().clock(), url)}


@view("/api/v1/dead-letters", "GET")
def list_dead_letters():
    return {"letters": dead.letters(ports().store, me())}


@view("/api/v1/dead-letters/{letter}/resend", "POST")
def resend_dead_letter(letter):
    bearer = me()
    return accepted(dead.resend(ports(), bearer, letter, ports().clock(), once(bearer, None)))


@view("/api/v1/dead-letters/{letter}/dismiss", "POST")
def dismiss_dead_letter(letter):
    bearer = me()
    given = fields("why", shapes=RULES_SHAPES)
    return accepted(dead.dismiss(ports(), bearer, letter, given["why"], ports().clock(), once(bearer, given)))


@view("/api/v1/deliveries/{day}", "GET")
def list_deliveries(day):
    if not is_day(day):
        raise InvalidInput("地址中的日期应如 2026-08-31", "the day in the address should be like 2026-08-31")
    after = (current_request().query_params or {}).get("after")
    return delivery_log.delivery_log(ports().store, me(), date.fromisoformat(day), after)
