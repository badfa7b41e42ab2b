"""What a use case raises, as whoever asked is told."""

from chalice import Blueprint

from chalicelib.core.errors import Forbidden, StoreConflict
from chalicelib.web.app_factory import DubanApp
from chalicelib.web.pages.page import pages_of
from chalicelib.web.problems import install
from chalicelib.web.views import views_of

from .small_app import by_wsgi


def told(error):
    """The answers of a view and of a page whose use case raises it."""
    blueprint = Blueprint(__name__)

    def raising():
        raise error

    views_of(blueprint)("/view", "GET")(raising)
    pages_of(blueprint)("/page", roles=None)(raising)
    app = DubanApp("small", configure_logs=False, env={})
    install(app)
    app.register_blueprint(blueprint)
    return [by_wsgi(app, "GET", path) for path in ("/view", "/page")]


def test_what_may_not_be_done_is_said(api):
    assert [answer.status for answer in told(Forbidden("不行", "no"))] == [403, 403]


def test_who_meets_others_at_each_try_is_asked_to_come_again(api):
    view, page = told(StoreConflict("another writer was faster"))
    assert view.status == 409 and view.json["type"].endswith("conflict")
    assert page.status == 409 and "同时修改的人太多，请稍后再试" in page.body.decode()
