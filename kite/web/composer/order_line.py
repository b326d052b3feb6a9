"""The composer's order line and paste box: orders as people write them become rows, and what cannot
be read stays in its box.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from flask_babel import gettext, ngettext

from kite.basket.formats.order_lists import ReadLine, read_json, read_text
from kite.basket.formats.row_reader import WEIGHT, Unused, Writer
from kite.basket.items import MAX_ITEMS
from kite.instruments.catalogue import Catalogue
from kite.instruments.contract_names import ContractNames
from kite.texts import printable, typable
from kite.vocabulary import EQUITY, Exchange, Product
from kite.web.composer.forms import ItemForm
from kite.web.composer.row_edits import Row
from kite.web.composer.row_fields import LABELS, NEW_ROW
from kite.web.wording.rule_messages import short

IMPORT = "import"
TAKE = "take"
"""The button of the paste box, and the one of a preview, which brings the orders that it named."""

EXAMPLES = ("buy 10 infy", "sell 100 reliance @ 1412", "reliance")
"""Orders that a first visit offers on one tap."""

_VALUES_NAMED = 10
"""How many values that were left out one sentence names."""


@dataclass(frozen=True)
class Entry:
    """What was typed into the order line and the paste box, and what is wrong with each."""

    line: str = ""
    paste: str = ""
    line_errors: Sequence[str] = ()
    paste_errors: Sequence[str] = ()

    @property
    def pending(self) -> bool:
        """Whether there are orders here that are not rows yet."""
        return bool(self.line.strip() or self.paste.strip())

    @property
    def focus(self) -> str:
        """The id of the field that should have the focus: one with errors, else the order line."""
        if self.paste_errors and not self.line_errors:
            return "paste"
        return "order_line"


@dataclass(frozen=True)
class TakenOrders:
    """The rows after written orders were added, and what stays in the order line and the paste box.

    The last `new` rows are the added ones; `left_out` are sentences on what no row has a field for.
    """

    rows: list[Row]
    new: int
    entry: Entry
    left_out: Sequence[str]

    @property
    def weighted(self) -> bool:
        """Whether new rows came with weights, by which an amount is to be spread."""
        return any(row.get(WEIGHT) for row in self.rows[len(self.rows) - self.new :])


def posted_entry(form: Mapping[str, str]) -> Entry:
    """Return what was typed into the order line and the paste box of a posted form, or was chosen
    on the page of a preview.
    """
    box = "paste"
    if form.get("action") == TAKE:
        box = "taken"
    return Entry(typable(form.get("order_line", "")), printable(form.get(box, "")))


def entry_to_read(entry: Entry, action: str, example: str) -> Entry | None:
    """Return the part of `entry` that a button makes into rows, None when it asks for no part or an
    empty one.
    """
    if example in EXAMPLES:
        return Entry(line=example)
    part = Entry()
    # "update" is the form's first button, which a browser without scripts presses for Enter in the
    # line.
    if action in ("add", "update"):
        part = Entry(line=entry.line)
    if action in (IMPORT, TAKE):
        part = Entry(paste=entry.paste)
    if part.pending:
        return part
    return None


def take_orders(
    rows: Sequence[Row],
    entry: Entry,
    orders: Entry,
    catalogue: Catalogue,
    today: date,
    writer: Writer = Writer.MACHINE,
) -> TakenOrders:
    """Return `rows` with the written `orders` added, as far as the basket has places.

    An untouched first row makes way. What cannot be read, or has no place, stays in `entry` with
    the reason; the rest of it stays as it was. JSON among the orders was written by `writer`.
    """
    earlier_rows, names = kept_rows(rows), ContractNames(catalogue, today)
    places = MAX_ITEMS - len(earlier_rows)
    good, line_refused = split_by_places(read_text(orders.line, names), places)
    pasted, paste_refused = split_by_places(read_text(orders.paste, names, writer=writer), places - len(good))
    good += pasted
    rest = _rest_of_entry(entry, orders, line_refused, paste_refused)
    changed = [*earlier_rows, *fill_defaults(good, catalogue)]
    return TakenOrders(changed or [dict(NEW_ROW)], len(good), rest, left_out_sentences(good))


def _rest_of_entry(
    entry: Entry, orders: Entry, line_refused: Sequence[ReadLine], paste_refused: Sequence[ReadLine]
) -> Entry:
    """Return what stays in the order line and the paste box after `orders` of them were read."""
    line, paste = entry.line, entry.paste
    # An example is read without having been typed, so what was typed stays.
    if orders.line == entry.line and not line_refused:
        line = ""
    if orders.paste:
        paste = "\n".join(read.line for read in paste_refused)
    line_errors = [
        gettext("“%(line)s”: %(reason)s", line=short(read.line), reason=refusal_reason(read))
        for read in line_refused
    ]
    return Entry(line, paste, line_errors, _paste_errors(paste_refused))


def from_link(data: str) -> TakenOrders:
    """Return the rows of the JSON in a link, or a new row; what cannot be read goes into the paste
    box, with the reason.
    """
    orders, refused = split_by_places(read_json(data), MAX_ITEMS)
    errors = [refusal_reason(read) for read in refused]
    entry = Entry(paste=printable("\n".join(read.line for read in refused)), paste_errors=errors)
    rows = [read.row or {} for read in orders] or [dict(NEW_ROW)]
    return TakenOrders(rows, len(orders), entry, left_out_sentences(orders))


def kept_rows(rows: Sequence[Row]) -> list[Row]:
    """Return the rows that stay when others are added: all but an untouched first one."""
    if rows and _untouched(rows[0]):
        return list(rows[1:])
    return list(rows)


def left_out_sentences(reads: Sequence[ReadLine]) -> list[str]:
    """Return the sentences for what was left out of orders: names that no row has a field for, and
    values that Kite does not use.
    """
    sentences = []
    if names := dict.fromkeys(name for read in reads for name in read.left_out):
        sentences.append(
            gettext(
                "Left out, because Kite’s basket page does not take it: %(names)s.",
                names=", ".join(map(short, names)),
            )
        )
    if unused := not_used((read.row or {}, value) for read in reads for value in read.unused):
        sentences.append(unused)
    return sentences


def not_used(values: Iterable[tuple[Row, Unused]]) -> str:
    """Return the sentence for values that were left out of rows because Kite does not use them, ""
    for none.
    """
    phrases = [
        gettext(
            "%(symbol)s, %(field)s %(text)s",
            symbol=short(row.get("tradingsymbol", "")),
            field=gettext(LABELS[unused.field]),
            text=short(unused.text),
        )
        for row, unused in values
    ]
    if not phrases:
        return ""
    listed, more = "; ".join(phrases[:_VALUES_NAMED]), len(phrases) - _VALUES_NAMED
    if more > 0:
        listed += gettext("; and %(num)s more", num=more)
    return str(gettext("Left out, because Kite uses none for such an order: %(values)s.", values=listed))


def check_new_rows(orders: Sequence[ItemForm]) -> str:
    """Check new rows; return the id of the first field that is wrong or missing, "" when all are
    right.

    Only what was typed wrongly shows an error. What is missing in a new row will still be typed.
    """
    for order in orders:
        order.validate()
    wrong = [field for order in orders for field in order if field.errors]
    for field in wrong:
        if not field.data:
            field.errors, field.fixes = [], []
    return wrong[0].id if wrong else ""


def _untouched(row: Row) -> bool:
    return {name: text for name, text in row.items() if text} == NEW_ROW


def split_by_places(reads: Sequence[ReadLine], places: int) -> tuple[list[ReadLine], list[ReadLine]]:
    """Return the orders for which there is a place, and everything else."""
    good: list[ReadLine] = []
    refused: list[ReadLine] = []
    for read in reads:
        if read.row is not None and len(good) < places:
            good.append(read)
        else:
            refused.append(read)
    return good, refused


def refusal_reason(read: ReadLine) -> str:
    """Return why an order was not taken."""
    if read.row is not None:
        return str(gettext("A basket holds at most %(most)s orders.", most=MAX_ITEMS))
    return str(gettext(read.reason, **{name: short(text) for name, text in read.params.items()}))


def _paste_errors(refused: Sequence[ReadLine]) -> list[str]:
    """Return a sentence for every line that was not understood, and one for all that only have no
    place.
    """
    errors = [
        gettext(
            "Line %(number)s, “%(line)s”: %(reason)s",
            number=read.number,
            line=short(read.line.strip()),
            reason=refusal_reason(read),
        )
        for read in refused
        if read.row is None
    ]
    if waiting := [read for read in refused if read.row is not None]:
        number = ngettext("%(num)s waits here.", "%(num)s wait here.", len(waiting))
        errors.append(f"{refusal_reason(waiting[0])} {number}")
    return errors


def fill_defaults(reads: Sequence[ReadLine], catalogue: Catalogue) -> list[Row]:
    """Return the rows of orders that could be read; fields that an order does not name are as in a
    new row.
    """
    rows = [dict(read.row or {}) for read in reads]
    # JSON and tables name every field that they mean. In a written order the rest is left to be
    # guessed.
    incomplete = [index for index, read in enumerate(reads) if not read.whole]
    _fill_exchanges([rows[index] for index in incomplete if not rows[index].get("exchange")], catalogue)
    for index in incomplete:
        rows[index] = _with_defaults(rows[index])
    return rows


def _fill_exchanges(rows: Sequence[Row], catalogue: Catalogue) -> None:
    """Give each row the one exchange that has its symbol; NSE when there are several or none."""
    if not rows:
        return
    symbols = {row.get("tradingsymbol", "") for row in rows}
    listed = catalogue.find_all((exchange.value, symbol) for exchange in Exchange for symbol in symbols)
    exchanges: dict[str, list[str]] = defaultdict(list)
    for exchange, symbol in listed:
        exchanges[symbol].append(exchange)
    for row in rows:
        candidates = exchanges[row.get("tradingsymbol", "")]
        row["exchange"] = candidates[0] if len(candidates) == 1 else Exchange.NSE.value


def _with_defaults(row: Row) -> Row:
    product = Product.NRML
    if row["exchange"] in EQUITY:
        product = Product.CNC
    return NEW_ROW | {"product": product.value} | row
