"""The operator's home: a chart of the last 30 days' presses and their results, and the list of
baskets, also as CSV.
"""

import csv
import io
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from decimal import Decimal
from itertools import count

from flask_babel import gettext

from kite.basket.formats.cells import guard_cell
from kite.basket.formats.exporting import BYTE_ORDER_MARK
from kite.basket.hours import trading_calendar
from kite.publishing import figures, offers
from kite.publishing.figures import Attribution, Day, Funnel
from kite.publishing.offers import Offer, OfferStatus
from kite.store.publishing import links, presses, published
from kite.store.publishing.presses import Tally
from kite.vocabulary import N_
from kite.web.site.context import services
from kite.web.wording.labels import quantity

STATUS_LABELS = {
    OfferStatus.LIVE: N_("Live"),
    OfferStatus.PAUSED: N_("Paused"),
    OfferStatus.EXPIRED: N_("Expired"),
    OfferStatus.NOT_YET: N_("Not yet offered"),
}

SOURCES = {
    Attribution.LINK: (N_("Links"), N_("Without a link")),
    Attribution.REFERENCE: (N_("References"), N_("Without a reference")),
    Attribution.CAMPAIGN: (N_("Campaigns"), N_("Without a campaign")),
    Attribution.SITE: (N_("Sites"), N_("No site told")),
}
"""For each way to tell where presses came from: its title, and the label of presses without it."""
SHORT = 8
"""How many letters of its id name a link that has no reference."""

LABELLED = (0, 7, 14, 21, 29)
"""Days whose date is written below the chart."""
MOST_LINES = 3


@dataclass(frozen=True)
class BasketRow:
    """A published basket in the list; `broken` counts orders that today's rules refuse."""

    offer: Offer
    standing: str
    funnel: Funnel
    broken: int


@dataclass(frozen=True)
class FunnelBar:
    """A bar of the funnel, as shares of the first one.

    `of_before` is its share of the step before, in per cent.
    """

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
    some_filled: int
    most: Day


@dataclass(frozen=True)
class AttributionRow:
    """Where presses came from, told by one kind of attribution, each source with its figures."""

    by: Attribution
    title: str
    rows: Sequence[tuple[str, Funnel]]


@dataclass(frozen=True)
class Overview:
    """Everything that the page shows.

    `others` are presses of buttons that brought their own orders.

    `sources` say where all the presses came from, `by_basket` those of one published basket (None:
    of those buttons).
    """

    rows: Sequence[BasketRow]
    funnel: Funnel
    steps: Sequence[FunnelBar]
    chart: Chart
    others: Funnel | None
    sources: Sequence[AttributionRow]
    by_basket: Mapping[str | None, Sequence[Tally]]


def overview() -> Overview:
    """Look at the last 30 days."""
    now = services().now()
    begins = figures.last_days(now)
    with services().store.reading() as conn:
        baskets = published.list_all(conn)
        tallies = presses.tallies(conn, begins)
        sources = presses.sources(conn, begins[0])
        names = links.references(conn)
    by_id = figures.by_basket(tallies)
    rows = [
        basket_row(offers.judge(services(), basket, version), by_id.get(basket.id, Funnel()))
        for basket, version in baskets
    ]
    total = figures.funnel(tallies)
    days = scaled_chart(
        figures.by_day(tallies, begins, trading_calendar(services().settings.market_holidays))
    )
    by_basket: defaultdict[str | None, list[Tally]] = defaultdict(list)
    for tally in sources:
        by_basket[tally.published_id].append(tally)
    return Overview(
        rows, total, funnel_bars(total), days, by_id.get(None), attribution_rows(sources, names), by_basket
    )


def basket_row(offer: Offer, funnel: Funnel) -> BasketRow:
    """Return the row of a basket in the list."""
    return BasketRow(offer, gettext(STATUS_LABELS[offer.status]), funnel, sum(map(bool, offer.problems)))


def lifetime_row(offer: Offer, tallies: Sequence[Tally]) -> BasketRow:
    """Return the row of one basket with all presses since it was first published."""
    return basket_row(offer, figures.funnel(tallies))


