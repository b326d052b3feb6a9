"""The page that shows a basket, with what its orders would need of the funds."""

from urllib.parse import urlsplit

from flask import Response, make_response, render_template

from kite.simulator.account import costs, funds
from kite.simulator.core import sessions
from kite.simulator.core.context import services
from kite.simulator.core.items import Item
from kite.simulator.core.market import Instrument
from kite.simulator.core.scripted_symbols import SCRIPTS
from kite.simulator.core.security import allow_return
from kite.simulator.pages import baskets
from kite.simulator.pages.basket_edits import EditedLine
from kite.simulator.pages.baskets import WaitingBasket
from kite.simulator.pages.login import web_user


def basket_page(waiting: WaitingBasket, lines: list[EditedLine], status: int = 200) -> Response:
    """Return the page that shows a basket with its margins and charges, and asks for a decision."""
    at, client = services().at(), web_user() or sessions.USER_ID
    with services().ledger.read() as connection:
        available = funds.available(connection, client, at)
    figures = {line.number: _figures(line.item) for line in lines}
    margin, charges = (sum(figure[name] for figure in figures.values()) for name in ("margin", "charges"))
    total = {
        "available": available,
        "margin": margin,
        "charges": charges,
        "left": available - margin - charges,
    }
    answer = make_response(
        render_template(
            "simulator/basket.html",
            basket=waiting,
            lines=lines,
            figures=figures,
            total=total,
            share=_share(margin + charges, available),
            sender=urlsplit(waiting.target).netloc,
            user_id=client,
            scripts=SCRIPTS,
            popup=waiting.ending == baskets.MESSAGE,
        ),
        status,
    )
    return allow_return(answer, waiting.target, framed=waiting.ending == baskets.MESSAGE)


def _figures(item: Item) -> dict[str, int]:
    instrument = instrument_of(item)
    if not instrument:
        return {"value": 0, "margin": 0, "charges": 0}
    return {
        "value": costs.value(item, instrument),
        "margin": costs.margin(item, instrument),
        "charges": costs.charges(item, instrument),
    }


def _share(part: int, whole: int) -> float:
    """Return the share of the funds that a basket takes, from 0 to 1, for the bar on its page."""
    return min(part / whole, 1.0) if whole > 0 else 1.0


def instrument_of(item: Item) -> Instrument | None:
    """Return the instrument of an item, or None when the simulator does not have it."""
    return services().market.find(item.exchange, item.tradingsymbol)
