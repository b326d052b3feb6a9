"""Orders as people write them: "sell 100 reliance @ 1412", one a line, or the JSON of a basket.

A line becomes the texts that a person would have typed into the fields of a row; what a text means, and whether it is
right, is the row's business. Nothing is guessed: a word that means nothing here, or could mean two things, refuses its
line and is named.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice

from kite.basket.items import MAX_ITEMS, left_out, typed_rows
from kite.exceptions import BasketError
from kite.vocabulary import N_, Exchange, OrderType, Product, TransactionType, Validity, Variety

LONGEST_LINE = 1000
"""Letters of one line: far more than any order has."""

WORDS: Mapping[str, tuple[str, str]] = {
    **{each.value: ("transaction_type", each.value) for each in TransactionType},
    **{each.value: ("order_type", each.value) for each in OrderType},
    **{each.value: ("product", each.value) for each in Product},
    **{each.value: ("validity", each.value) for each in Validity},
    **{each.value: ("exchange", each.value) for each in Exchange},
    **{each.value.upper(): ("variety", each.value) for each in Variety},
    "MKT": ("order_type", OrderType.MARKET.value),
    "SLM": ("order_type", OrderType.SL_M.value),
    "COVER": ("variety", Variety.CO.value),
}
"""Words, in capitals, that say all of a field."""

ALSO_NAMES = frozenset({"IOC", "BSE", "MCX"})
"""Words of WORDS that are symbols on NSE too; they are, where a line names no other instrument."""

LEADS = {
    "@": "price",
    "AT": "price",
    "PRICE": "price",
    "TRIGGER": "trigger_price",
    "DISCLOSED": "disclosed_quantity",
    "TAG": "tag",
}
"""Words after which the text of a field comes."""

IDLE = frozenset({"OF", "QTY", "QUANTITY", "SHARE", "SHARES", "UNIT", "UNITS"})
"""Words that change nothing."""

NOT_TAKEN = frozenset({"AUCTION", "BO", "BRACKET", "GTT", "ICEBERG", "MF", "MTF", "NCDEX", "TTL"})
"""What Kite knows and its basket page does not take."""

ONCE = {
    "transaction_type": N_("“%(word)s” is a second side."),
    "order_type": N_("“%(word)s” is a second order type."),
    "product": N_("“%(word)s” is a second product."),
    "validity": N_("“%(word)s” is a second validity."),
    "exchange": N_("“%(word)s” is a second exchange."),
    "variety": N_("“%(word)s” is a second variety."),
    "quantity": N_("“%(word)s” is a second quantity. Write @ before a price."),
    "price": N_("“%(word)s” is a second price."),
    "trigger_price": N_("“%(word)s” is a second trigger."),
    "disclosed_quantity": N_("“%(word)s” is a second disclosed quantity."),
    "tag": N_("“%(word)s” is a second tag."),
}
"""What refuses a line that says a field twice."""

_NUMBER = re.compile(r"[-+]?(?:[0-9][0-9.,]*|\.[0-9]+)")
_SYMBOL = re.compile(r"(?=.*[A-Z])[A-Z0-9][A-Z0-9&.*_-]*")


@dataclass(frozen=True)
class Read:
    """A line of a list: its text, its number from 1, and its row, or None with the reason why it was not understood.

    `whole`: the row says all that its source said, and nothing is to be filled in. `left_out` are names in that source
    that are no field of an item.
    """

    line: str
    number: int
    row: dict[str, str] | None = None
    reason: str = ""
    params: Mapping[str, str] = field(default_factory=dict)
    whole: bool = False
    left_out: Sequence[str] = ()


def read_text(text: str) -> list[Read]:
    """Read a list with one order a line, blank lines skipped, or the JSON list that Kite's `data` is.

    Reads as many lines as a basket has places; what comes after them is one Read without a row, so nothing is lost.
    """
    if text.lstrip().startswith("["):
        return _read_json(text, text)
    lines = text.splitlines()
    numbered = ((number, line) for number, line in enumerate(lines, 1) if line.strip())
    reads = [_read(line, number) for number, line in islice(numbered, MAX_ITEMS)]
    if after := next(numbered, None):
        rest = "\n".join(lines[after[0] - 1 :])
        reads.append(Read(rest, after[0], None, N_("At most 100 lines are read at once. From here on they wait.")))
    return reads


def _read_json(text: str, data: str, number: int = 1) -> list[Read]:
    """Read the JSON list `data`, which stands in the lines `text` from `number` on: a Read for each of its items."""
    try:
        rows, names = typed_rows(data), left_out(data)
    except BasketError as error:
        return [Read(text, number, None, str(error), error.params)]
    return [Read(_as_json(row), number, row, whole=True, left_out=names) for row in rows]


def _as_json(row: dict[str, str]) -> str:
    """Return a line that is read as this row, should there be no place for it now."""
    return json.dumps({name: True if name == "readonly" else text for name, text in row.items()}, ensure_ascii=False)


def _read(line: str, number: int) -> Read:
    if line.lstrip().startswith("{"):
        read, *more = _read_json(line, f"[{line}]", number)
        return Read(line, number, None, N_("Write one order a line.")) if more else read
    try:
        return Read(line, number, read_line(line))
    except BasketError as error:
        return Read(line, number, None, str(error), error.params)


def read_line(text: str) -> dict[str, str]:
    """Return the texts by field that one written order means, the symbol in capitals; a price alone makes a limit order.

    Amounts are passed on as they were typed. Raises BasketError, with the word in its params, for what is not understood.
    """
    if len(text) > LONGEST_LINE:
        raise BasketError(N_("This line is too long to be an order."))
    line = _Line(text)
    line.read()
    return line.row


def _split(text: str) -> Iterator[str]:
    """Yield the words of a line: "@" stands alone, and signs that only end a sentence are gone."""
    for word in text.replace("@", " @ ").replace("₹", " ").split():
        if word := word.rstrip(".,;"):
            yield word


class _Line:
    """One line while it is read, word by word."""

    def __init__(self, text: str) -> None:
        self.words = list(_split(text))[::-1]
        self.row: dict[str, str] = {}
        self.names: list[str] = []
        self.doubtful = ""
        """A number after "limit" or "sl", while it is not known whether it is the quantity or the price."""

    def read(self) -> None:
        while self.words:
            self._take(self.words.pop())
        self._settle_names()
        self._settle_number()
        self._settle_order_type()

    def _take(self, word: str) -> None:
        plain = word.upper() if word.isascii() else word
        if plain in IDLE:
            return
        if plain in LEADS:
            self._lead(LEADS[plain], word)
        elif plain in ALSO_NAMES:
            self.names.append(word)
        elif plain in WORDS:
            self._set(*WORDS[plain], word)
            if plain in (OrderType.LIMIT, OrderType.SL):
                self._after_order_type()
        elif ":" in plain:
            self._exchange_and_symbol(plain, word)
        elif _NUMBER.fullmatch(plain):
            self._set("quantity", word, word)
        else:
            self._symbol(plain, word)

    def _set(self, name: str, value: str, word: str) -> None:
        if name in self.row:
            raise BasketError(ONCE[name], word=word)
        self.row[name] = value

    def _next_is(self, *words: str) -> bool:
        return bool(self.words) and self.words[-1].upper() in words

    def _lead(self, name: str, word: str) -> None:
        """Take the text that follows; "at market" names no price, and "trigger at 24450" one trigger."""
        if name == "price" and self._next_is("MARKET", "MKT"):
            return
        if name != "price" and self._next_is("@", "AT"):
            self.words.pop()
        if not self.words or (name != "tag" and not _NUMBER.fullmatch(self.words[-1])):
            raise BasketError(N_("What comes after “%(word)s” is missing."), word=word)
        text = self.words.pop()
        self._set(name, text, text)

    def _after_order_type(self) -> None:
        """A number after "limit" or "sl" is the price when the quantity stands before it."""
        if self.words and _NUMBER.fullmatch(self.words[-1]):
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
        self._symbol(symbol, word)

    def _symbol(self, plain: str, word: str) -> None:
        if plain in NOT_TAKEN or not _SYMBOL.fullmatch(plain):
            raise _not_understood(plain, word)
        if plain in ("LOT", "LOTS"):
            raise BasketError(N_("Lots are not counted here. Write the quantity in units."))
        if "tradingsymbol" in self.row:
            raise _two_names(self.row["tradingsymbol"], word)
        self.row["tradingsymbol"] = plain

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
            raise BasketError(N_("“%(word)s” could be the quantity or the price. Write @ before a price."), word=self.doubtful)
        if self.doubtful:
            self.row["quantity"] = self.doubtful

    def _settle_order_type(self) -> None:
        if "order_type" in self.row:
            return
        if "trigger_price" in self.row and self.row.get("variety") != Variety.CO:
            raise BasketError(N_("A trigger needs the word SL or SL-M."))
        if "price" in self.row:
            self.row["order_type"] = OrderType.LIMIT.value


def _not_understood(plain: str, word: str) -> BasketError:
    sentence = N_("Kite's page does not take %(word)s.") if plain in NOT_TAKEN else N_("“%(word)s” is not understood.")
    return BasketError(sentence, word=word)


def _two_names(first: str, second: str) -> BasketError:
    return BasketError(N_("Both “%(first)s” and “%(second)s” could be the instrument. Keep one."), first=first, second=second)
