"""The page of the rules: what each rule asks of an order, what the composer says when it is broken,
and where the rule comes from.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from flask import render_template
from flask_babel import gettext

from kite.basket.checking.caution import Caution
from kite.basket.checking.cautions import CAUTIONS
from kite.basket.checking.rules import RULES
from kite.basket.formats.choice_words import NOT_TAKEN
from kite.basket.items import FOREIGN_FIELDS, OWN_TAG_LENGTH
from kite.basket.problem import Problem, Rule, RuleSource
from kite.vocabulary import Exchange
from kite.web.composer.market_hours import holidays_known, hours_table
from kite.web.composer.row_fields import LABELS
from kite.web.site.surfaces import Surface, SurfaceBlueprint
from kite.web.wording.fact_words import with_facts
from kite.web.wording.rule_messages import sentence

bp = SurfaceBlueprint("rules", __name__, Surface.PERSONAL, indexed=True)

EXAMPLES: Mapping[str, Mapping[str, str]] = {
    "tradingsymbol_unknown": {"tradingsymbol": "INFI", "exchange": "NSE"},
    "index_not_traded": {"tradingsymbol": "NIFTY 50"},
    "contract_expired": {"tradingsymbol": "NIFTY26OCTFUT", "expiry": "2026-10-27"},
    "quantity_not_in_lots": {"lot": "75", "around": "75 or 150"},
    "not_on_tick": {"around": "3,012.40 / 3,012.45"},
    "market_on_trade_to_trade": {"tradingsymbol": "CENTRALBK-BE"},
    "price_far_above": {"percent": "45", "last": "1448.2"},
    "price_far_below": {"percent": "90", "last": "1448.2"},
    "trigger_price_far_above": {"percent": "45", "last": "1448.2"},
    "trigger_price_far_below": {"percent": "90", "last": "1448.2"},
    "too_many_shares": {"shares": "100000"},
    "the_same_twice": {"number": "1"},
    "held_elsewhere": {"exchange": "NSE", "held": "16", "other": "BSE"},
    "more_than_held": {"left": "10", "exchange": "NSE"},
    "sale_needs_authorisation": {"tradingsymbol": "INFY"},
    "sl_m_not_on_exchange": {"exchange": "BSE"},
    "too_many_decimals": {"most": str(Exchange.NSE.facts.decimals)},
    "disclosed_not_taken": {"exchange": "NFO"},
    "disclosed_too_small": {"share": "10", "least": "50"},
    "tag_not_plain": {"most": str(OWN_TAG_LENGTH)},
}
"""By code: the values that its sentence names here, where there is no order to name its own."""


@dataclass(frozen=True)
class RuleView:
    """A rule as the page shows it: its name, itself in a sentence, the sentences at a field, and
    its source.
    """

    id: str
    says: str
    sentences: list[str]
    source: RuleSource


@bp.get("/rules")
def show() -> str:
    """List every rule there is, in the order in which an order is checked, and what is only pointed
    out.
    """
    not_taken = [(gettext(LABELS[name]), values) for name, values in NOT_TAKEN.items()]
    return render_template(
        "composer/rules_page.html",
        rules=[_view(rule) for rule in RULES],
        cautions=[_view(caution) for caution in CAUTIONS],
        hours=hours_table(),
        holidays_known=holidays_known(),
        not_taken=not_taken,
        foreign=FOREIGN_FIELDS,
    )


def _view(rule: Rule | Caution) -> RuleView:
    sentences = [sentence(Problem(code, "", EXAMPLES.get(code, {}))) for code in rule.codes]
    return RuleView(rule.check.__name__, with_facts(rule.sentence), sentences, rule.source)
