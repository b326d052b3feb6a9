"""A person meets every rule that has a fix, and takes it: what was wrong is told at its field, and
one tap mends it.
"""

import json
import re
from typing import Any
from urllib.parse import urlencode

import pytest
from playwright.sync_api import expect

from kite.web.wording.rule_messages import SENTENCES
from tests.support.met import (
    FUTURE,
    MARKET,
    MENDED,
    POINTED_OUT,
    SL,
    TWICE,
    TYPED,
    UNMET,
    brought,
    list_past_and_far,
)
from tests.support.person import BASKET_PAGE, Person, until

AT_ONCE = 6
"""Orders that are met on one page."""


@pytest.fixture(scope="module")
def with_past_and_far(journey_site):
    list_past_and_far(journey_site.instance / "instruments.db")


def open_with(person: Person, *items: dict[str, Any]) -> None:
    """Open a link with orders, and choose what makes them wrong where a link cannot bring that."""
    orders = [brought(item) for item in items]
    person.open(f"/?{urlencode({'data': json.dumps(orders)})}")
    for row, (item, order) in enumerate(zip(items, orders, strict=True)):
        if choices := {name: value for name, value in item.items() if order[name] != value}:
            if not person.page.locator(f"#items-{row}-quantity").is_visible():
                person.page.locator(f"#item-{row}").click()
            person.fill(row, **choices)


def take(person: Person, row: int, sentence: str, button: str) -> None:
    """Press the fix at the field of a row that says `sentence`, and see the sentence go."""
    slip = person.page.locator(".slip", has=person.page.locator(f"#item-{row}"))
    field = slip.locator(".field", has=person.page.locator(".error", has_text=sentence))
    field.get_by_role("button", name=button, exact=True).first.click()
    expect(slip.locator(".error", has_text=sentence)).to_have_count(0)


def values(person: Person, row: int, names: list[str]) -> dict[str, str]:
    fields = {name: person.page.locator(f"[name=items-{row}-{name}]") for name in names}
    return {name: one.input_value() for name, one in fields.items()}


def test_every_sentence_is_met_in_a_journey():
    values = (
        [sentence for _, sentence, *_ in (*MENDED.values(), *POINTED_OUT.values())]
        + [sentence for _, _, sentence, _ in TYPED]
        + [TWICE]
    )
    for code, words in SENTENCES.items() - {(code, SENTENCES[code]) for code in UNMET}:
        pattern = re.compile(re.sub(r"%\\\(\w+\\\)s", ".+", re.escape(words.replace("%%", "%"))))
        assert any(pattern.match(sentence) for sentence in values), f"nobody meets {code}"


def test_a_rule_that_is_broken_offers_what_mends_it(somebody, with_past_and_far, subtests):
    person, remaining = somebody("phone"), list(MENDED.items())
    while page := remaining[:AT_ONCE]:
        remaining = remaining[AT_ONCE:]
        open_with(person, *(item for _, (item, *_) in page))
        person.press("hand_off")
        for row, (met, (_, sentence, button, expected)) in enumerate(page):
            with subtests.test(met):
                expect(person.page.locator("#faults")).to_contain_text(sentence)
                take(person, row, sentence, button)
                assert values(person, row, list(expected)) == expected


def test_fixes_lead_to_kite_one_after_another_with_and_without_scripts(person):
    items = [MARKET | {"tradingsymbol": "INFI", "price": 1448.25}, SL | {"trigger_price": 1450}]
    open_with(person, *items)
    person.press("hand_off")
    for row, sentence, button in (
        (0, "No instrument INFI", "INFY"),
        (0, "Market orders take no price.", "Remove it"),
        (1, "Buy SL:", "1,448.20"),
    ):
        take(person, row, sentence, button)
    expect(person.page.locator("#faults")).to_have_count(0)
    person.press("hand_off")
    if not person.scripts:
        person.page.locator("#basket-form button").click()
    person.page.wait_for_url(BASKET_PAGE)


@pytest.mark.parametrize("scripts", [True, False])
def test_what_is_pointed_out_can_be_taken_or_left(somebody, scripts):
    person = somebody("phone", scripts)
    few, sentence, button, expected = POINTED_OUT["trade to trade"]
    items = [few, few | {"quantity": 5}]
    open_with(person, *items)
    expect(person.page.locator("#item-0 .under")).to_have_text(sentence)
    expect(person.page.locator("#item-1 .under")).to_contain_text(TWICE)
    person.page.locator("#item-0").click()
    person.page.locator("#items-0-order_type-care").get_by_role("button", name=button).click()
    expect(person.page.locator("#item-0 .under")).to_have_count(0)
    assert values(person, 0, list(expected)) == expected
    person.press("hand_off")
    if not scripts:
        person.page.locator("#basket-form button").click()
    person.page.wait_for_url(BASKET_PAGE)


def test_what_is_pointed_out_to_whoever_came_back_from_kite_offers_what_mends_it(
    somebody, with_past_and_far, subtests
):
    person = somebody("phone", scripts=False)
    person.buy({"tradingsymbol": "INFY"})
    page = person.page
    until(
        lambda: (
            open_with(person, *(item for item, *_ in POINTED_OUT.values()))
            or page.get_by_text("You hold none").count()
        ),
        "holdings are told",
    )
    for row, (met, (_, sentence, button, expected)) in enumerate(POINTED_OUT.items()):
        with subtests.test(met):
            expect(page.locator(f"#item-{row} .under")).to_contain_text(sentence)
            page.locator(f"#item-{row}").click()
            with page.expect_navigation():
                page.locator(f".care[id^=items-{row}]", has_text=sentence).get_by_role(
                    "button", name=button, exact=True
                ).first.click()
            expect(page.locator(f"#item-{row} .under")).to_have_count(0)
            assert values(person, row, list(expected)) == expected


def test_what_is_pointed_out_and_lots_follow_the_typing(somebody):
    person = somebody("phone", scripts=True)
    open_with(person, FUTURE)
    person.page.locator("#item-0").click()
    expect(person.page.locator("#items-0-quantity-hint")).to_have_text("75 = 1 lot")
    person.page.locator("#items-0-quantity").fill("150")
    expect(person.page.locator("#items-0-quantity-hint")).to_have_text("150 = 2 lots")
    person.page.locator("#items-0-quantity").fill("151")
    expect(person.page.locator("#items-0-quantity-hint")).to_have_count(0)
    person.page.locator("#items-0-exchange").select_option("NSE")
    person.page.locator("#items-0-tradingsymbol").fill("CENTRALBK-BE")
    expect(person.page.locator("#items-0-order_type-care")).to_be_visible()
