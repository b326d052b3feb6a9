"""The composer's order line and paste box: orders as people write them become rows, and what is refused stays
where it stands.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from flask_babel import gettext, ngettext

from kite.basket.formats.order_lists import ReadLine, read_json, read_text
from kite.basket.formats.row_reader import WEIGHT, Unused, Writer
from kite.basket.items import MAX_ITEMS
from kite.instruments.catalogue import Catalogue
from kite.instruments.contract_names import Names
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
"""Values left out that a sentence names."""


@dataclass(frozen=True)
class Entry:
    """What stands in the order line and in the paste box, and what is wrong with each."""

    line: str = ""
    paste: str = ""
    line_errors: Sequence[str] = ()
    paste_errors: Sequence[str] = ()

    @property
    def pending(self) -> bool:
        """Whether orders stand here that are no rows yet."""
        return bool(self.line.strip() or self.paste.strip())

    @property
    def focus(self) -> str:
        """The id of the field that should have the focus: one with errors, else the order line."""
        return "paste" if self.paste_errors and not self.line_errors else "order_line"


@dataclass(frozen=True)
class TakenOrders:
    """The rows after orders were taken, how many of them, the last ones, are new, and what stays in line and
    box.

    `left_out` are the sentences for what no row has a place for.
    """

    rows: list[Row]
    new: int
    entry: Entry
    left_out: Sequence[str]

    @property
    def weighted(self) -> bool:
        """Whether new rows came with weights, by which an amount is to be spread."""
        return any(row.get(WEIGHT) for row in self.rows[len(self.rows) - self.new :])


def entered(form: Mapping[str, str]) -> Entry:
    """Return what was typed into the order line and the paste box of a posted form, or was chosen on the page
    of a preview.
    """
    listed = "taken" if form.get("action") == TAKE else "paste"
    return Entry(typable(form.get("order_line", "")), printable(form.get(listed, "")))


def to_read(entry: Entry, action: str, example: str) -> Entry | None:
    """Return the part of `entry` that a button asks to take, None when it asks for nothing that is there.

    A browser without scripts presses "update" for Enter in the order line.
    """
    if example in EXAMPLES:
        return Entry(line=example)
    asked = Entry(
        line=entry.line if action in ("add", "update") else "",
        paste=entry.paste if action in (IMPORT, TAKE) else "",
    )
    return asked if asked.pending else None


def take(
    rows: Sequence[Row],
    entry: Entry,
    asked: Entry,
    catalogue: Catalogue,
    today: date,
    writer: Writer = Writer.MACHINE,
) -> TakenOrders:
    """Append what `asked` means to `rows`, which lose an untouched first one, as far as there are places.

    What was not understood, or has no place, stays in `entry` with the reason; the rest of it stays as it
    was. JSON among it was written by `writer`.
    """
    kept, names = kept_rows(rows), Names(catalogue, today)
    good, line = places(read_text(asked.line, names), MAX_ITEMS - len(kept))
    more, paste = places(read_text(asked.paste, names, writer=writer), MAX_ITEMS - len(kept) - len(good))
    good += more
    left = Entry(
        line="" if asked.line == entry.line and not line else entry.line,
        paste="\n".join(read.line for read in paste) if asked.paste else entry.paste,
        line_errors=[
            gettext("“%(line)s”: %(reason)s", line=short(read.line), reason=reason_of(read)) for read in line
        ],
        paste_errors=_paste_errors(paste),
    )
    changed = [*kept, *filled(good, catalogue)]
    return TakenOrders(changed or [dict(NEW_ROW)], len(good), left, left_out(good))


def from_link(data: str) -> TakenOrders:
    """Return the rows of the JSON in a link, or a new one; what cannot be read of it stands in the box, with
    the reason.
    """
    orders, refused = places(read_json(data), MAX_ITEMS)
    errors = [reason_of(read) for read in refused]
    entry = Entry(paste=printable("\n".join(read.line for read in refused)), paste_errors=errors)
    return TakenOrders(
        [read.row or {} for read in orders] or [dict(NEW_ROW)], len(orders), entry, left_out(orders)
    )


def kept_rows(rows: Sequence[Row]) -> list[Row]:
    """Return the rows that stay when others come: all but an untouched first one."""
    return list(rows[1:] if rows and _untouched(rows[0]) else rows)


def left_out(reads: Sequence[ReadLine]) -> list[str]:
    """Return the sentences for what was left out of orders: names that no row has a field for, and values
    that Kite does not use.
    """
    names = dict.fromkeys(name for read in reads for name in read.left_out)
    unused = not_used((read.row or {}, unused) for read in reads for unused in read.unused)
    sentences = []
    if names:
        sentences.append(
            gettext(
                "Left out, because Kite’s basket page does not take it: %(names)s.",
                names=", ".join(map(short, names)),
            )
        )
    return [*sentences, unused] if unused else sentences


def not_used(values: Iterable[tuple[Row, Unused]]) -> str:
    """Return the sentence for values that were left out of rows because Kite does not use them, "" for
    none.
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
    more = len(phrases) - _VALUES_NAMED
    listed = "; ".join(phrases[:_VALUES_NAMED]) + (
        gettext("; and %(num)s more", num=more) if more > 0 else ""
    )
    return str(gettext("Left out, because Kite uses none for such an order: %(values)s.", values=listed))


