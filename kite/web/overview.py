"""The operator's home: what came of the last 30 days' presses, drawn to scale, and the list of baskets, also as CSV."""

import csv
import io
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from decimal import Decimal
from itertools import count

from flask_babel import gettext

from kite.basket.cells import guarded
from kite.basket.exporting import BYTE_ORDER_MARK
from kite.publishing import figures, offers
from kite.publishing.figures import Day, Funnel
from kite.publishing.offers import Offer, Standing
from kite.store import presses, published
from kite.store.presses import Tally
from kite.vocabulary import N_
from kite.web import hours
from kite.web.parts import parts
from kite.web.words import quantity

STANDINGS = {Standing.LIVE: N_("Live"), Standing.PAUSED: N_("Paused"), Standing.EXPIRED: N_("Expired"), Standing.NOT_YET: N_("Not yet offered")}

LABELLED = (0, 7, 14, 21, 29)
"""Days that the chart names."""
MOST_LINES = 3


@dataclass(frozen=True)
class Row:
    """A published basket in the list; `broken` counts orders that today's rules refuse, `traded` is in rupees."""

    offer: Offer
    standing: str
    funnel: Funnel
    broken: int
    traded: Decimal


@dataclass(frozen=True)
class Step:
    """A bar of the funnel, as shares of the first one. `of_before` is its share of the step before, in per cent."""

    label: str
    count: int
    share: float
    of_before: int | None
    unknown: float = 0


@dataclass(frozen=True)
class Chart:
    """The days: the value at the top of the picture, and those of its lines."""

    days: Sequence[Day]
    top: int
    lines: Sequence[int]
    labelled: Sequence[Day]
    handed_off: int
    filled: int
    most: Day


@dataclass(frozen=True)
class Overview:
    """All that the page shows. `others` are presses of buttons that brought their own orders, `others_traded` what came of them in rupees."""

    rows: Sequence[Row]
    funnel: Funnel
    steps: Sequence[Step]
    chart: Chart
    others: Funnel | None
    others_traded: Decimal


def overview() -> Overview:
    """Look at the last 30 days."""
    now = parts().now()
    begins = figures.last_days(now)
    with parts().store.reading() as conn:
        found = published.every(conn)
        tallies = presses.tallies(conn, begins)
        traded = presses.traded(conn, begins[0])
    each = figures.by_basket(tallies)
    nothing = Decimal(0)
    rows = [row(offers.judge(parts(), basket, version), each.get(basket.id, Funnel()), traded.get(basket.id, nothing)) for basket, version in found]
    whole = figures.funnel(tallies)
    return Overview(rows, whole, steps(whole), chart(figures.by_day(tallies, begins, hours.known())), each.get(None), traded.get(None, nothing))


def row(offer: Offer, funnel: Funnel, traded: Decimal) -> Row:
    """Return the line of a basket."""
    return Row(offer, gettext(STANDINGS[offer.standing]), funnel, sum(map(bool, offer.problems)), traded)


def of_basket(offer: Offer, tallies: Sequence[Tally], traded: Decimal) -> Row:
    """Return the line of one basket for all the time that it was offered."""
    return row(offer, figures.funnel(tallies), traded)


def steps(funnel: Funnel) -> list[Step]:
    """Return the bars from the press to the filled order."""
    labels = [gettext("Pressed"), gettext("Handed off"), gettext("Came back"), gettext("Placed"), gettext("Filled")]
    counts = [funnel.pressed, funnel.handed_off, funnel.back, funnel.placed, funnel.filled]
    whole = max(funnel.pressed, 1)
    return [
        Step(label, number, number / whole, figures.share(number, before), funnel.unknown / whole if place == 2 else 0)
        for place, (label, number, before) in enumerate(zip(labels, counts, [0, *counts], strict=False))
    ]


def chart(days: Sequence[Day]) -> Chart:
    """Scale the days: up to three lines at round figures, and some air above the highest bar."""
    most = max(days, key=lambda day: day.handed_off)
    step = next(size for power in count() for size in (10**power, 2 * 10**power, 5 * 10**power) if most.handed_off <= MOST_LINES * size)
    lines = list(range(0, most.handed_off + 1, step)) if most.handed_off else [0, 1]
    labelled = [days[number] for number in LABELLED]
    return Chart(days, max(most.handed_off, lines[-1]), lines, labelled, sum(day.handed_off for day in days), sum(day.filled for day in days), most)


def described(chart: Chart) -> str:
    """Return what the picture says, for those who do not see it."""
    told = {"handed_off": quantity(chart.handed_off), "filled": quantity(chart.filled)}
    words = gettext("In 30 days: handed off %(handed_off)s, filled %(filled)s.", **told)
    return f"{words} {gettext('Most on %(day)s: %(count)s.', day=f'{chart.most.date:%-d %b}', count=quantity(chart.most.handed_off))}"


def as_csv(shown: Overview) -> str:
    """Return the list as CSV after RFC 4180; no cell is one that a spreadsheet runs."""
    written = io.StringIO()
    writer = csv.writer(written)
    writer.writerow(["basket", "title", "state", *(field.name for field in fields(Funnel)), "traded"])
    for each in shown.rows:
        texts = [each.offer.basket.slug, each.offer.version.title, each.offer.standing.value]
        writer.writerow([*map(guarded, texts), *asdict(each.funnel).values(), f"{each.traded:.2f}"])
    if shown.others:
        writer.writerow(["", "", "", *asdict(shown.others).values(), f"{shown.others_traded:.2f}"])
    return BYTE_ORDER_MARK + written.getvalue()
