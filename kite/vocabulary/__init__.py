"""Kite's words: the values its documentation lists, each with what is known of it.

`exchanges`, `order_types` and `outcomes` are tables: a member of the enum is a row, with its facts
beside it, and forms, importers, rules, pages, the API's description and the embed script are made
from them. `words` has the words that have no facts but their labels. Members are strings, so they
stand in JSON, forms and database columns as Kite spells them. Everybody may import this package;
the simulator uses its words and none of its facts.
"""

from kite.vocabulary.exchanges import EQUITY, Exchange
from kite.vocabulary.marks import N_
from kite.vocabulary.order_types import OrderType
from kite.vocabulary.outcomes import Outcome
from kite.vocabulary.words import (
    ENDED,
    IST,
    LABELS,
    Mode,
    OrderStatus,
    Product,
    ReturnKind,
    ReturnVerdict,
    State,
    TokenAnswer,
    TransactionType,
    Validity,
    Variety,
    has_ended,
    known_status,
)

__all__ = [
    "ENDED",
    "EQUITY",
    "IST",
    "LABELS",
    "N_",
    "Exchange",
    "Mode",
    "OrderStatus",
    "OrderType",
    "Outcome",
    "Product",
    "ReturnKind",
    "ReturnVerdict",
    "State",
    "TokenAnswer",
    "TransactionType",
    "Validity",
    "Variety",
    "has_ended",
    "known_status",
]
