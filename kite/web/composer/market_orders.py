"""The composer's question about orders at market: leave them so, or give them a limit.

Nothing changes without a press. The button carries the limits that its words name, as that of a fix does, so
it sets just these, whatever the market does meanwhile.
"""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from urllib.parse import parse_qsl, urlencode

from flask_babel import gettext

from kite.basket.checking.protection import (
    DERIVATIVES_PERCENT,
    MOST_PERCENT,
    PROTECTED,
    SHARES_PERCENT,
    KnownPrice,
    Limit,
    protective_limit,
)
from kite.basket.items import Item
from kite.basket.numbers import Unreadable, number_or_percent
from kite.connect.market import Quote
from kite.exceptions import StoreUnavailable
from kite.offsite.account.costs import quotes
from kite.texts import typable
from kite.vocabulary import EQUITY, N_, OrderType, TransactionType
from kite.web.composer.forms import ItemForm
from kite.web.composer.row_edits import Row
from kite.web.site.context import services
from kite.web.site.visits import visit_id
from kite.web.wording.labels import order_name, typed_price
from kite.web.wording.limit_messages import (
    describe_place,
    offer_button,
    offer_sentence,
    percent_error,
    question_sentence,
    question_title,
)
from kite.web.wording.rule_messages import short

LIMIT = "limit-"
"""What the action begins with that gives orders a limit; after it come numbers of rows and prices:
limit-0=1462.70&2=88.5.
"""

LEAVE, ASK = "leave", "ask"
"""The actions that leave every order at market, and that ask again; their buttons have these ids."""

FOCUS = {LEAVE: ASK, ASK: LEAVE}
"""By the button that was pressed: the one in its place on the next page, which gets the focus."""

KINDS = {
    "shares": (N_("Percent, shares"), SHARES_PERCENT),
    "derivatives": (N_("Percent, derivatives"), DERIVATIVES_PERCENT),
}
"""What a percent can be typed for, by the end of its field's name: percent-shares."""

_ROW = re.compile("[0-9]{1,6}")


Percents = Mapping[str, Decimal | None]
"""The percent for each of KINDS, None where its text cannot be read."""


@dataclass(frozen=True)
class PercentField:
    """A field for a percent, as it was typed or preselected; `wrong` when it cannot be read."""

    name: str
    label: str
    text: str
    wrong: bool = False


@dataclass(frozen=True)
class LimitOffer:
    """What one order could become.

    `where` says where the limit is beside the market, `says` is the sentence that offers it, `words` and
    `action` are its button's; all but `where` are empty when no limit can be worked out.
    """

    order: str
    where: str
    says: str = ""
    words: str = ""
    action: str = ""


@dataclass(frozen=True)
class Question:
    """Everything that is asked. With one order only, `says` tells all of its offer.

    `left_names` are the orders that a person has left at market, `left_count` those of them that are ready.
    `error` is about percents that cannot be read, `typed` are names and texts of those without a field now.
    """

    title: str
    says: str
    offers: Sequence[LimitOffer]
    every: LimitOffer | None
    percents: Sequence[PercentField]
    error: str
    left_names: str
    left_count: int
    typed: Sequence[tuple[str, str]]


def build_question(orders: Sequence[ItemForm], form: Mapping[str, str], action: str = "") -> Question | None:
    """Return the question about every order that is right and goes at market; None without any.

    `form` is what was posted: percents, and what was left at market before. An order that is wrong for a
    while keeps its answer.
    """
    at_market = _at_market(orders)
    ready = [order for order in at_market if order.ready]
    names_left = _names_left(at_market, form, action)
    asked_about = [order for order in ready if _name(order) not in names_left]
    percents = _read_percents(form)
    fields = _percent_fields(asked_about, form, percents)
    typed = _typed_before(form, fields)
    if not (ready or names_left or typed):
        return None
    offers, offer_for_all = _offers(asked_about, percents)
    return Question(
        title=question_title([offer.order for offer in offers]),
        says=question_sentence([offer.says for offer in offers]),
        offers=offers,
        every=offer_for_all,
        percents=fields,
        error=_percent_error(fields),
        left_names=" ".join(sorted(names_left)),
        left_count=len(ready) - len(asked_about),
        typed=typed,
    )


def set_limits(rows: Sequence[Row], action: str) -> tuple[list[Row], list[int]]:
    """Give orders the limits that `action` names, as if they had been typed; return the rows, and the indexes
    of those that have changed.

    A row that is not at market any more, or is not there, stays as it is.
    """
    changed = [dict(row) for row in rows]
    indexes = []
    # The action comes from a page that may be older than its rows, or from anybody who writes requests.
    for number, text in parse_qsl(action.removeprefix(LIMIT), max_num_fields=None, errors="replace"):
        if not _ROW.fullmatch(number) or int(number) >= len(changed):
            continue
        row = changed[int(number)]
        order_type = row.get("order_type", "")
        if order_type in PROTECTED:
            row |= {"order_type": PROTECTED[OrderType(order_type)].value, "price": typable(text)}
            indexes.append(int(number))
    return changed, indexes


def _at_market(orders: Sequence[ItemForm]) -> list[ItemForm]:
    return [order for order in orders if not order.blank and order.read[0].order_type in PROTECTED]


