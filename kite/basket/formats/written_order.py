"""An order as people write it: "sell 100 reliance @ 1412".

A line becomes the texts that a person would have typed into the fields of a row; `row_reader` says
what a text means and whether it is right. Nothing is guessed: a word that has no meaning here, or
two, refuses its line and is named. Lots and contracts ("sell 1 lot nifty dec fut") are understood
where the caller can look them up.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from kite.basket.formats.choice_words import NOT_TAKEN, WORDS
from kite.basket.formats.contract_words import (
    Contract,
    NamedContract,
    Resolve,
    find_contract,
    single_instrument,
)
from kite.basket.items import FIELD_TABLE, Instrument
from kite.exceptions import BasketError
from kite.vocabulary import EQUITY, N_, Exchange, OrderType, Validity, Variety

LONGEST_LINE = 1000
"""Letters of one line: far more than any order has."""

ALSO_NAMES = frozenset(
    {Validity.IOC.value, *(exchange.value for exchange in Exchange if exchange.facts.is_symbol)}
)
"""Words of WORDS that are symbols on NSE too: they are the instrument where a line names no
other.
"""

LEADS = {word: field.name for field in FIELD_TABLE.values() for word in field.facts.leads}
"""Words after which the text of a field comes."""

PRICED = frozenset(
    ("order_type", order_type.value) for order_type in OrderType if order_type.facts.takes_price
)
"""The choices after whose word the price may come without a lead word."""

MARKET = (OrderType.MARKET.value, *OrderType.MARKET.facts.spellings)

IDLE = frozenset({"OF", "QTY", "QUANTITY", "SHARE", "SHARES", "UNIT", "UNITS"})
"""Words that change nothing."""

NOT_TAKEN_WORDS = frozenset({"BRACKET"} | {word.upper() for words in NOT_TAKEN.values() for word in words})
"""What Kite knows and its basket page does not take."""

ONCE = {field.name: field.facts.twice for field in FIELD_TABLE.values() if field.facts.twice}
"""The refusals of a line that says a field twice."""

SUM = "TOTAL"
"""A symbol on NSE that lists have below their orders as well."""

LOTS = frozenset({"LOT", "LOTS"})

_WORD = re.compile(r"@|[^\s@₹]+")
_NUMBER = re.compile(r"[-+]?(?:[0-9][0-9.,]*|\.[0-9]+)")
_LOTS = re.compile(r"[0-9]{1,9}")
_SYMBOL = re.compile(r"(?=.*[A-Z])[A-Z0-9][A-Z0-9&.*_-]*")
_SYMBOL_THERE = re.compile(r"[A-Z0-9][A-Z0-9&.*_-]*")
"""After an exchange a number is a symbol too: BSE has some."""


def read_line(text: str, resolve: Resolve | None = None) -> dict[str, str]:
    """Return the texts by field that one written order means, the symbol in capitals; a price alone
    makes a limit order.

    Amounts are passed on as they were typed, lots as the quantity that they are. Without `resolve`
    neither lots nor the words of a contract are understood. Raises BasketError, with the word in
    its params, for what is not understood.
    """
    if len(text) > LONGEST_LINE:
        raise BasketError(N_("This line is too long to be an order."))
    line = _Line(text, resolve)
    line.read()
    return line.row


@dataclass(frozen=True)
class Word:
    """A word of a line, without signs that only end a sentence, and the place of it with them."""

    text: str
    start: int
    end: int


def split_line(line: str) -> Iterator[Word]:
    """Yield the words of a line, with "@" as a word of its own."""
    for match in _WORD.finditer(line):
        if text := match[0].rstrip(".,;"):
            yield Word(text, *match.span())


def plain_word(word: str) -> str:
    """Return a word as the tables of words have it, in capitals."""
    # Some letters of other scripts become Kite's when they are made capitals.
    return word.upper() if word.isascii() else word


def is_number(word: str) -> bool:
    """Whether a word is a quantity or a price, right or wrong."""
    return _NUMBER.fullmatch(word) is not None


class _Line:
    """One line while it is read, word by word."""

    def __init__(self, text: str, resolve: Resolve | None) -> None:
        self.resolve = resolve
        words = [word.text for word in split_line(text)]
        self.contract: NamedContract | None = None
        # Contracts first: the numbers among their words would count as quantities.
        if resolve:
            self.contract, words = find_contract(words)
        self.words = words[::-1]  # the next word is the last, where `pop` is cheap
        self.lots = False
        self.row: dict[str, str] = {}
        self.names: list[str] = []
        self.doubtful = ""
        """A number after "limit" or "sl", while it is not known whether it is the quantity or the
        price.
        """

    def read(self) -> None:
        while self.words:
            self._take(self.words.pop())
        instrument = self._settle_contract()
        self._settle_names()
        self._settle_number()
        self._settle_lots(instrument)
        self._settle_order_type()
        self._refuse_sum()

    def _take(self, word: str) -> None:
        plain = plain_word(word)
        if plain in IDLE:
            return
        if plain in LEADS:
            self._lead(LEADS[plain], word)
        elif plain in ALSO_NAMES:
            self.names.append(word)
        elif plain in WORDS:
            self._set(*WORDS[plain], word)
            if WORDS[plain] in PRICED:
                self._after_order_type()
        elif ":" in plain:
            self._exchange_and_symbol(plain, word)
        elif is_number(plain):
            self._set("quantity", word, word)
            self._after_quantity()
        else:
            self._symbol(plain, word)

    def _after_quantity(self) -> None:
        if self.resolve and self._next_is(*LOTS):
            self.words.pop()
            self.lots = True

    def _set(self, name: str, value: str, word: str) -> None:
        if name in self.row:
            raise BasketError(ONCE[name], word=word)
        self.row[name] = value

    def _next_is(self, *words: str) -> bool:
        return bool(self.words) and self.words[-1].upper() in words

    def _lead(self, name: str, word: str) -> None:
        """Take the text that follows; "at market" names no price, and "trigger at 24450" one
        trigger.
        """
        if name == "price" and self._next_is(*MARKET):
            return
        if name != "price" and self._next_is("@", "AT"):
            self.words.pop()
        is_text = FIELD_TABLE[name].kind is str
        if not self.words or not (is_text or is_number(self.words[-1])):
            raise BasketError(N_("What comes after “%(word)s” is missing."), word=word)
        text = self.words.pop()
        self._set(name, text, text)

    def _after_order_type(self) -> None:
        """A number after "limit" or "sl" is the price when the quantity stands before it."""
        if self.words and is_number(self.words[-1]):
            number = self.words.pop()
            if "quantity" in self.row:
                self._set("price", number, number)
            else:
                self.doubtful = number

    def _exchange_and_symbol(self, plain: str, word: str) -> None:
        exchange, _, symbol = plain.partition(":")
        if exchange not in list(Exchange):
            raise _not_understood(exchange, word)
        self._set("exchange", exchange, word)
        self._symbol(symbol, word, _SYMBOL_THERE)

    def _symbol(self, plain: str, word: str, spelling: re.Pattern[str] = _SYMBOL) -> None:
        if plain in NOT_TAKEN_WORDS or not spelling.fullmatch(plain):
            raise _not_understood(plain, word)
        if plain in LOTS:
            raise BasketError(N_("Lots are not counted here. Write the quantity in units."))
        if "tradingsymbol" in self.row:
            raise _two_names(self.row["tradingsymbol"], word)
        self.row["tradingsymbol"] = plain

    def _settle_contract(self) -> Instrument | None:
        """Put the contract that words name into the row, beside no other instrument."""
        if not self.contract or not self.resolve:
            return None
        if "tradingsymbol" in self.row:
            raise _two_names(self.contract.words, self.row["tradingsymbol"])
        instrument = self.contract.resolve(self.resolve, self.row.get("exchange", ""))
        self.row |= {"tradingsymbol": instrument.tradingsymbol, "exchange": instrument.exchange}
        return instrument

    def _settle_lots(self, instrument: Instrument | None) -> None:
        """Replace lots by the quantity that Kite counts: units where a lot has several, contracts
        elsewhere.
        """
        if not self.lots or not self.resolve:
            return
        symbol, lots = self.row["tradingsymbol"], self.row["quantity"]
        if instrument is None:
            contract = Contract(symbol, exchange=self.row.get("exchange", ""))
            instrument = single_instrument(self.resolve(contract), symbol)
        # A share of a small company has a lot too, on NSE: 1,200 of them or more.
        smallest_lot = 2 if instrument.exchange in EQUITY else 1
        if instrument.lot_size < smallest_lot:
            raise BasketError(N_("%(symbol)s is not traded in lots. Write the quantity."), symbol=symbol)
        if not _LOTS.fullmatch(lots):
            raise BasketError(N_("“%(word)s” is no number of lots."), word=lots)
        self.row |= {"quantity": str(int(lots) * instrument.lot_size), "exchange": instrument.exchange}

    def _settle_names(self) -> None:
        """Words that may be a symbol are the instrument only in a line that names no other."""
        if "tradingsymbol" not in self.row:
            if not self.names:
                raise BasketError(N_("No instrument is named."))
            first, *others = self.names
            if other := next((name for name in others if name.upper() != first.upper()), ""):
                raise _two_names(first, other)
            self.row["tradingsymbol"] = self.names.pop(0).upper()
        for word in self.names:
            self._set(*WORDS[word.upper()], word)

    def _settle_number(self) -> None:
        if self.doubtful and ("price" not in self.row or "quantity" in self.row):
            raise BasketError(
                N_("“%(word)s” could be the quantity or the price. Write @ before a price."),
                word=self.doubtful,
            )
        if self.doubtful:
            self.row["quantity"] = self.doubtful

    def _refuse_sum(self) -> None:
        """Refuse a line that may add up those above it: TOTAL is a symbol too."""
        if self.row["tradingsymbol"] == SUM and "quantity" in self.row and "transaction_type" not in self.row:
            raise BasketError(
                N_("“%(word)s” could be a sum or the instrument. Name its side, buy or sell."), word=SUM
            )

    def _settle_order_type(self) -> None:
        if "order_type" in self.row:
            return
        if "trigger_price" in self.row and self.row.get("variety") != Variety.CO:
            raise BasketError(N_("A trigger needs the word SL or SL-M."))
        if "price" in self.row:
            self.row["order_type"] = OrderType.LIMIT.value


def _not_understood(plain: str, word: str) -> BasketError:
    if plain in NOT_TAKEN_WORDS:
        return BasketError(N_("Kite's page does not take %(word)s."), word=word)
    return BasketError(N_("“%(word)s” is not understood."), word=word)


def _two_names(first: str, second: str) -> BasketError:
    return BasketError(
        N_("Both “%(first)s” and “%(second)s” could be the instrument. Keep one."), first=first, second=second
    )
