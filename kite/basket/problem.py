"""What a rule is, and what it yields: a problem at a field, with the changes that would fix it."""

import dataclasses
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from kite.basket.items import Instrument, Item

Fix = Mapping[str, str]
"""A change that fixes a problem: the new texts of one or more fields of the item, "" for one that
is emptied.
"""


@dataclass(frozen=True)
class Problem:
    """One thing wrong with one field of an item.

    `params` are texts for the sentence of `code`; `fixes` are offered on one tap, the likeliest
    first. The words for all of them belong to the pages.
    """

    code: str
    field: str
    params: Mapping[str, str] = dataclasses.field(default_factory=dict)
    fixes: tuple[Fix, ...] = ()


Check = Callable[[Item, Instrument | None, datetime], Iterator[Problem]]
"""A rule's function: it gets the item, its instrument (None when there is no such symbol) and the
time.
"""


@dataclass(frozen=True)
class Rule:
    """A check, the fields of the item that it reads, the codes of its problems and where the rule
    comes from.

    `sentence` is the rule in words for people, untranslated, with a place for every list of
    exchanges or order types that it names.
    """

    check: Check
    reads: frozenset[str]
    codes: tuple[str, ...]
    sentence: str
    source: "RuleSource"


@dataclass(frozen=True)
class RuleSource:
    """Where a rule can be read: the page's name, and its address."""

    name: str
    url: str
