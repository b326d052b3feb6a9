"""The form in which an operator writes what stands around a basket: texts, dates, an amount and its weights,
locks.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from flask_babel import gettext
from flask_wtf import FlaskForm
from wtforms import StringField, TextAreaField

from kite.basket.items import Item
from kite.basket.numbers import Unreadable, number_or_percent, optional_amount
from kite.publishing.drafts import Draft, DraftProblem
from kite.store.publishing.published import Published, Version
from kite.texts import printable, typable
from kite.vocabulary import IST, N_

SENTENCES = {
    "slug_unreadable": N_("Use 1 to 64 small letters, digits and hyphens, like large-five."),
    "slug_taken": N_("Another basket has this address already."),
    "text_missing": N_("Write something here: every visitor reads it."),
    "text_too_long": N_("Write at most %(most)s characters."),
    "ends_before_it_begins": N_("The end lies before the beginning."),
    "items_missing": N_("A basket holds 1 to %(most)s orders."),
    "items_refused": N_("Kite would refuse some of these orders today. Change them in the composer first."),
    "amount_unreadable": N_("Enter an amount in rupees, like 50,000, or leave it empty."),
    "weights_unreadable": N_("Give every order a weight above 0, or leave all of them empty for equal ones."),
    "time_unreadable": N_("Enter a day and a time, like 2026-11-27T15:30."),
}

TIME = "%Y-%m-%dT%H:%M"


def _line(text: str | None) -> str:
    return typable(text or "").strip()


def _paragraphs(text: str | None) -> str:
    return printable(text or "").strip()


class DraftForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF carries no types
    """What is typed. `draft` makes a Draft of it; what it cannot read stands at its field."""

    slug = StringField(N_("Address, after /b/"), filters=[_line])
    title = StringField(N_("Title"), filters=[_line])
    author = StringField(N_("Author"), filters=[_line])
    registration = StringField(N_("SEBI registration number"), filters=[_line])
    rationale = TextAreaField(N_("Rationale"), filters=[_paragraphs])
    disclosure = TextAreaField(N_("Disclosure"), filters=[_paragraphs])
    valid_from = StringField(N_("Offered from, IST"), filters=[_line])
    valid_until = StringField(N_("Offered until, IST"), filters=[_line])
    amount = StringField(N_("Amount in rupees, if quantities follow an amount"), filters=[_line])

    def draft(self, items: Sequence[Item], locked: Sequence[str], weights: Sequence[str]) -> Draft | None:
        """Return what is to be published, None when something cannot be read.

        `locked` are the numbers of locked items, from 0.
        """
        since, until = self._time("valid_from"), self._time("valid_until")
        amount = self._amount()
        weighed = self._weights(weights) if amount else ()
        if any(field.errors for field in self):
            return None
        texts = {
            name: self[name].data
            for name in ("slug", "title", "author", "registration", "rationale", "disclosure")
        }
        held = tuple(replace(item, readonly=str(number) in locked) for number, item in enumerate(items))
        return Draft(**texts, items=held, amount=amount, weights=weighed, valid_from=since, valid_until=until)

    def tell(self, faults: Sequence[DraftProblem]) -> list[str]:
        """Put faults at their fields; return those that belong to none of them."""
        loose = []
        for fault in faults:
            words = sentence(fault)
            if fault.field in self:
                self[fault.field].errors = [*self[fault.field].errors, words]
            else:
                loose.append(words)
        return loose

    def _fault(self, name: str, code: str) -> None:
        self[name].errors = [gettext(SENTENCES[code])]

    def _time(self, name: str) -> datetime | None:
        text = self[name].data
        if not text:
            return None
        try:
            return datetime.strptime(text[:16], TIME).replace(tzinfo=IST)
        except ValueError:
            self._fault(name, "time_unreadable")
            return None

    def _amount(self) -> Decimal | None:
        try:
            return optional_amount(self.amount.data)
        except Unreadable:
            self._fault("amount", "amount_unreadable")
            return None

    def _weights(self, texts: Sequence[str]) -> tuple[Decimal, ...]:
        if not any(text.strip() for text in texts):
            return ()
        try:
            read = [number_or_percent(text) for text in texts]
        except Unreadable:
            read = [None]
        if any(not weight for weight in read):
            self._fault("amount", "weights_unreadable")
            return ()
        return tuple(weight for weight in read if weight)


def sentence(fault: DraftProblem) -> str:
    """Return what a person reads for a fault of a draft."""
    return str(gettext(SENTENCES[fault.code], most=fault.most))


def filled(basket: Published, version: Version, slug: str = "") -> dict[str, Any]:
    """Return the texts of a published basket for the form."""
    return {
        "slug": slug or basket.slug,
        **{
            name: getattr(version, name)
            for name in ("title", "author", "registration", "rationale", "disclosure", "amount")
        },
        "valid_from": version.valid_from.strftime(TIME) if version.valid_from else "",
        "valid_until": version.valid_until.strftime(TIME) if version.valid_until else "",
    }
