"""The composer's question about orders at market: leave them so, or give them a limit.

Nothing changes without a press.

A press carries the limits that its words name, as a fix does, so it means what it said whatever the market
does meanwhile.
"""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from urllib.parse import parse_qsl, urlencode

from flask_babel import gettext, ngettext

from kite.basket.checking.protection import (
    DERIVATIVES_PERCENT,
    MOST_PERCENT,
    PROTECTED,
    SHARES_PERCENT,
    KnownPrice,
    Limit,
    limit,
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
from kite.web.wording.labels import price
from kite.web.wording.rule_messages import short

LIMIT = "limit-"
"""What the action begins with that gives orders a limit; after it come numbers of rows and prices:
limit-0=1462.70&2=88.5.
"""

LEAVE, ASK = "leave", "ask"
"""The actions that leave every order at market, and that ask again; their buttons have these ids."""

FOCUS = {LEAVE: ASK, ASK: LEAVE}
"""The button that stands where the pressed one stood."""

KINDS = {
    "shares": (N_("Percent, shares"), SHARES_PERCENT),
    "derivatives": (N_("Percent, derivatives"), DERIVATIVES_PERCENT),
}
"""What a percent can be typed for, by the end of its field's name: percent-shares."""

WHERE: Mapping[tuple[str, str], str] = {
    ("close", "BUY"): N_("%(percent)s %% above the last close"),
    ("close", "SELL"): N_("%(percent)s %% below the last close"),
    ("quote", "BUY"): N_("%(percent)s %% above the last price"),
    ("quote", "SELL"): N_("%(percent)s %% below the last price"),
    ("trigger", "BUY"): N_("%(percent)s %% above its trigger"),
    ("trigger", "SELL"): N_("%(percent)s %% below its trigger"),
    ("band", "BUY"): N_("at today’s upper limit"),
    ("band", "SELL"): N_("at today’s lower limit"),
}
"""Where a limit stands, by what it is worked out from and the side of its order.

The band stands nearer than the percent.
"""

MADE = {
    OrderType.LIMIT: (N_("A limit %(where)s would be ₹%(price)s."), N_("Make it a limit at %(price)s")),
    OrderType.SL: (N_("An SL %(where)s would be ₹%(price)s."), N_("Make it an SL at %(price)s")),
}
"""By what an order becomes: the sentence and the button that offer it."""

_ROW = re.compile("[0-9]{1,6}")


@dataclass(frozen=True)
class Percent:
    """A field for a percent, as it was typed or preselected; `wrong` when it cannot be read."""

    name: str
    label: str
    text: str
    wrong: bool = False


@dataclass(frozen=True)
class LimitOffer:
    """What one order could become.

    `where` says how the limit stands to the market, `says` it in a sentence; empty where there is none.
    """

    order: str
    where: str
    says: str = ""
    words: str = ""
    action: str = ""


@dataclass(frozen=True)
class Question:
    """Everything that is asked.

    `left` names the orders that were left at market, `kept` counts those that would go so now.

    With one order only, `says` tells all of its offer; `error` is about the percents that cannot be read.
    `typed` are names and texts of percents for which nothing is asked at present.
    """

    title: str
    says: str
    offers: Sequence[LimitOffer]
    every: LimitOffer | None
    percents: Sequence[Percent]
    error: str
    left: str
    kept: int
    typed: Sequence[tuple[str, str]]


def question(orders: Sequence[ItemForm], form: Mapping[str, str], action: str = "") -> Question | None:
    """Ask about every order of `orders` that is right and goes at market; None when there is nothing to ask
    or to remember.

    `form` is what was posted: percents, and what was left at market before. An order that is wrong for a
    while keeps its answer.
    """
    at_market = {
        index: order
        for index, order in enumerate(orders)
        if not order.blank and order.read[0].order_type in PROTECTED
    }
    market = {index: order for index, order in at_market.items() if order.ready}
    names = {index: _name(order.read[0]) for index, order in at_market.items()}
    before = set() if action == ASK else set(form.get("left", "").split())
    left = (before | {names[index] for index in market} if action == LEAVE else before) & set(names.values())
    asked = {index: order for index, order in market.items() if names[index] not in left}
    percents = _percents(form)
    fields = _fields(asked.values(), form, percents)
    typed = _typed_before(form, {each.name for each in fields})
    if not (market or left or typed):
        return None
    known = _quotes([order.read[0] for order in asked.values()])
    limits = {index: _limit(order, percents, known) for index, order in asked.items()}
    offers = [_offer(index, asked[index], found, percents, known) for index, found in limits.items()]
    one = offers[0] if len(offers) == 1 else None
    return Question(
        title=_title(offers),
        says=_says(one) if one else gettext("As they are, they take any price."),
        offers=offers,
        every=_every(limits),
        percents=fields,
        error=(
            gettext("Enter a percent above 0, like 1.5, and 100 at most.")
            if any(each.wrong for each in fields)
            else ""
        ),
        left=" ".join(sorted(left)),
        kept=len(market) - len(asked),
        typed=typed,
    )


def put(rows: Sequence[Row], action: str) -> tuple[list[Row], list[int]]:
    """Give orders the limits that `action` names, as if they had been typed; return the rows, and which have
    changed.

    A row that is not at market any more, or is not there, stays as it is.
    """
    changed = [dict(row) for row in rows]
    done = []
    for number, text in parse_qsl(action.removeprefix(LIMIT), max_num_fields=None, errors="replace"):
        index = int(number) if _ROW.fullmatch(number) else len(changed)
        at_market = index < len(changed) and changed[index].get("order_type", "")
        if at_market and at_market in PROTECTED:
            changed[index] |= {"order_type": PROTECTED[OrderType(at_market)].value, "price": typable(text)}
            done.append(index)
    return changed, done


def _name(item: Item) -> str:
    """Return what an order that was left at market is known by while rows move: never any spaces."""
    return f"{item.exchange}:{item.tradingsymbol}:{item.transaction_type}:{item.order_type}".replace(" ", "_")


def _kind(item: Item) -> str:
    return "shares" if item.exchange in EQUITY else "derivatives"


def _percents(form: Mapping[str, str]) -> dict[str, Decimal | None]:
    """Return the percent for each kind, None where the text is none."""
    read: dict[str, Decimal | None] = {}
    for kind, (_, usual) in KINDS.items():
        try:
            typed = number_or_percent(form.get(f"percent-{kind}", ""))
        except Unreadable:
            typed = Decimal(0)
        read[kind] = usual if typed is None else typed if 0 < typed <= MOST_PERCENT else None
    return read


def _fields(
    orders: Collection[ItemForm], form: Mapping[str, str], percents: Mapping[str, Decimal | None]
) -> list[Percent]:
    """Return a field for each kind of instrument that is asked about."""
    kinds = {_kind(order.read[0]) for order in orders}
    texts = {
        kind: typable(form.get(f"percent-{kind}", "").strip()) or f"{usual:f}"
        for kind, (_, usual) in KINDS.items()
    }
    return [
        Percent(f"percent-{kind}", gettext(words), texts[kind], percents[kind] is None)
        for kind, (words, _) in KINDS.items()
        if kind in kinds
    ]


def _typed_before(form: Mapping[str, str], shown: Collection[str]) -> list[tuple[str, str]]:
    """Return what was typed as a percent that has no field now, so that it stands there when it is asked for
    again.
    """
    names = [f"percent-{kind}" for kind in KINDS if f"percent-{kind}" not in shown]
    return [(name, typable(form[name])) for name in names if form.get(name, "").strip()]


def _quotes(items: Collection[Item]) -> Mapping[str, Quote]:
    """Return what Kite says of the prices, as far as this visit can hear it; the last closes are there
    without that.
    """
    try:
        return quotes(
            services(),
            visit_id(),
            (
                f"{item.exchange}:{item.tradingsymbol}"
                for item in items
                if item.order_type is OrderType.MARKET
            ),
        )
    except StoreUnavailable:
        return {}


def _limit(
    order: ItemForm, percents: Mapping[str, Decimal | None], known: Mapping[str, Quote]
) -> Limit | None:
    item, instrument = order.read[0], order.instrument
    percent = percents[_kind(item)]
    if instrument is None or percent is None:
        return None
    quote = known.get(f"{item.exchange}:{item.tradingsymbol}")
    told = (
        KnownPrice(quote.last_price, quote.lower_circuit_limit, quote.upper_circuit_limit)
        if quote
        else KnownPrice(instrument.last_price)
    )
    return limit(item, instrument.tick_size, percent, told)


def _offer(
    index: int,
    order: ItemForm,
    found: Limit | None,
    percents: Mapping[str, Decimal | None],
    known: Mapping[str, Quote],
) -> LimitOffer:
    item = order.read[0]
    name = gettext(
        "Order %(number)s, %(tradingsymbol)s", number=index + 1, tradingsymbol=short(item.tradingsymbol)
    )
    if found is None:
        return LimitOffer(name, gettext("no limit can be worked out"))
    from_what = (
        "trigger"
        if item.order_type is OrderType.SL_M
        else "quote"
        if f"{item.exchange}:{item.tradingsymbol}" in known
        else "close"
    )
    side = TransactionType(item.transaction_type).value
    where = gettext(WHERE["band" if found.banded else from_what, side], percent=f"{percents[_kind(item)]:f}")
    says, made = MADE[found.order_type]
    figure = price(found.price)
    return LimitOffer(
        name,
        where,
        gettext(says, where=where, price=figure),
        gettext(made, price=figure),
        LIMIT + urlencode({str(index): _typed(found.price)}),
    )


def _every(limits: Mapping[int, Limit | None]) -> LimitOffer | None:
    """Return the button that gives every order its limit; None where one button does that already."""
    found = {str(index): _typed(each.price) for index, each in limits.items() if each}
    if len(found) < 2:
        return None
    words = gettext("Make all %(count)s limits", count=len(found))
    return LimitOffer("", "", "", words, LIMIT + urlencode(found))


def _title(offers: Sequence[LimitOffer]) -> str:
    if len(offers) == 1:
        return str(gettext("%(order)s goes at market", order=offers[0].order))
    return str(ngettext("%(num)s order goes at market", "%(num)s orders go at market", len(offers)))


def _says(offer: LimitOffer) -> str:
    if not offer.action:
        return str(
            gettext(
                "As it is, it takes any price. No limit can be worked out here; one can be typed in the"
                " order."
            )
        )
    return f"{gettext('As it is, it takes any price.')} {offer.says}"


def _typed(amount: Decimal) -> str:
    """Write a price as a person types it: at least two decimals, and no more than it has."""
    return f"{amount:.2f}" if amount == round(amount, 2) else f"{amount.normalize():f}"
