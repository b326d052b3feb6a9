"""Publishing a basket, changing it, and what is offered under its address at this moment."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from kite.basket.basket_data import to_data
from kite.basket.checking.row_checker import item_problems
from kite.basket.items import Instrument, Item
from kite.basket.problem import Problem
from kite.exceptions import KiteError
from kite.instruments.lookup import Lookup
from kite.offsite.base.services import Services, new_id
from kite.publishing.drafts import Draft, DraftProblem, DraftRefused, draft_problems, hash_of
from kite.store.flow import events
from kite.store.flow.event_causes import EventCause
from kite.store.flow.event_data import OfferedBasket
from kite.store.publishing import published
from kite.store.publishing.published import Published, Version


class OfferStatus(StrEnum):
    """Whether a published basket is offered."""

    LIVE = "live"
    NOT_YET = "not_yet"
    EXPIRED = "expired"
    PAUSED = "paused"


class ChangedMeanwhile(KiteError):
    """Somebody else made the next version first. Nothing was stored."""


@dataclass(frozen=True)
class Offer:
    """A published basket at this moment.

    `problems` has, for each item, what today's rules refuse about it: an expired contract, a
    changed lot.
    """

    basket: Published
    version: Version
    status: OfferStatus
    problems: tuple[tuple[Problem, ...], ...]

    @property
    def works(self) -> bool:
        """Whether it can be handed off: it is live, and nothing about any item is refused."""
        return self.status is OfferStatus.LIVE and not any(self.problems)

    @property
    def amount(self) -> Decimal | None:
        """The amount in rupees from which quantities are worked out; None when they are fixed."""
        return Decimal(self.version.amount) if self.version.amount else None

    @property
    def weights(self) -> tuple[Decimal, ...]:
        """Each item's weight, empty for equal ones."""
        return tuple(map(Decimal, json.loads(self.version.weights or "[]")))


def publish(services: Services, draft: Draft, operator: str) -> Published:
    """Offer a new basket. Raises DraftRefused when the draft is wrong or its address is taken."""
    _check(services, draft)
    basket = Published(new_id(), draft.slug, 1, None, services.now())
    with services.store.writing() as conn:
        if not published.add(conn, basket, _version(services, draft, basket.id, 1, operator)):
            raise DraftRefused([DraftProblem("slug_taken", "slug")])
        events.note(conn, services.now(), EventCause.PUBLISHED, data=OfferedBasket(draft.slug))
    return basket


def change(services: Services, basket: Published, draft: Draft, operator: str) -> int:
    """Make the next version of `basket`, as its caller saw it; return its number, the old one when
    nothing was changed.

    A basket keeps its address. Raises DraftRefused, and ChangedMeanwhile when somebody else was
    first.
    """
    _check(services, draft)
    with services.store.writing() as conn:
        newest = published.version(conn, basket.id, basket.version)
        if newest and newest.hash == hash_of(draft):
            return basket.version
        # Refused when the number is taken: of two operators who edit the same version, one gets a
        # message.
        if not published.change(conn, _version(services, draft, basket.id, basket.version + 1, operator)):
            raise ChangedMeanwhile(basket.slug)
        events.note(
            conn, services.now(), EventCause.CHANGED, data=OfferedBasket(basket.slug, basket.version + 1)
        )
    return basket.version + 1


def pause(services: Services, basket: Published) -> None:
    """Stop offering a basket, at once."""
    with services.store.writing() as conn:
        if published.pause(conn, basket.id, services.now()):
            events.note(conn, services.now(), EventCause.PAUSED, data=OfferedBasket(basket.slug))


def go_on(services: Services, basket: Published) -> None:
    """Offer a paused basket again."""
    with services.store.writing() as conn:
        if published.resume(conn, basket.id):
            events.note(conn, services.now(), EventCause.OFFERED_AGAIN, data=OfferedBasket(basket.slug))


def current_offer(services: Services, slug: str) -> Offer | None:
    """Return what is offered under an address at this moment, None when there is nothing."""
    with services.store.reading() as conn:
        newest = published.by_slug(conn, slug)
    return judge(services, *newest) if newest else None


def judge(services: Services, basket: Published, version: Version) -> Offer:
    """Return a basket as an offer: whether it is offered now, and what today's rules refuse of its
    items.
    """
    return Offer(basket, version, offer_status(services, basket, version), problems(services, version.items))


def offer_status(services: Services, basket: Published, version: Version) -> OfferStatus:
    """Return whether a basket is offered now, and if not why."""
    now = services.now()
    # Before the pause: to go on with a basket that is over would offer nothing.
    if version.valid_until and now >= version.valid_until:
        return OfferStatus.EXPIRED
    if basket.paused_at:
        return OfferStatus.PAUSED
    if version.valid_from and now < version.valid_from:
        return OfferStatus.NOT_YET
    return OfferStatus.LIVE


def problems(services: Services, items: Sequence[Item]) -> tuple[tuple[Problem, ...], ...]:
    """Return what today's rules refuse about each item."""
    lookup = Lookup(services.catalogue, suggestions=0)
    lookup.read((item.exchange, item.tradingsymbol) for item in items)
    return tuple(tuple(item_problems(item, lookup, services.now())) for item in items)


def instruments(services: Services, items: Sequence[Item]) -> dict[tuple[str, str], Instrument]:
    """Return today's instruments of these items, by exchange and symbol."""
    return services.catalogue.find_all((item.exchange, item.tradingsymbol) for item in items)


def _check(services: Services, draft: Draft) -> None:
    """Check a draft and its items by today's rules. Raises DraftRefused."""
    wrong = list(draft_problems(draft))
    if any(problems(services, draft.items)):
        wrong.append(DraftProblem("items_refused", "items"))
    if wrong:
        raise DraftRefused(wrong)


def _version(services: Services, draft: Draft, published_id: str, number: int, operator: str) -> Version:
    return Version(
        published_id=published_id,
        number=number,
        hash=hash_of(draft),
        title=draft.title.strip(),
        rationale=draft.rationale.strip(),
        author=draft.author.strip(),
        registration=draft.registration.strip(),
        disclosure=draft.disclosure.strip(),
        valid_from=draft.valid_from,
        valid_until=draft.valid_until,
        data=to_data(draft.items),
        amount="" if draft.amount is None else f"{draft.amount:f}",
        weights=json.dumps([f"{weight:f}" for weight in draft.weights]) if draft.weights else "",
        created_at=services.now(),
        operator=operator,
    )
