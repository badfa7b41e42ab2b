"""Duban on Chalice: registers the blueprints, nothing else."""

from chalicelib.web.app_factory import make_app

app = make_app()
