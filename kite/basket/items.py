"""An item of a basket, the table of its fields, and an instrument.

A field is a row: an attribute of Item, whose type, default and FieldFacts say everything that forms,
importers, exports and descriptions ask of it.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Annotated

from kite.basket.fields import DISCLOSING, PRICED, TRIGGERED, FieldFacts, table_of
from kite.vocabulary import N_, Exchange, OrderType, Product, TransactionType, Validity, Variety

MAX_ITEMS = 100
"""Items in all parts of one basket together."""

MAX_QUANTITY = 10**9
MAX_PRICE = Decimal(10**9)
"""Bounds that no real order reaches; within them a price survives its way through a JSON number
unchanged.
"""

OWN_TAG_LENGTH = 12
"""Letters and digits that a person's own tag may have: 20 at Kite, less the 8 of the
execution's.
"""


@dataclass(frozen=True, slots=True)
class Instrument:
    """A row of Kite's daily instruments file.

    `lot_size` is in units on NFO and BFO and 1 for shares; `strike`, `tick_size` and `last_price`
    (the last close) are in rupees. `expiry` is None for what does not expire.
    """

    tradingsymbol: str
    exchange: str
    name: str
    segment: str
    instrument_type: str
    expiry: date | None
    strike: Decimal
    tick_size: Decimal
    lot_size: int
    last_price: Decimal


@dataclass(frozen=True, slots=True)
class Item:
    """One order of a basket as a person wants it. Each attribute is a row of the table of fields.

    `quantity` is in shares, in units (a multiple of the lot) on NFO and BFO, in contracts on CDS,
    BCD and MCX; prices are in rupees. None means "not sent": Kite's page then decides. `tag` is the
    person's own, without the execution's.
    """

    tradingsymbol: Annotated[
        str,
        FieldFacts(
            data_place=2,
            form_place=2,
            label=N_("Instrument"),
            wide=True,
            shortcode="symbol",
            headings=("symbol", "instrument", "scrip", "scripname", "stock", "ticker", "contract"),
        ),
    ]
    exchange: Annotated[
        Exchange,
        FieldFacts(
            data_place=3,
            form_place=3,
            label=N_("Exchange"),
            preselected=Exchange.NSE,
            not_taken=("NCDEX", "NCO", "NSEIX", "MF"),
            headings=("exch",),
            twice=N_("“%(word)s” is a second exchange."),
        ),
    ]
    transaction_type: Annotated[
        TransactionType,
        FieldFacts(
            data_place=4,
            form_place=1,
            label=N_("Side"),
            preselected=TransactionType.BUY,
            shortcode="side",
            headings=("side", "buysell", "action", "transaction", "direction", "tradetype", "bs"),
            twice=N_("“%(word)s” is a second side."),
        ),
    ]
    order_type: Annotated[
        OrderType,
        FieldFacts(
            data_place=5,
            form_place=6,
            label=N_("Order type"),
            in_sentence=N_("order type"),
            preselected=OrderType.MARKET,
            twice=N_("“%(word)s” is a second order type."),
        ),
    ]
    quantity: Annotated[
        int,
        FieldFacts(
            data_place=8,
            form_place=5,
            label=N_("Quantity"),
            in_sentence=N_("quantity"),
            shortcode="qty",
            headings=("qty", "shares", "units", "quantityavailable", "availablequantity", "qtyavailable"),
            twice=N_("“%(word)s” is a second quantity. Write @ before a price."),
        ),
    ]
    variety: Annotated[
        Variety,
        FieldFacts(
            data_place=1,
            form_place=10,
            label=N_("Variety"),
            preselected=Variety.REGULAR,
            usual=Variety.REGULAR,
            not_taken=("gtt", "iceberg", "auction", "bo"),
            twice=N_("“%(word)s” is a second variety."),
        ),
    ] = Variety.REGULAR
    product: Annotated[
        Product | None,
        FieldFacts(
            data_place=6,
            form_place=4,
            label=N_("Product"),
            in_sentence=N_("product"),
            preselected=Product.CNC,
            not_taken=("MTF", "BO"),
            headings=("producttype",),
            twice=N_("“%(word)s” is a second product."),
        ),
    ] = None
    price: Annotated[
        Decimal | None,
        FieldFacts(
            data_place=7,
            form_place=7,
            label=N_("Price"),
            in_sentence=N_("price"),
            hint=N_("For %(priced_words)s orders."),
            taken_with=PRICED,
            wide=True,
            headings=("limitprice", "rate", "limit"),
            leads=("@", "AT", "PRICE"),
            twice=N_("“%(word)s” is a second price."),
        ),
    ] = None
    trigger_price: Annotated[
        Decimal | None,
        FieldFacts(
            data_place=9,
            form_place=8,
            label=N_("Trigger"),
            in_sentence=N_("trigger"),
            hint=N_("For %(triggered_words)s orders."),
            taken_with=TRIGGERED,
            headings=("trigger", "stopprice"),
            leads=("TRIGGER",),
            twice=N_("“%(word)s” is a second trigger."),
        ),
    ] = None
    disclosed_quantity: Annotated[
        int | None,
        FieldFacts(
            data_place=10,
            form_place=11,
            label=N_("Disclosed qty"),
            hint=N_("Not for %(without_disclosure)s."),
            taken_with=DISCLOSING,
            headings=("disclosedqty",),
            leads=("DISCLOSED",),
            twice=N_("“%(word)s” is a second disclosed quantity."),
            on_receipt=False,
        ),
    ] = None
    validity: Annotated[
        Validity | None,
        FieldFacts(
            data_place=11,
            form_place=9,
            label=N_("Validity"),
            in_sentence=N_("validity"),
            preselected=Validity.DAY,
            usual=Validity.DAY,
            not_taken=("TTL", "GTT"),
            twice=N_("“%(word)s” is a second validity."),
            on_receipt=False,
        ),
    ] = None
    readonly: Annotated[
        bool,
        FieldFacts(
            data_place=12,
            form_place=13,
            label=N_("Lock: at Kite this order can be reviewed, not changed"),
            headings=("locked",),
            on_receipt=False,
        ),
    ] = False
    tag: Annotated[
        str | None,
        FieldFacts(
            data_place=13,
            form_place=12,
            label=N_("Tag"),
            leads=("TAG",),
            twice=N_("“%(word)s” is a second tag."),
            on_receipt=False,
        ),
    ] = None


FIELD_TABLE = table_of(Item)
"""Every field of an item by its name, in the order in which `data` has them."""

FIELDS = tuple(FIELD_TABLE)
"""The names of these fields."""

FORM_FIELDS = tuple(sorted(FIELD_TABLE.values(), key=lambda field: field.facts.form_place))
"""The same fields in the order of a form."""


FOREIGN_FIELDS = (
    "squareoff",
    "stoploss",
    "trailing_stoploss",
    "iceberg_legs",
    "iceberg_quantity",
    "auction_number",
    "validity_ttl",
    "market_protection",
    "autoslice",
)
"""Fields of Kite's order API that its basket page does not take."""
