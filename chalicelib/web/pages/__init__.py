"""Server-rendered pages: a blueprint for each area, registered here. docs/pages.md says how a page is added."""

from chalice import Blueprint


def blueprints() -> list[Blueprint]:
    """In no particular order: the gateway matches words before parameters."""
    from .answer import answer
    from .choosing import choosing
    from .filling import filling
    from .home import home
    from .sending import sending
    from .sent import sent
    from .signin import signin
    from .uploading import uploading

    return [answer, choosing, filling, home, sending, sent, signin, uploading]
