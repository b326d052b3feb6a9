"""The script that other sites load, with what it takes from the tables of facts."""

import json

from kite.basket.items import FIELDS
from kite.config import ROOT
from kite.vocabulary import EQUITY, Exchange, OrderType

LISTS = {
    "__FIELDS__": " ".join(FIELDS),
    "__SHARES__": "|".join(exchange for exchange in Exchange if exchange in EQUITY),
    "__TERMS__": json.dumps(
        {kind: kind.facts.on_button for kind in OrderType if kind.facts.on_button != kind},
        separators=(",", ":"),
    ),
}
"""By the mark in embed.js: the names of an item's fields, the exchanges of shares, and the words of
each order type that are not its own.
"""


# A template and not in `static`: with its marks it is no script yet, and must not be served.
_FILE = ROOT / "templates/integrations/embed.js"


def embed_script() -> bytes:
    """Return the script, with the lists in the places of their marks."""
    text = _FILE.read_text(encoding="utf-8")
    for mark, words in LISTS.items():
        text = text.replace(mark, words)
    return text.encode()
