"""The parts that app.py put together, for the request at hand."""

from typing import cast

from flask import current_app

from kite.offsite.base.services import Parts


def parts() -> Parts:
    """Return the site's parts."""
    return cast(Parts, current_app.extensions["basket"])
