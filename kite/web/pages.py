"""Every family of pages, for app.py to add to the site."""

from flask import Flask

from kite.web import (
    acting,
    api,
    archive,
    buttons,
    compose,
    data,
    embedding,
    ending,
    executions,
    handoff,
    health,
    instruments,
    live,
    money,
    operator,
    permissions,
    postbacks,
    prefill,
    published,
    publishing,
    returns,
    rules,
    sessions,
    trail,
    webview,
)

PAGES = (
    *(compose, prefill, money, rules, handoff, returns, archive, trail, executions, acting, live, postbacks, sessions, data),
    *(operator, publishing, permissions, published, embedding, buttons, ending, api, webview),
    *(instruments, health),
)


def install(app: Flask) -> None:
    """Add them all."""
    for pages in PAGES:
        app.register_blueprint(pages.bp)
