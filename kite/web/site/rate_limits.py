"""Rate limits: how often a visit and a network address may hand off, sign in, call the API or
prefill.

The return from Kite has none: it must never be lost.
"""

import ipaddress
import logging
from collections.abc import Callable
from datetime import timedelta
from functools import cache
from typing import Any

from flask import Flask, current_app, request
from flask_babel import gettext
from limits import RateLimitItem, parse
from limits.storage import RedisStorage, Storage
from limits.strategies import FixedWindowRateLimiter

from kite.offsite.base.services import Services
from kite.store.flow.rate_counts import FileStorage
from kite.web.site.context import services
from kite.web.site.visits import visit_id
from kite.web.wording.labels import clock

EXTENSION = "limits"

SIGN_INS_PER_NAME = "10 per 15 minutes"
SIGN_INS_PER_ADDRESS = "30 per 15 minutes"
API_CALLS_PER_ADDRESS = "300 per minute"
PREFILLS_PER_ADDRESS = "120 per hour"

REDIS_TIMEOUTS: dict[str, Any] = {"socket_connect_timeout": 1, "socket_timeout": 1}
"""How many seconds a request waits for Redis before it goes on uncounted."""


class TooOften(Exception):
    """Something was done more often than allowed. It is allowed again in `again_in` seconds."""

    def __init__(self, again_in: int) -> None:
        super().__init__(f"again in {again_in} s")
        self.again_in = again_in


class TooManyHandOffs(TooOften):
    """The visit or the address has sent as many baskets as it may."""


def count_hand_off(*, without_cookie: bool = False) -> None:
    """Count a basket that is about to be recorded.

    Raises TooManyHandOffs instead when there were too many within an hour.

    `without_cookie`: the browser keeps no cookie, so there is no visit to count for, and none is
    created.
    """
    settings = services().settings
    try:
        if not without_cookie:
            _count(f"{settings.handoffs_per_visit} per hour", "visit", visit_id())
        _count(f"{settings.handoffs_per_address} per hour", "address", _address_fingerprint())
    except TooOften as refused:
        raise TooManyHandOffs(refused.again_in) from None


def count_sign_in(name: str, known_address: str) -> None:
    """Count a try to sign in as an operator.

    Raises TooOften when there were too many for this name or from this address.

    `known_address` is the address when this operator has signed in from it before, else "". Such an
    address is counted by itself: strangers who use up the tries of a name must not lock out the
    operator, who may have to pause a basket.
    """
    _count(SIGN_INS_PER_ADDRESS, "operator address", _address_fingerprint())
    _count(
        SIGN_INS_PER_NAME, "operator", services().sealer.fingerprint("operator", f"{name} {known_address}")
    )


def count_api_call() -> None:
    """Count a call of the API. Raises TooOften when there were too many from this address."""
    _count(API_CALLS_PER_ADDRESS, "api", _address_fingerprint())


def count_prefill() -> None:
    """Count orders that another page posts for the composer.

    Raises TooOften when there were too many from this address.
    """
    _count(PREFILLS_PER_ADDRESS, "prefill", _address_fingerprint())


def _count(limit: str, what: str, who: str) -> None:
    """Add one to the count of `what` for `who`.

    Raises TooOften when that is more than `limit` ("30 per hour") allows.
    """
    strategy: FixedWindowRateLimiter = current_app.extensions[EXTENSION]
    item = _parse_limit(limit)
    try:
        if strategy.hit(item, what, who):
            return
        ends_at = strategy.get_window_stats(item, what, who).reset_time
    except strategy.storage.base_exceptions as error:
        # Refusing everybody because the count is broken would do more harm than a while without
        # limits.
        logging.getLogger(__name__).warning("Not counted: %s", error)
        return
    # Rounded up: whoever comes back at the time that the page names must not be too early.
    raise TooOften(max(1, int(ends_at) + 1 - int(services().now().timestamp())))


@cache
def _parse_limit(limit: str) -> RateLimitItem:
    return parse(limit)


def refusal_sentence(error: TooManyHandOffs) -> str:
    """Return the sentence for a person: that this press sent nothing, and when it can be sent."""
    again = services().now() + timedelta(seconds=error.again_in)
    return str(
        gettext(
            "Too many baskets left here for Kite within an hour. This press sent none. You can send it at"
            " %(time)s IST.",
            time=clock(again),
        )
    )


def _address_fingerprint() -> str:
    """Return a keyed hash of the network address of this request.

    An address is personal data, so the counts do not hold it in the clear.
    """
    address = ipaddress.ip_address(request.remote_addr or "0.0.0.0")  # noqa: S104  nothing listens here
    prefix_length = 32
    if address.version == 6:  # a provider gives every customer 2^64 addresses, which count as one
        prefix_length = 64
    network = ipaddress.ip_network((address, prefix_length), strict=False)
    return services().sealer.fingerprint("address", str(network))


def install(app: Flask, site_services: Services) -> Callable[[], None]:
    """Set the counting up: in Redis when it is configured, else in a file that all processes here
    share.

    Returns a function that closes it.
    """
    storage, close = _storage(site_services)
    app.extensions[EXTENSION] = FixedWindowRateLimiter(storage)
    return close


def _storage(site_services: Services) -> tuple[Storage, Callable[[], None]]:
    settings = site_services.settings
    if settings.redis_url:
        in_redis = RedisStorage(settings.redis_url, **REDIS_TIMEOUTS)
        return in_redis, in_redis.storage.close
    in_file = FileStorage(
        f"{FileStorage.STORAGE_SCHEME[0]}://", path=settings.instance / "limits.db", now=site_services.now
    )
    return in_file, in_file.close
