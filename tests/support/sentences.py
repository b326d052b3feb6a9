"""Orders as people write them, for the list of tests.support.kites_list: in every form of the order
line, and spoiled in every way.

Where it is known what a sentence means, it says so: the row that has to come of it, or that there
must be a reason.
"""

import json
import random
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from kite.vocabulary import Exchange
from tests.support.hostile import TEXTS
from tests.support.kites_list import BONDS, ELSEWHERE, INDICES, SHARES, SMALL, Row, rows

NAMES, EXPIRIES, STRIKES, LOTS, KINDS, EXCHANGES = 1, 3, 4, 6, 7, -1
"""Columns of a row."""

T = TypeVar("T")


@dataclass(frozen=True)
class Sentence:
    """What is typed.

    `row` are the fields that must come of it; `refused`: a reason must come in place of an order.
    """

    text: str
    row: Mapping[str, str] = field(default_factory=dict)
    refused: bool = False


class Writer:
    """Writes sentences about the rows of a list, chosen by `chance`."""

    def __init__(self, chance: random.Random, listed: Sequence[Row]) -> None:
        self.chance = chance
        self.contracts = [row for row in listed if row[EXPIRIES] and row[EXCHANGES] in set(Exchange)]
        self.elsewhere = [
            row for row in listed if row[EXCHANGES] not in set(Exchange) and row[NAMES] in ELSEWHERE
        ]
        self.listed = {(str(row[EXCHANGES]), str(row[0])) for row in listed}
        self.forms: Sequence[Callable[[], Sentence]] = (
            *(
                self.share,
                self.share_there,
                self.priced,
                self.stopped,
                self.with_more,
                self.lots_of_shares,
                self.small_company,
                self.bond,
            ),
            *(self.contract, self.lots_of_contract, self.spoken, self.spoken_by_day, self.any_of_several),
            *(self.index, self.only_elsewhere, self.shared_with_elsewhere, self.no_such, self.as_json),
        )

    def sentences(self, count: int) -> Iterator[Sentence]:
        """Yield every form in turn, and after each the same sentence spoiled."""
        for number in range(count):
            sentence = self.forms[number // 2 % len(self.forms)]()
            yield Sentence(self.spoiled(sentence.text)) if number % 2 else sentence

    def share(self) -> Sentence:
        symbol, quantity, side = self.one(SHARES), self.number(), self.side()
        words = self.shuffled(side, quantity, self.cased(symbol))
        return Sentence(
            words,
            {
                "transaction_type": side.upper(),
                "tradingsymbol": symbol,
                "quantity": quantity,
                "exchange": "NSE",
            },
        )

    def share_there(self) -> Sentence:
        symbol, exchange, quantity = self.one(SHARES), self.one(("NSE", "BSE")), self.number()
        named = self.one((f"{exchange}:{symbol}", f"{symbol} {exchange}", f"{exchange} {symbol}"))
        return Sentence(
            f"{self.side()} {quantity} {self.cased(named)}",
            {"tradingsymbol": symbol, "exchange": exchange, "quantity": quantity},
        )

    def priced(self) -> Sentence:
        symbol, price = self.one(SHARES), self.price()
        words = self.one((f"@ {price}", f"@{price}", f"at {price}", f"limit {price}", f"price {price}"))
        return Sentence(
            f"{self.side()} 10 {self.cased(symbol)} {words}",
            {"tradingsymbol": symbol, "order_type": "LIMIT", "price": price},
        )

    def stopped(self) -> Sentence:
        symbol, price = self.one(SHARES), self.price()
        words, kind = self.one(
            (
                (f"sl @ {price} trigger {price}", "SL"),
                (f"sl-m trigger at {price}", "SL-M"),
                (f"SLM trigger {price}", "SL-M"),
            )
        )
        return Sentence(
            f"sell 10 {symbol} {words}", {"tradingsymbol": symbol, "order_type": kind, "trigger_price": price}
        )

    def with_more(self) -> Sentence:
        more = self.chance.sample(("cnc", "day", "amo", "tag A1", "disclosed 5", "mkt", "shares"), 3)
        return Sentence(
            f"buy 10 {self.one(SHARES)} {' '.join(more)}", {"quantity": "10", "transaction_type": "BUY"}
        )

    def lots_of_shares(self) -> Sentence:
        # A share that two exchanges list, of which none has lots: neither is it said which is
        # meant, nor would it help.
        return Sentence(f"buy {self.number()} lots {self.cased(self.one(SHARES))}", refused=True)

    def small_company(self) -> Sentence:
        symbol, lots = self.one(SMALL), self.chance.randint(1, 50)
        if self.chance.random() < 0.5:
            row = {"tradingsymbol": symbol, "quantity": str(lots * SMALL[symbol]), "exchange": "NSE"}
            return Sentence(
                f"{self.side()} {lots} {self.one(('lot', 'lots', 'lots of'))} {self.cased(symbol)}", row
            )
        return Sentence(
            f"{self.side()} {lots} {self.cased(symbol)}", {"tradingsymbol": symbol, "quantity": str(lots)}
        )

    def bond(self) -> Sentence:
        symbol, _, lot = self.one(BONDS)
        if lot > 1 and self.chance.random() < 0.5:
            return Sentence(
                f"buy 3 lots {self.cased(symbol)}", {"tradingsymbol": symbol, "quantity": str(3 * lot)}
            )
        return Sentence(
            f"buy 300 {self.cased(symbol)} @ 98.7",
            {"tradingsymbol": symbol, "quantity": "300", "exchange": "NSE"},
        )

    def contract(self) -> Sentence:
        row = self.one(self.contracts)
        symbol, exchange = str(row[0]), str(row[EXCHANGES])
        known = {"exchange": exchange} if self.traded_at(symbol) == [exchange] else {}
        return Sentence(
            f"{self.side()} {row[LOTS]} {self.cased(symbol)}",
            {"tradingsymbol": symbol, "quantity": str(row[LOTS])} | known,
        )

    def lots_of_contract(self) -> Sentence:
        row = self.one(self.contracts)
        symbol, lots = f"{row[EXCHANGES]}:{row[0]}", self.chance.randint(1, 9)
        fields = {
            "tradingsymbol": str(row[0]),
            "exchange": str(row[EXCHANGES]),
            "quantity": str(lots * int(str(row[LOTS]))),
        }
        return Sentence(f"{self.side()} {lots} lots {self.cased(symbol)}", fields)

    def spoken(self) -> Sentence:
        """A contract as people say it: by month where one of a week could be meant too, several may
        be.
        """
        row = self.one(self.contracts)
        when = f"{row[EXPIRIES]:%b}" if self.chance.random() < 0.5 else f"{row[EXPIRIES]:%B %Y}"
        return Sentence(f"{self.side()} 1 lot {self.cased(self.said(row, when))}")

    def spoken_by_day(self) -> Sentence:
        row = self.one(self.contracts)
        when = f"{row[EXPIRIES]:%d} {row[EXPIRIES]:%b}"
        words = f"{self.side()} 2 lots {row[EXCHANGES]}:{self.said(row, when)}"
        fields = {
            "tradingsymbol": str(row[0]),
            "exchange": str(row[EXCHANGES]),
            "quantity": str(2 * int(str(row[LOTS]))),
        }
        return Sentence(self.cased(words), fields)

    def any_of_several(self) -> Sentence:
        return Sentence(
            f"{self.side()} 1 lot {self.one(('nifty', 'usdinr', 'gold', 'sensex', 'm&m'))}"
            f" {self.one(('fut', '26000 ce', '85 pe'))}",
            refused=True,
        )

    def index(self) -> Sentence:
        symbol, exchange = self.one(INDICES)
        words = self.one(
            (
                f"buy 5 {self.cased(symbol)}",
                f"sell 5 {exchange}:{symbol}",
                f"buy 1 lot {symbol}",
                f"buy 10 {symbol} {exchange} @ 100",
            )
        )
        return Sentence(words)

    def only_elsewhere(self) -> Sentence:
        """Only NCO lists it: no order may come of it that could be sent."""
        row = self.one(self.elsewhere)
        name, symbol = str(row[NAMES]), str(row[0])
        words = (
            f"buy 1 lot {self.said(row, f'{row[EXPIRIES]:%b}')}",
            f"buy 1 lot {symbol}",
            f"buy 1 nco:{symbol}",
            f"buy 1 {symbol} nco",
            f"sell 1 lot nco:{name} {row[EXPIRIES]:%b} fut",
        )
        return Sentence(self.cased(self.one(words)), refused=True)

    def shared_with_elsewhere(self) -> Sentence:
        """MCX and NCO list it under one symbol: MCX is meant."""
        row = self.one([row for row in self.contracts if row[NAMES] in ("GOLD", "CRUDEOILM", "SILVER")])
        words = self.one(
            (
                f"buy 1 lot {row[0]}",
                f"buy 1 {row[0]}",
                f"buy 1 lot {self.said(row, f'{row[EXPIRIES]:%d %b}')}",
            )
        )
        return Sentence(self.cased(words), {"tradingsymbol": str(row[0]), "exchange": "MCX", "quantity": "1"})

    def no_such(self) -> Sentence:
        name = self.one(("nosuch", "zzz", "nicel", "aluminimini"))
        return Sentence(f"buy 1 lot {name} dec {self.one(('fut', '187.5 ce', '26,000 pe'))}", refused=True)

    def as_json(self) -> Sentence:
        symbol = self.one((*SHARES, *SMALL))
        order = {
            "tradingsymbol": symbol,
            "exchange": "NSE",
            "transaction_type": "SELL",
            "order_type": "MARKET",
            "quantity": int(self.number()),
        }
        return Sentence(json.dumps(order), {"tradingsymbol": symbol, "transaction_type": "SELL"})

    def said(self, row: Row, when: str) -> str:
        """Name a contract in words."""
        if row[KINDS] == "FUT":
            return self.one((f"{row[NAMES]} {when} fut", f"{row[NAMES]} {when} future"))
        kind = self.one({"CE": ("ce", "call"), "PE": ("pe", "put")}[str(row[KINDS])])
        return f"{row[NAMES]} {when} {row[STRIKES]} {kind}"

    def traded_at(self, symbol: str) -> list[str]:
        """Return the exchanges of baskets that list a symbol."""
        return [exchange.value for exchange in Exchange if (exchange.value, symbol) in self.listed]

    def spoiled(self, text: str) -> str:
        """Return a sentence that is not what anybody meant to write."""
        words = text.split()
        place = self.chance.randrange(len(words))
        odd = self.one(
            (
                "lot",
                "lots",
                "fut",
                "ce",
                "dec",
                "@",
                "trigger",
                "nco",
                "nseix:x",
                "1e9",
                "-10",
                "99999999999",
                "187.5",
                "½",
                *TEXTS.values(),
            )
        )
        changed = self.one(
            (
                words[:place] + words[place + 1 :],
                [*words[:place], odd, *words[place:]],
                [*words[:place], odd, *words[place + 1 :]],
                self.chance.sample(words, len(words)),
                words + words,
                ["".join(words)],
            )
        )
        return " ".join(changed)

    def one(self, choices: Iterable[T]) -> T:
        return self.chance.choice(list(choices))

    def side(self) -> str:
        return self.one(("buy", "sell", "BUY", "Sell"))

    def number(self) -> str:
        return str(self.one((1, 7, 10, 75, 1200, 99_999)))

    def price(self) -> str:
        return self.one(("0.05", "187.5", "1412", "1448.20", "99999"))

    def cased(self, text: str) -> str:
        return self.one((text, text.lower(), text.upper()))

    def shuffled(self, *words: str) -> str:
        return " ".join(self.chance.sample(words, len(words)))


def writer(seed: int) -> Writer:
    """Return a writer about the whole list; of one seed all sentences are the same."""
    return Writer(random.Random(seed), list(rows()))
