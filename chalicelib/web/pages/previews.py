"""The preview of a large place, which a job made: what it found, as of any other place."""

from chalice import Blueprint

from ...usecases.rulebooks import previewing
from . import calendars, tuning
from .page import me, pages_of, ports, redirect, show

previews = Blueprint(__name__)
page = pages_of(previews)


@page("/admin/previews/{job}", roles=("admin",))
def show_preview(job):
    made = previewing.result(ports(), me(), job)
    asked, found = made["asked"], made["preview"] and {**made["preview"], "job": job, "unread": made["unread"]}
    if made["state"] == "running":
        return redirect(f"/jobs/{job}")
    if "notice" in asked and made["state"] == "done":
        return calendars.show_found(asked["year"], asked["typed"], asked["notice"], found)
    if made["state"] == "done":
        return tuning.show_found(asked["carried"], asked["change"], found)
    text = (
        f"预览以第{made['version']}版为准，其间已发布新的规则或放假安排，请重新预览",
        "other rules were published since; preview again",
    )
    if "notice" in asked:
        return calendars.show_form(asked["year"], asked["typed"], faults=[("title", text)], status=409)
    title = ("有人先发布了", "Somebody published first")
    return show("conflict.html", title, status=409, carried=asked["carried"], text=text)
