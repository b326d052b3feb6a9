"""The words of an order line that are no instrument, for the combobox of the composer
(static/js/combobox.js).
"""

from kite.basket.formats.choice_words import WORDS
from kite.basket.formats.written_order import ALSO_NAMES, IDLE, LEADS, NOT_TAKEN_WORDS
from kite.vocabulary import EQUITY, Exchange

SHARED = (Exchange.BSE, Exchange.CDS, Exchange.BCD)
"""Exchanges of which another has the same symbols: an order line names them beside theirs."""

KNOWN = ";".join(
    " ".join(sorted(words))
    for words in (
        {*WORDS, *IDLE, *NOT_TAKEN_WORDS, "LOT", "LOTS"} - ALSO_NAMES,
        ALSO_NAMES,
        LEADS,
        Exchange,
        EQUITY,
        SHARED,
    )
)
"""Six lists: words that say something else, words that are symbols in a line without any other,
words after which the text of a field comes, exchanges, exchanges of shares, and SHARED.
"""
