"""How often a visit and an address may send a basket to Kite, and how often somebody may try to sign in. The return from Kite is not limited."""

import ipaddress
from datetime import timedelta
from typing import Any

from flask import Flask, current_app, request
from flask_babel import gettext
from flask_limiter import Limiter
from flask_limiter.errors import RateLimitExceeded

from kite.offsite.parts import Parts
from kite.store.limits import FileStorage
from kite.web.parts import parts
from kite.web.visit import visit_id
from kite.web.words import clock

EXTENSION = "handoff_limits"

SIGN_INS_PER_NAME = "10 per 15 minutes"
SIGN_INS_PER_ADDRESS = "30 per 15 minutes"
API_CALLS_PER_ADDRESS = "300 per minute"

AWAY: dict[str, Any] = {"socket_connect_timeout": 1, "socket_timeout": 1}
"""Seconds after which a Redis that does not answer is given up for this request."""


class TooOften(Exception):
    """Something was done as often as it may be. `again_in` is in seconds."""

    def __init__(self, again_in: int) -> None:
        super().__init__(f"again in {again_in} s")
        self.again_in = again_in


class TooManyHandOffs(TooOften):
    """The visit or the address has sent as many baskets as it may."""


def count_hand_off() -> None:
    """Count a basket that is about to be recorded. Raises TooManyHandOffs instead when there were too many within an hour."""
    limiter: Limiter = current_app.extensions[EXTENSION]
    settings = parts().settings
    per_visit = limiter.shared_limit(f"{settings.handoffs_per_visit} per hour", scope="visit", key_func=visit_id)
    per_address = limiter.shared_limit(f"{settings.handoffs_per_address} per hour", scope="address", key_func=_address)
    try:
        with per_visit, per_address:
            return
    except RateLimitExceeded:
        raise TooManyHandOffs(_again_in(limiter)) from None


def count_sign_in(name: str, known_address: str) -> None:
    """Count a try to sign in as an operator. Raises TooOften when there were too many for this name or from this address.

    `known_address` is the address when this operator has signed in from it before, else "". It has tries of its own: strangers
    who use up the others would keep the operator from pausing a basket.
    """
    limiter: Limiter = current_app.extensions[EXTENSION]
    named = parts().sealer.fingerprint("operator", f"{name} {known_address}")
    per_name = limiter.shared_limit(SIGN_INS_PER_NAME, scope="operator", key_func=lambda: named)
    per_address = limiter.shared_limit(SIGN_INS_PER_ADDRESS, scope="operator address", key_func=_address)
    try:
        with per_address, per_name:
            return
    except RateLimitExceeded:
        raise TooOften(_again_in(limiter)) from None


def count_api_call() -> None:
    """Count a call of the API. Raises TooOften when there were too many from this address."""
    limiter: Limiter = current_app.extensions[EXTENSION]
    try:
        with limiter.shared_limit(API_CALLS_PER_ADDRESS, scope="api", key_func=_address):
            return
    except RateLimitExceeded:
        raise TooOften(_again_in(limiter)) from None


def _again_in(limiter: Limiter) -> int:
    ends_at = limiter.current_limit.reset_at if limiter.current_limit else 0
    return max(1, ends_at - int(parts().now().timestamp()))


def sentence_of(error: TooManyHandOffs) -> str:
    """Return what a person reads: that nothing was sent, and when it can be."""
    again = parts().now() + timedelta(seconds=error.again_in)
    return str(
        gettext(
            "Too many baskets were sent to Kite within an hour. This one was not sent, and nothing was placed. It can be sent at %(time)s IST.",
            time=clock(again),
        )
    )


def _address() -> str:
    """Return what stands for the address of this request: an address is a person's, so it is kept only as a keyed hash.

    The 2^64 addresses of one IPv6 network are one line to one house, and count as one.
    """
    address = ipaddress.ip_address(request.remote_addr or "0.0.0.0")  # noqa: S104  nothing listens here
    network = ipaddress.ip_network((address, 64 if address.version == 6 else 32), strict=False)
    return parts().sealer.fingerprint("address", str(network))


def install(app: Flask, made: Parts) -> None:
    """Set the counting up: in Redis when there is one, else in a file that the processes of this machine share."""
    settings = made.settings
    uri = settings.redis_url or f"{FileStorage.STORAGE_SCHEME[0]}://"
    options: dict[str, Any] = AWAY if settings.redis_url else {"path": settings.instance / "limits.db", "now": made.now}
    # A count that cannot be made refuses nobody.
    limiter = Limiter(_address, storage_uri=uri, storage_options=options, swallow_errors=True, strategy="fixed-window")
    limiter.init_app(app)
    app.extensions[EXTENSION] = limiter
