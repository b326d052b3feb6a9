"""The services that app.py put together, for the code that answers a request."""

from typing import cast

from flask import current_app

from kite.offsite.base.services import Services


def services() -> Services:
    """Return the site's services."""
    return cast(Services, current_app.extensions["basket"])
