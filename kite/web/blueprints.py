"""Every blueprint by its surface, for app.py to add to the site."""

from flask import Flask

from kite.web.composer import compose, costs, instrument_search, prefill, rules_page
from kite.web.integrations import api, basket_page, button_builder, embed_press, webview_check
from kite.web.journey import handoff, kite_login, postbacks, result, returns
from kite.web.operator import accounts, baskets, permissions
from kite.web.receipts import archive, audit_trail, live, order_actions, personal_data, receipt_page
from kite.web.site import health
from kite.web.site.surfaces import Surface, UndeclaredSurface

PAGES = {
    Surface.PUBLIC: (prefill, instrument_search, basket_page),
    Surface.PERSONAL: (compose, costs, rules_page, archive, personal_data, button_builder, webview_check),
    Surface.EMBEDDED: (
        *(embed_press, handoff, returns, kite_login, result),
        *(receipt_page, order_actions, audit_trail, live),
    ),
    Surface.OPERATOR: (accounts, baskets, permissions),
    Surface.SERVER_TO_SERVER: (postbacks, api, health),
}
"""What is there for whom. Each blueprint names its surface itself; here they are seen together."""


def install(app: Flask) -> None:
    """Add them all.

    Raises UndeclaredSurface for one that names another surface than it is listed under.
    """
    for surface, pages in PAGES.items():
        for page in pages:
            if page.bp.policy.surface is not surface:
                raise UndeclaredSurface(
                    f"{page.bp.name} is listed as {surface}, and says {page.bp.policy.surface}."
                )
            app.register_blueprint(page.bp)
