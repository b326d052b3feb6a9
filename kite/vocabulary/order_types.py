"""The table of order types: one row for each, with the prices it takes and what pages call it."""

from dataclasses import dataclass

from kite.vocabulary.marks import N_, WordWithFacts


@dataclass(frozen=True, kw_only=True)
class OrderTypeFacts:
    """What is known of an order type.

    `takes_trigger` is for orders of an ordinary variety: a cover order has one at every type.
    `label` is what people choose, `in_sentence` its name there, and `spellings` are what they write
    beside Kite's spelling, in capitals. `made_into` are the words of a button that makes an order
    one of this type. `price_problem` is said of an order without the price that it takes, or with
    one that it does not take; `trigger_problem` likewise. `offer` is the sentence that offers it as
    the limit for an order at market, "" where it is none. `on_button` is how a button on other
    pages says it, in English, with % for the price.
    """

    takes_price: bool
    takes_trigger: bool
    label: str
    in_sentence: str
    made_into: str
    price_problem: str
    trigger_problem: str
    on_button: str
    spellings: tuple[str, ...] = ()
    offer: str = ""


class OrderType(WordWithFacts):
    """How the price of an order is set."""

    facts: OrderTypeFacts

    MARKET = (
        "MARKET",
        OrderTypeFacts(
            takes_price=False,
            takes_trigger=False,
            label=N_("Market"),
            in_sentence=N_("market"),
            made_into=N_("Make it a market order"),
            price_problem=N_("Market orders take no price. Remove it, or make it a limit."),
            trigger_problem=N_("Market orders take no trigger. Remove it, or make it an SL-M."),
            on_button="At market",
            spellings=("MKT",),
        ),
    )
    LIMIT = (
        "LIMIT",
        OrderTypeFacts(
            takes_price=True,
            takes_trigger=False,
            label=N_("Limit"),
            in_sentence=N_("limit"),
            made_into=N_("Make it a limit"),
            price_problem=N_("A limit order needs a price."),
            trigger_problem=N_("Limit orders take no trigger. Remove it, or make it an SL."),
            on_button="Limit %",
            offer=N_("A limit %(where)s would be ₹%(price)s."),
        ),
    )
    SL = (
        "SL",
        OrderTypeFacts(
            takes_price=True,
            takes_trigger=True,
            label=N_("SL (stop-loss)"),
            in_sentence=N_("SL"),
            made_into=N_("Make it an SL"),
            price_problem=N_("An SL order needs a price."),
            trigger_problem=N_("An SL order needs a trigger."),
            on_button="SL %",
            offer=N_("An SL %(where)s would be ₹%(price)s."),
        ),
    )
    SL_M = (
        "SL-M",
        OrderTypeFacts(
            takes_price=False,
            takes_trigger=True,
            label=N_("SL-M (stop-loss market)"),
            in_sentence=N_("SL-M"),
            made_into=N_("Make it an SL-M"),
            price_problem=N_("SL-M orders take no price. Remove it, or make it an SL."),
            trigger_problem=N_("An SL-M order needs a trigger."),
            on_button="SL-M",
            spellings=("SLM",),
        ),
    )


def with_price(order_type: OrderType) -> OrderType | None:
    """Return the type that an order becomes when it is given a price, its trigger or none as before.

    None where there is no such type.
    """
    same_trigger = (
        other for other in OrderType if other.facts.takes_trigger is order_type.facts.takes_trigger
    )
    return next((other for other in same_trigger if other.facts.takes_price), None)


def with_trigger(order_type: OrderType) -> OrderType | None:
    """Return the type that an order becomes when it is given a trigger, its price or none as before.

    None where there is no such type.
    """
    same_price = (other for other in OrderType if other.facts.takes_price is order_type.facts.takes_price)
    return next((other for other in same_price if other.facts.takes_trigger), None)
