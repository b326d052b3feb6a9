"""Events as the version before wrote them, a sentence and a text: what they say as a code with data.

`event_conversion.py` converts them in the database, and `kite/store/flow/events.py` reads those that
are not converted yet.
"""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple


class ConvertedEvent(NamedTuple):
    """The columns that an old event is converted to; `data` is JSON."""

    cause: str
    order_id: str | None
    user_id: str | None
    data: str | None


class _Facts(NamedTuple):
    """What an old event's text says."""

    data: Mapping[str, object] = {}
    order_id: str | None = None
    user_id: str | None = None


CODES = {
    "composed": "composed",
    "sent again": "sent_again",
    "opened Kite": "opened",
    "no return": "no_return",
    "Kite said cancelled": "said_cancelled",
    "came back from Kite": "came_back",
    "came back from Kite on another day": "came_back_late",
    "found in the order book by its tag": "found_by_tag",
    "not found in the order book": "not_found",
    "return refused": "return_refused",
    "a return showed the registered address": "return_address",
    "token exchanged": "token_exchanged",
    "token used": "token_used",
    "token refused": "token_refused",
    "order book read": "book_read",
    "every order has ended": "all_ended",
    "nothing was placed": "nothing_placed",
    "an order works again": "works_again",
    "Kite reported an order": "postback",
    "erased by its person": "erased",
    "asked Kite to modify an order": "asked_to_modify",
    "asked Kite to cancel an order": "asked_to_cancel",
    "asked Kite to exit an order": "asked_to_exit",
    "Kite took it": "kite_took",
    "Kite refused it": "kite_refused",
    "Kite gave no answer to it": "kite_silent",
    "exported": "exported",
    "logged out of Kite": "logged_out",
    "sells go first": "sells_first",
    "went on without the earlier part": "went_on",
    "stopped before the next part": "stopped",
    "taken up again": "taken_up",
    "pressed a published basket": "pressed",
    "pressed on another person's hand-off page": "copied",
    "signed in": "signed_in",
    "sign-in refused": "sign_in_refused",
    "signed out": "signed_out",
    "ended a session": "session_ended",
    "added an operator": "operator_added",
    "changed a password": "password_changed",
    "disabled an operator": "operator_disabled",
    "enabled an operator": "operator_enabled",
    "published a basket": "published",
    "changed a published basket": "changed",
    "paused a published basket": "paused",
    "offered a paused basket again": "offered_again",
    "made a link": "link_made",
    "revoked a link": "link_revoked",
    "made a token": "token_made",
    "revoked a token": "token_revoked",
    "allowed a site or an address": "allowed",
    "allowed a site or an address no more": "allowed_no_more",
    "a code was redeemed": "code_redeemed",
}
"""The code of every cause that the version before wrote."""

_TEXTS = {code: text for text, code in CODES.items()}

_REASONS = {
    "the person named this basket": "named_by_person",
    "in another browser": "in_another_browser",
    "a cancel that another site caused": "another_site",
    "a status Kite does not document, or no token": "undocumented_status",
    "type or action say something else than the state": "contradicts_state",
    "a login that another visit began": "another_visits_login",
    "a state that was not signed here": "forged_state",
    "state and visit name different baskets": "baskets_differ",
}

_TERM = re.compile(r"(quantity) ([0-9]{1,18})|((?!quantity)[a-z_]+) ([0-9]{1,18}(?:\.[0-9]{1,18})?)")
_VERSION = re.compile(r"(.*), version ([0-9]{1,9}), ([0-9a-f]{8})")


def old_texts(causes: Sequence[str]) -> list[str]:
    """Return what the version before wrote for these causes."""
    return [_TEXTS[cause] for cause in causes if cause in _TEXTS]


def convert(text: str, detail: str) -> ConvertedEvent:
    """Return what an event of the version before says, from its cause and its detail.

    A cause that no version wrote stays as it is.
    """
    code = CODES.get(text, text)
    facts = _READERS.get(code, _unread)(detail) if detail else _Facts()
    data = json.dumps(facts.data, ensure_ascii=False, separators=(",", ":")) if facts.data else None
    return ConvertedEvent(code, facts.order_id, facts.user_id, data)


