"""The operator's home: what came of the last 30 days' presses, drawn to scale, and the list of baskets, also
as CSV.
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

STANDINGS = {
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
"""By what tells where presses came from: its title, and what stands for those that came by none."""
SHORT = 8
"""Letters of a link that name one without a reference."""

LABELLED = (0, 7, 14, 21, 29)
"""Days that the chart names."""
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
    """Where presses came from by one way to tell, each with what came of them."""

    by: Attribution
    title: str
    rows: Sequence[tuple[str, Funnel]]


@dataclass(frozen=True)
class Overview:
    """All that the page shows. `others` are presses of buttons that brought their own orders.

    `sources` say where all the presses came from, `by_basket` those of one published basket (None: of those
    buttons).
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
        row(offers.judge(services(), basket, version), by_id.get(basket.id, Funnel()))
        for basket, version in baskets
    ]
    whole = figures.funnel(tallies)
    days = chart(figures.by_day(tallies, begins, trading_calendar(services().settings.market_holidays)))
    by_basket: defaultdict[str | None, list[Tally]] = defaultdict(list)
    for tally in sources:
        by_basket[tally.published_id].append(tally)
    return Overview(rows, whole, steps(whole), days, by_id.get(None), came_by(sources, names), by_basket)


def row(offer: Offer, funnel: Funnel) -> BasketRow:
    """Return the line of a basket."""
    return BasketRow(offer, gettext(STANDINGS[offer.status]), funnel, sum(map(bool, offer.problems)))


def of_basket(offer: Offer, tallies: Sequence[Tally]) -> BasketRow:
    """Return the line of one basket for all the time that it was offered."""
    return row(offer, figures.funnel(tallies))


def came_by(sources: Sequence[Tally], references: Mapping[str, str]) -> list[AttributionRow]:
    """Return where presses came from. A link is named by its reference, one without by its first letters."""
    attributions = []
    for by, (title, nothing) in SOURCES.items():
        funnels = figures.by_source(sources, by)
        names = {
            name: (references.get(name) or name[:SHORT]) if by is Attribution.LINK else name
            for name in funnels
        }
        if funnels:
            attributions.append(
                AttributionRow(
                    by,
                    gettext(title),
                    [(names[name] or gettext(nothing), funnel) for name, funnel in funnels.items()],
                )
            )
    return attributions


def steps(funnel: Funnel) -> list[FunnelBar]:
    """Return the bars from the press to the filled order."""
    labels = [
        gettext("Pressed"),
        gettext("Handed off"),
        gettext("Came back"),
        gettext("Placed"),
        gettext("Something filled"),
    ]
    counts = [funnel.pressed, funnel.handed_off, funnel.back, funnel.placed, funnel.some_filled]
    whole = max(funnel.pressed, 1)
    return [
        FunnelBar(
            label,
            number,
            number / whole,
            figures.percentage(number, before),
            funnel.unknown / whole if place == 2 else 0,
        )
        for place, (label, number, before) in enumerate(zip(labels, counts, [0, *counts], strict=False))
    ]


def chart(days: Sequence[Day]) -> Chart:
    """Scale the days: up to three lines at round figures, and some air above the highest bar."""
    most = max(days, key=lambda day: day.handed_off)
    step = next(
        size
        for power in count()
        for size in (10**power, 2 * 10**power, 5 * 10**power)
        if most.handed_off <= MOST_LINES * size
    )
    lines = list(range(0, most.handed_off + 1, step)) if most.handed_off else [0, 1]
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


def described(chart: Chart) -> str:
    """Return what the picture says, for those who do not see it."""
    counts = {"handed_off": quantity(chart.handed_off), "filled": quantity(chart.some_filled)}
    words = gettext(
        "In 30 days: baskets handed off %(handed_off)s, something filled of %(filled)s.", **counts
    )
    day, count = f"{chart.most.date:%-d %b}", quantity(chart.most.handed_off)
    return f"{words} {gettext('Most on %(day)s: %(count)s.', day=day, count=count)}"


def as_csv(summary: Overview) -> str:
    """Return the list as CSV after RFC 4180; no cell is one that a spreadsheet runs.

    The first line of a basket, with nothing in the columns `by` and `name`, is the whole of it. Those below
    say where its presses came from: by link, by reference, by campaign, by site.
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
            _lines(texts, basket_row.funnel, summary.by_basket.get(basket_row.offer.basket.id, ()))
        )
    if summary.others:
        writer.writerows(_lines(("", "", ""), summary.others, summary.by_basket.get(None, ())))
    return BYTE_ORDER_MARK + text.getvalue()


def _lines(texts: tuple[str, str, str], funnel: Funnel, sources: Sequence[Tally]) -> Iterator[list[str]]:
    yield [*map(guard_cell, texts), "", "", *_figures(funnel)]
    for by in Attribution:
        for name, part in figures.by_source(sources, by).items():
            yield [*map(guard_cell, (*texts, by.value, name)), *_figures(part)]


def _figures(funnel: Funnel) -> list[str]:
    values = (getattr(funnel, field.name) for field in fields(Funnel))
    return [f"{value:.2f}" if isinstance(value, Decimal) else str(value) for value in values]
