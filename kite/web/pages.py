"""Every family of pages, for app.py to add to the site."""

from flask import Flask

from kite.web import (
    acting,
    archive,
    compose,
    data,
    executions,
    handoff,
    health,
    live,
    operator,
    permissions,
    postbacks,
    publishing,
    returns,
    rules,
    sessions,
    trail,
)

PAGES = (
    *(compose, rules, handoff, returns, archive, trail, executions, acting, live, postbacks, sessions, data),
    *(operator, publishing, permissions),
    *(health,),
)


def install(app: Flask) -> None:
    """Add them all."""
    for pages in PAGES:
        app.register_blueprint(pages.bp)
