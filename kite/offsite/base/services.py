"""What the flow works with, put together once by app.py and passed to every use case."""

import secrets
import string
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from kite.config import Settings
from kite.connect.client import KiteConnect
from kite.instruments.catalogue import Catalogue
from kite.offsite.base.answer_cache import AnswerCache
from kite.sealing import Sealer
from kite.store.base.engine import Store


@dataclass(frozen=True)
class Services:
    """`connect` carries the key and no session; `now` returns an aware time in IST.

    `answers` is what Kite answered in the last seconds. `memory` holds what is remembered for
    longer: in one cache the many answers would push it out.
    """

    settings: Settings
    store: Store
    catalogue: Catalogue
    connect: KiteConnect
    sealer: Sealer
    now: Callable[[], datetime]
    answers: AnswerCache = field(init=False)
    memory: AnswerCache = field(init=False)

    def __post_init__(self) -> None:
        for name in ("answers", "memory"):
            object.__setattr__(self, name, AnswerCache(self.now))  # frozen: no plain assignment


def new_id() -> str:
    """Return an id of 22 letters and digits that nobody can guess (131 bits).

    Without "-" and "_": a spreadsheet reads a leading "-" as a formula, and messengers leave a
    trailing one out of the link.
    """
    return "".join(secrets.choice(string.ascii_letters + string.digits) for _ in range(22))


def new_tag() -> str:
    """Return 8 random letters and digits, by which an execution's orders are found in Kite's order
    book.

    8 is what every version of Kite's documentation takes; the pages on baskets and orders allow 20.
    """
    return "".join(secrets.choice(string.ascii_lowercase + string.digits) for _ in range(8))
