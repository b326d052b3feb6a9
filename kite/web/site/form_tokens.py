"""The token of a form that records a basket: the same form posted twice, also at once, leads to the same
basket.

A post is known by who sent it, by the token of its form, and by what it sends. So the form that somebody came
back to and changed is another post, and a page that two people have from the same cache is two.
"""

import re
from collections.abc import Mapping, Sequence

from kite.basket.items import Item, to_data
from kite.offsite.base.services import new_id
from kite.offsite.journey import handoff

FIELD = "form_token"
"""The field of the composer's form that carries its token."""

_TOKEN = re.compile(r"[A-Za-z0-9_-]{22,100}")


def of_form(form: Mapping[str, str]) -> str:
    """Return the token of the posted form, which its next page carries on, and a new one for a form
    without.
    """
    return _posted(form) or new_id()


def keys(form: Mapping[str, str], visit: str, items: Sequence[Item], *others: str) -> list[str]:
    """Return what the post of a composer's form is known by, for handoff.prepare; `others` is what it sends
    beside its items.

    Nothing for a form without a token: each post of it is one of its own.
    """
    token = _posted(form)
    return [handoff.form_key("composer", visit, token, to_data(items), *others)] if token else []


def _posted(form: Mapping[str, str]) -> str:
    token = form.get(FIELD, "")
    return token if _TOKEN.fullmatch(token) else ""
