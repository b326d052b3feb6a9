"""The operator's baskets: what is published, and what came of it."""

from flask import Blueprint, render_template

from kite.publishing import offers
from kite.store import presses, published
from kite.web import operator
from kite.web.parts import parts

bp = Blueprint("publishing", __name__, url_prefix="/operator")
bp.before_request(operator.only_operators)


@bp.get("/")
def home() -> str:
    """List the published baskets."""
    with parts().store.reading() as conn:
        found = published.every(conn)
        counts = presses.states(conn)
    shown = [(offers.judge(parts(), *each), counts.get(each[0].id, {})) for each in found]
    return render_template("operator/home.html", shown=shown)