def _names_left(at_market: Sequence[ItemForm], form: Mapping[str, str], action: str) -> set[str]:
    """Return the names of the orders that a person has left at market, with those of this press."""
    names = set() if action == ASK else set(form.get("left", "").split())
    if action == LEAVE:
        names |= {_name(order) for order in at_market if order.ready}
    # An order that was removed, or changed into another one, must be asked about if it comes back.
    return names & {_name(order) for order in at_market}


def _name(order: ItemForm) -> str:
    """Return what an order that was left at market is known by while rows move: never any spaces."""
    item = order.read[0]
    return f"{item.exchange}:{item.tradingsymbol}:{item.transaction_type}:{item.order_type}".replace(" ", "_")


def _kind(item: Item) -> str:
    if item.exchange in EQUITY:
        return "shares"
    return "derivatives"


def _read_percents(form: Mapping[str, str]) -> Percents:
    return {kind: _read_percent(form.get(f"percent-{kind}", ""), usual) for kind, (_, usual) in KINDS.items()}


def _read_percent(text: str, usual: Decimal) -> Decimal | None:
    """Return the percent that was typed, the usual one for an empty field, None for what makes no limit."""
    try:
        percent = number_or_percent(text)
    except Unreadable:
        return None
    if percent is None:
        return usual
    if 0 < percent <= MOST_PERCENT:
        return percent
    return None


def _percent_fields(
    orders: Collection[ItemForm], form: Mapping[str, str], percents: Percents
) -> list[PercentField]:
    """Return a field for each kind of instrument that is asked about."""
    kinds = {_kind(order.read[0]) for order in orders}
    texts = {
        kind: typable(form.get(f"percent-{kind}", "").strip()) or f"{usual:f}"
        for kind, (_, usual) in KINDS.items()
    }
    return [
        PercentField(f"percent-{kind}", gettext(words), texts[kind], percents[kind] is None)
        for kind, (words, _) in KINDS.items()
        if kind in kinds
    ]


def _percent_error(fields: Sequence[PercentField]) -> str:
    return percent_error(field.wrong for field in fields)


def _typed_before(form: Mapping[str, str], fields: Sequence[PercentField]) -> list[tuple[str, str]]:
    """Return the percents that were typed and have no field on this page.

    They go along as hidden fields, so that a person finds them again when the kind is asked about again.
    """
    on_page = {field.name for field in fields}
    names = [f"percent-{kind}" for kind in KINDS if f"percent-{kind}" not in on_page]
    return [(name, typable(form[name])) for name in names if form.get(name, "").strip()]


def _quote_key(item: Item) -> str:
    return f"{item.exchange}:{item.tradingsymbol}"


def _quotes(orders: Collection[ItemForm]) -> Mapping[str, Quote]:
    """Return the quotes of orders at market, as far as a session of this visit can ask Kite for them."""
    items = [order.read[0] for order in orders]
    # A stop gets its limit from its own trigger, so its quote would be asked for in vain.
    keys = (_quote_key(item) for item in items if not item.order_type.facts.takes_trigger)
    try:
        return quotes(services(), visit_id(), keys)
    except StoreUnavailable:
        return {}  # the last closes in the list of instruments do without the database


def _offers(orders: Sequence[ItemForm], percents: Percents) -> tuple[list[LimitOffer], LimitOffer | None]:
    """Return the offer of each order, and the one that gives all of them their limits."""
    known_quotes = _quotes(orders)
    limits = {order.index: _limit(order, percents, known_quotes) for order in orders}
    offers = [_offer(order, limits[order.index], percents, known_quotes) for order in orders]
    return offers, _offer_for_all(limits)


def _limit(order: ItemForm, percents: Percents, known_quotes: Mapping[str, Quote]) -> Limit | None:
    item, instrument = order.read[0], order.instrument
    percent = percents[_kind(item)]
    if instrument is None or percent is None:
        return None
    known_price = KnownPrice(instrument.last_price)
    if quote := known_quotes.get(_quote_key(item)):
        known_price = KnownPrice(quote.last_price, quote.lower_circuit_limit, quote.upper_circuit_limit)
    return protective_limit(item, instrument.tick_size, percent, known_price)


def _offer(
    order: ItemForm, new_limit: Limit | None, percents: Percents, known_quotes: Mapping[str, Quote]
) -> LimitOffer:
    item = order.read[0]
    name = order_name(order.index, short(item.tradingsymbol))
    percent = percents[_kind(item)]
    if new_limit is None or percent is None:
        return LimitOffer(name, gettext("no limit can be worked out"))
    side = TransactionType(item.transaction_type).value
    where = describe_place(new_limit, _basis(item, known_quotes), side, percent)
    action = LIMIT + urlencode({str(order.index): typed_price(new_limit.price)})
    return LimitOffer(name, where, offer_sentence(new_limit, where), offer_button(new_limit), action)


def _basis(item: Item, known_quotes: Mapping[str, Quote]) -> str:
    """Return which price the limit of an order is worked out from."""
    if item.order_type.facts.takes_trigger:
        return "trigger"
    if _quote_key(item) in known_quotes:
        return "quote"
    return "close"


def _offer_for_all(limits: Mapping[int, Limit | None]) -> LimitOffer | None:
    """Return the button that gives every order its limit; None where the button of one order does that."""
    prices = {str(index): typed_price(new_limit.price) for index, new_limit in limits.items() if new_limit}
    if len(prices) < 2:
        return None
    words = gettext("Make all %(count)s limits", count=len(prices))
    return LimitOffer("", "", "", words, LIMIT + urlencode(prices))
