"""Every family of pages, for app.py to add to the site."""

from flask import Flask

from kite.web.composer import compose, costs, instrument_search, prefill, rules_page
from kite.web.integrations import api, basket_page, button_builder, embed_press, webview_check
from kite.web.journey import handoff, kite_login, postbacks, result, returns
from kite.web.operator import accounts, baskets, permissions
from kite.web.receipts import archive, audit_trail, live, order_actions, personal_data, receipt_page
from kite.web.site import health

PAGES = (
    *(
        compose,
        prefill,
        costs,
        rules_page,
        handoff,
        returns,
        archive,
        audit_trail,
        receipt_page,
        order_actions,
        live,
        postbacks,
        kite_login,
        personal_data,
    ),
    *(accounts, baskets, permissions, basket_page, embed_press, button_builder, result, api, webview_check),
    *(instrument_search, health),
)


def install(app: Flask) -> None:
    """Add them all."""
    for pages in PAGES:
        app.register_blueprint(pages.bp)
