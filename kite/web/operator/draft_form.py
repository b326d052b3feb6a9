"""The form in which an operator describes a basket: texts, dates, an amount and its weights,
locks.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal

from flask_babel import gettext

from kite.basket.items import Item
from kite.basket.numbers import Unreadable, number_or_percent, optional_amount
from kite.publishing.drafts import Draft, DraftProblem
from kite.store.publishing.published import Published, Version
from kite.texts import printable, typable
from kite.vocabulary import IST, N_
from kite.web.site.text_fields import TextField

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


_READERS: Mapping[str, Callable[[str | None], str]] = {
    "slug": _line,
    "title": _line,
    "author": _line,
    "registration": _line,
    "rationale": _paragraphs,
    "disclosure": _paragraphs,
    "valid_from": _line,
    "valid_until": _line,
    "amount": _line,
}
"""The fields of the form, and what is kept of a text that is typed into each."""


class DraftForm:
    """What an operator typed, or what is stored of a basket.

    `draft` makes a Draft of it, or says at a field why it cannot be read.
    """

    def __init__(self, texts: Mapping[str, str | None]) -> None:
        self._fields = {name: TextField(name, read(texts.get(name))) for name, read in _READERS.items()}

    def __getitem__(self, name: str) -> TextField:
        """Return a field by its name."""
        return self._fields[name]

    def draft(self, items: Sequence[Item], locked: Sequence[str], weights: Sequence[str]) -> Draft | None:
        """Return the draft, None when something that was typed cannot be read.

        `locked` are the numbers of locked items, from 0.
        """
        since, until = self._time("valid_from"), self._time("valid_until")
        amount = self._amount()
        weighed: tuple[Decimal, ...] = ()
        if amount:  # without an amount the author's own quantities count, and weights mean nothing
            weighed = self._weights(weights)
        if any(text_field.errors for text_field in self._fields.values()):
            return None
        texts = {
            name: self[name].data
            for name in ("slug", "title", "author", "registration", "rationale", "disclosure")
        }
        locked_items = tuple(
            replace(item, readonly=str(number) in locked) for number, item in enumerate(items)
        )
        return Draft(
            **texts, items=locked_items, amount=amount, weights=weighed, valid_from=since, valid_until=until
        )

    def add_problems(self, problems: Sequence[DraftProblem]) -> list[str]:
        """Put the sentences of problems at their fields; return those that belong to no field."""
        without_field = []
        for problem in problems:
            words = problem_sentence(problem)
            if problem.field in self._fields:
                self[problem.field].errors.append(words)
            else:
                without_field.append(words)
        return without_field

    def _add_error(self, name: str, code: str) -> None:
        self[name].errors = [gettext(SENTENCES[code])]

    def _time(self, name: str) -> datetime | None:
        text = self[name].data
        if not text:
            return None
        try:
            return datetime.strptime(text[:16], TIME).replace(tzinfo=IST)
        except ValueError:
            self._add_error(name, "time_unreadable")
            return None

    def _amount(self) -> Decimal | None:
        try:
            return optional_amount(self["amount"].data)
        except Unreadable:
            self._add_error("amount", "amount_unreadable")
            return None

    def _weights(self, texts: Sequence[str]) -> tuple[Decimal, ...]:
        if not any(text.strip() for text in texts):
            return ()
        try:
            numbers = [number_or_percent(text) for text in texts]
        except Unreadable:
            numbers = [None]
        weights = tuple(number for number in numbers if number)
        # An empty weight beside written ones may be a 0 or a slip, so it is asked about and not
        # guessed.
        if len(weights) < len(numbers):
            self._add_error("amount", "weights_unreadable")
            return ()
        return weights


def problem_sentence(problem: DraftProblem) -> str:
    """Return the sentence that a person reads for a problem of a draft."""
    return str(gettext(SENTENCES[problem.code], most=problem.most))


def form_data(basket: Published, version: Version, slug: str = "") -> dict[str, str | None]:
    """Return the texts of a published basket for the form."""
    return {
        "slug": slug or basket.slug,
        **{
            name: getattr(version, name)
            for name in ("title", "author", "registration", "rationale", "disclosure", "amount")
        },
        "valid_from": _typed_time(version.valid_from),
        "valid_until": _typed_time(version.valid_until),
    }


def _typed_time(time: datetime | None) -> str:
    if time is None:
        return ""
    return time.strftime(TIME)