def judge(orders: Sequence[ItemForm]) -> str:
    """Check new rows: what was typed wrongly is told, what is only missing yet is not.

    Returns the id of the first field that is wrong or missing, "" when all are right.
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


def places(reads: Sequence[ReadLine], places: int) -> tuple[list[ReadLine], list[ReadLine]]:
    """Return the orders for which there is a place, and everything else."""
    good: list[ReadLine] = []
    refused: list[ReadLine] = []
    for read in reads:
        (good if read.row is not None and len(good) < places else refused).append(read)
    return good, refused


def reason_of(read: ReadLine) -> str:
    """Return why an order was not taken."""
    if read.row is not None:
        return str(gettext("A basket holds at most %(most)s orders.", most=MAX_ITEMS))
    return str(gettext(read.reason, **{name: short(text) for name, text in read.params.items()}))


def _paste_errors(refused: Sequence[ReadLine]) -> list[str]:
    """Return a sentence for every line that was not understood, and one for all that only have no place."""
    errors = [
        gettext(
            "Line %(number)s, “%(line)s”: %(reason)s",
            number=read.number,
            line=short(read.line.strip()),
            reason=reason_of(read),
        )
        for read in refused
        if read.row is None
    ]
    if full := [read for read in refused if read.row is not None]:
        errors.append(
            f"{reason_of(full[0])} {ngettext('%(num)s waits here.', '%(num)s wait here.', len(full))}"
        )
    return errors


def filled(reads: Sequence[ReadLine], catalogue: Catalogue) -> list[Row]:
    """Return the rows of orders that were understood; what they do not say is that of a new row."""
    rows = [dict(read.row or {}) for read in reads]
    bare = [row for read, row in zip(reads, rows, strict=True) if not read.whole and not row.get("exchange")]
    symbols = {row.get("tradingsymbol", "") for row in bare}
    listed = (
        catalogue.find_all((each.value, symbol) for each in Exchange for symbol in symbols) if symbols else {}
    )
    for row in bare:
        found = [each.value for each in Exchange if (each.value, row.get("tradingsymbol", "")) in listed]
        # The one exchange that has this symbol; NSE when it is among several, or nobody has it.
        row["exchange"] = found[0] if len(found) == 1 else Exchange.NSE.value
    return [row if read.whole else _with_defaults(row) for read, row in zip(reads, rows, strict=True)]


def _with_defaults(row: Row) -> Row:
    product = Product.CNC if row["exchange"] in EQUITY else Product.NRML
    return NEW_ROW | {"product": product.value} | row