def _text(name: str) -> Callable[[str], _Facts]:
    return lambda detail: _Facts({name: detail})


def _number(name: str) -> Callable[[str], _Facts]:
    return lambda detail: _Facts({name: _whole(detail)})


def _texts(first: str, second: str) -> Callable[[str], _Facts]:
    """Return a reader of two texts with a blank between them; the second may be missing."""

    def read(detail: str) -> _Facts:
        one, blank, other = detail.partition(" ")
        return _Facts({first: one, second: other} if blank else {first: one})

    return read


def _whole(text: str) -> int:
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= 18 else 0


def _unread(detail: str) -> _Facts:
    return _Facts({"text": detail})


def _reason(detail: str) -> _Facts:
    return _Facts({"reason": _REASONS.get(detail, detail)})


def _failure(detail: str) -> _Facts:
    if detail == "The token is too old.":
        return _Facts({"too_old": True})
    return _Facts({"message": detail})


def _user(detail: str) -> _Facts:
    return _Facts(user_id=detail)


def _order(detail: str) -> _Facts:
    return _Facts(order_id=detail.partition(" ")[0])


def _terms(detail: str) -> _Facts:
    order_id, _, rest = detail.partition(" ")
    terms: dict[str, int | str] = {}
    for match in filter(None, map(_TERM.fullmatch, rest.split(", "))):
        if match[1]:
            terms[match[1]] = int(match[2])
        else:
            terms[match[3]] = match[4]
    return _Facts({"terms": terms}, order_id)


def _answer(detail: str) -> _Facts:
    order_id, _, rest = detail.partition(" ")
    error, _, message = rest.partition(": ")
    return _Facts({"error": error, "message": message} if rest else {}, order_id)


def _count_of_executions(detail: str) -> _Facts:
    return _Facts({"executions": _whole(detail.partition(" ")[0])})


def _export(detail: str) -> _Facts:
    kind, mark, query = detail.partition("?")
    return _Facts({"kind": kind, "query": mark + query})


def _press(detail: str) -> _Facts:
    match = _VERSION.fullmatch(detail)
    if match is None:
        return _Facts({"origin": detail})
    return _Facts({"slug": match[1], "version": int(match[2]), "hash": match[3]})


def _ended_sessions(detail: str) -> _Facts:
    name, _, count = detail.partition(" ")
    return _Facts({"name": name, "count": _whole(count)})


def _basket(detail: str) -> _Facts:
    slug, _, version = detail.partition(" ")
    return _Facts({"slug": slug, "version": _whole(version)} if version else {"slug": slug})


_READERS: Mapping[str, Callable[[str], _Facts]] = {
    **dict.fromkeys(("said_cancelled", "came_back", "return_refused"), _reason),
    **dict.fromkeys(("token_used", "token_refused"), _failure),
    **dict.fromkeys(("not_found", "token_exchanged"), _user),
    **dict.fromkeys(("asked_to_cancel", "asked_to_exit"), _order),
    **dict.fromkeys(("kite_took", "kite_refused", "kite_silent"), _answer),
    **dict.fromkeys(("stopped", "taken_up"), _number("part")),
    **dict.fromkeys(("signed_in", "sign_in_refused", "signed_out"), _text("name")),
    **dict.fromkeys(("operator_added", "password_changed"), _text("name")),
    **dict.fromkeys(("operator_disabled", "operator_enabled"), _text("name")),
    **dict.fromkeys(("token_made", "token_revoked", "code_redeemed"), _text("name")),
    **dict.fromkeys(("published", "changed", "paused", "offered_again"), _basket),
    **dict.fromkeys(("link_made", "link_revoked"), _texts("slug", "reference")),
    **dict.fromkeys(("allowed", "allowed_no_more"), _texts("kind", "value")),
    "no_return": _number("minutes"),
    "return_address": _text("address"),
    "postback": _texts("tradingsymbol", "status"),
    "asked_to_modify": _terms,
    "erased": _count_of_executions,
    "exported": _export,
    "pressed": _press,
    "session_ended": _ended_sessions,
}
"""By code: what reads the detail that the version before wrote, when there is one."""
