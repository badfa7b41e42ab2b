"""Server-rendered pages: a blueprint for each area, registered here. docs/pages.md says how a page is added."""

from chalice import Blueprint


def blueprints() -> list[Blueprint]:
    """In no particular order: the gateway matches words before parameters."""
    from .admin import admin
    from .answer import answer
    from .board import board_pages
    from .calendars import calendars
    from .choosing import choosing
    from .contacts import contacts
    from .deliveries import deliveries
    from .duties import duty_pages
    from .exports import export_pages
    from .feeds import feed_pages
    from .filling import filling
    from .finding import finding
    from .health import health_pages
    from .home import home
    from .imports import import_pages
    from .interrupted import interrupted_pages
    from .jobs import jobs
    from .parties import party_pages
    from .previews import previews
    from .projects import projects
    from .rulebooks import rulebooks
    from .sending import sending
    from .sent import sent
    from .signin import signin
    from .tuning import tuning_pages
    from .uploading import uploading

    return [
        admin,
        answer,
        board_pages,
        calendars,
        choosing,
        contacts,
        deliveries,
        duty_pages,
        export_pages,
        feed_pages,
        filling,
        finding,
        health_pages,
        home,
        import_pages,
        interrupted_pages,
        jobs,
        party_pages,
        previews,
        projects,
        rulebooks,
        sending,
        sent,
        signin,
        tuning_pages,
        uploading,
    ]
