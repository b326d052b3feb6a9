"""The token of a form that records a basket: the same form posted twice, even at once, leads to one
basket.

The key of a post is made of its visit, its form's token and what it sends. So a form that somebody
went back to and changed makes another basket, and two people who have a page from the same cache
get one each.
"""

import re
from collections.abc import Mapping, Sequence

from kite.basket.basket_data import to_data
from kite.basket.items import Item
from kite.offsite.base.services import new_id
from kite.offsite.journey import handoff

FIELD = "form_token"
"""The field of the composer's form that carries its token."""

_TOKEN = re.compile(r"[A-Za-z0-9_-]{22,100}")


def token_of_form(form: Mapping[str, str]) -> str:
    """Return the token of the posted form for its next page, a new one when the form has none."""
    return _posted_token(form) or new_id()


def form_keys(form: Mapping[str, str], visit: str, items: Sequence[Item], *others: str) -> list[str]:
    """Return the keys of a post of the composer's form, for handoff.prepare; `others` is what it
    sends beside its items.
    """
    token = _posted_token(form)
    if not token:
        # Programs post forms too, and nothing says that two equal orders of theirs are one.
        return []
    return [handoff.form_key("composer", visit, token, to_data(items), *others)]


def _posted_token(form: Mapping[str, str]) -> str:
    token = form.get(FIELD, "")
    if _TOKEN.fullmatch(token):
        return token
    return ""