def attribution_rows(sources: Sequence[Tally], references: Mapping[str, str]) -> list[AttributionRow]:
    """Return where presses came from.

    A link is named by its reference, one without by its first letters.
    """
    attributions = []
    for by, (title, without) in SOURCES.items():
        funnels = figures.by_source(sources, by)
        labels = {name: name for name in funnels}
        if by is Attribution.LINK:  # its name is its id, which says nothing to a person
            labels = {link_id: references.get(link_id) or link_id[:SHORT] for link_id in funnels}
        rows = [(labels[name] or gettext(without), funnel) for name, funnel in funnels.items()]
        if rows:
            attributions.append(AttributionRow(by, gettext(title), rows))
    return attributions


def funnel_bars(funnel: Funnel) -> list[FunnelBar]:
    """Return the bars from the press to the filled order."""
    labels = [
        gettext("Pressed"),
        gettext("Handed off"),
        gettext("Came back"),
        gettext("Placed"),
        gettext("Something filled"),
    ]
    counts = [funnel.pressed, funnel.handed_off, funnel.back, funnel.placed, funnel.some_filled]
    # Nothing was pressed yet: bars of length 0, and no division by it.
    pressed = max(funnel.pressed, 1)
    # The bar "Came back" has a second part: baskets that went to Kite and whose return is not
    # known.
    unknown = [0, 0, funnel.unknown / pressed, 0, 0]
    return [
        FunnelBar(label, number, number / pressed, figures.percentage(number, before), of_unknown)
        for label, number, before, of_unknown in zip(labels, counts, [0, *counts], unknown, strict=False)
    ]


def scaled_chart(days: Sequence[Day]) -> Chart:
    """Return the days drawn to scale: up to three lines at round figures, and room above the
    highest bar.
    """
    most = max(days, key=lambda day: day.handed_off)
    # Steps of 1, 2 and 5 times a power of ten are those that people read without counting.
    step = next(
        size
        for power in count()
        for size in (10**power, 2 * 10**power, 5 * 10**power)
        if most.handed_off <= MOST_LINES * size
    )
    lines = [0, 1]  # a month without presses still has a scale
    if most.handed_off:
        lines = list(range(0, most.handed_off + 1, step))
    labelled = [days[number] for number in LABELLED]
    return Chart(
        days,
        max(most.handed_off, lines[-1]),
        lines,
        labelled,
        sum(day.handed_off for day in days),
        sum(day.some_filled for day in days),
        most,
    )


def describe_chart(chart: Chart) -> str:
    """Return the chart as a sentence, for people who cannot see it."""
    counts = {"handed_off": quantity(chart.handed_off), "filled": quantity(chart.some_filled)}
    words = gettext(
        "In 30 days: baskets handed off %(handed_off)s, something filled of %(filled)s.", **counts
    )
    day, count = f"{chart.most.date:%-d %b}", quantity(chart.most.handed_off)
    return f"{words} {gettext('Most on %(day)s: %(count)s.', day=day, count=count)}"


def overview_csv(summary: Overview) -> str:
    """Return the list as CSV after RFC 4180, with no cell that a spreadsheet would run as a
    formula.

    The first row of a basket, with nothing in the columns `by` and `name`, counts all of its
    presses. The rows below it say where they came from: by link, by reference, by campaign, by
    site.
    """
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(["basket", "title", "state", "by", "name", *(field.name for field in fields(Funnel))])
    for basket_row in summary.rows:
        texts = (
            basket_row.offer.basket.slug,
            basket_row.offer.version.title,
            basket_row.offer.status.value,
        )
        writer.writerows(
            _csv_rows(texts, basket_row.funnel, summary.by_basket.get(basket_row.offer.basket.id, ()))
        )
    if summary.others:
        writer.writerows(_csv_rows(("", "", ""), summary.others, summary.by_basket.get(None, ())))
    return BYTE_ORDER_MARK + text.getvalue()


def _csv_rows(texts: tuple[str, str, str], funnel: Funnel, sources: Sequence[Tally]) -> Iterator[list[str]]:
    yield [*map(guard_cell, texts), "", "", *_funnel_cells(funnel)]
    for by in Attribution:
        for name, part in figures.by_source(sources, by).items():
            yield [*map(guard_cell, (*texts, by.value, name)), *_funnel_cells(part)]


def _funnel_cells(funnel: Funnel) -> list[str]:
    return [_cell(getattr(funnel, field.name)) for field in fields(Funnel)]


def _cell(value: int | Decimal) -> str:
    if isinstance(value, Decimal):  # rupees
        return f"{value:.2f}"
    return str(value)
