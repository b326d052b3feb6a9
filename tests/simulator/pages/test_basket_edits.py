"""What a person changes on the basket page."""

import re

import pytest

from tests.support.simulator_rig import Rig, heading, item


def value_of(text: str, field: str) -> str:
    match = re.search(rf'name="{field}" value="([^"]*)"', text)
    assert match, field
    return match.group(1)


@pytest.mark.kite("1.2.13")
def test_changed_quantity_price_and_trigger_are_placed(rig: Rig) -> None:
    address = rig.open([item(order_type="SL", price=1500, trigger_price=1490)])
    form = {
        "decision": "place",
        "items-0-quantity": "1,234",
        "items-0-price": "1,501.5",
        "items-0-trigger_price": "1491",
    }
    assert rig.web.post(address, data=form).status_code == 302
    order = rig.orders()[0]
    assert (order["quantity"], order["price"], order["trigger_price"]) == (1234, 1501.5, 1491)


@pytest.mark.kite("1.2.13")
def test_locked_item_ignores_what_is_sent_and_cannot_be_removed(rig: Rig) -> None:
    address = rig.open([item(readonly=True)])
    page = rig.web.get(address).text
    assert "readonly" in page
    assert "remove-0" not in page
    rig.web.post(address, data={"decision": "place", "items-0-quantity": "9999", "remove-0": ""})
    assert rig.orders()[0]["quantity"] == 10


def test_removed_item_is_not_placed_and_the_others_keep_their_numbers(rig: Rig) -> None:
    address = rig.open([item(), item("SBIN"), item("TCS")])
    assert rig.web.post(address, data={"remove-1": "", "items-2-quantity": "7"}).location == address
    page = rig.web.get(address)
    assert heading(page) == "Approve 2 orders?"
    assert value_of(page.text, "items-2-quantity") == "7"
    rig.web.post(address, data={"remove-1": ""})
    rig.web.post(address, data={"decision": "place"})
    assert [(order["tradingsymbol"], order["quantity"]) for order in rig.orders()] == [
        ("INFY", 10),
        ("TCS", 7),
    ]


@pytest.mark.parametrize(
    ("field", "typed", "says"),
    [
        ("quantity", "abc", "Enter 1 or more."),
        ("quantity", "0", "Enter 1 or more."),
        ("quantity", "-3", "Enter 1 or more."),
        ("quantity", "1.5", "Enter 1 or more."),
        ("quantity", "9" * 15, "Enter 1 or more."),
        ("quantity", "", "Enter 1 or more."),
        ("price", "", "Enter a price above 0."),
        ("price", "0", "Enter a price above 0."),
        ("price", "NaN", "Enter a price above 0."),
        ("price", "1e999", "Enter a price above 0."),
        ("price", "१४००", "Enter a price above 0."),
    ],
)
def test_wrong_edit_is_told_at_its_field_and_places_nothing(
    rig: Rig, field: str, typed: str, says: str
) -> None:
    address = rig.open([item("SBIN"), item(order_type="LIMIT", price=1400)])
    answer = rig.web.post(address, data={"decision": "place", f"items-1-{field}": typed})
    assert answer.status_code == 200
    assert re.search(rf'id="items-1-{field}-error"><p>{re.escape(says)}<', answer.text)
    assert f'aria-describedby="items-1-{field}-error"' in answer.text
    assert value_of(answer.text, f"items-1-{field}") == typed
    assert rig.orders() == []


def test_enter_in_a_field_works_the_figures_out_again(rig: Rig) -> None:
    address = rig.open([item(order_type="LIMIT", price=1400)])
    rig.web.post(address, data={"decision": "check", "items-0-quantity": "100"})
    assert "₹1,40,000.00" in rig.web.get(address).text


def test_funds_margin_and_what_is_left_are_shown(rig: Rig) -> None:
    items = [
        item(order_type="LIMIT", price=1400),
        item("RELIANCE", variety="co", product="MIS", order_type="LIMIT", price=1400, trigger_price=1380),
    ]
    page = rig.web.get(rig.open(items)).text
    assert "₹1,00,00,000.00" in page
    assert "₹16,800.00" in page  # 14,000 for delivery, a fifth of 14,000 for the cover order
    assert "Cover" in page
    assert 'value="1380.00"' in page


def test_page_lists_what_can_be_rehearsed(rig: Rig) -> None:
    page = rig.web.get(rig.open([item()])).text
    assert all(
        symbol in page
        for symbol in ("SIMREJECT", "SIMFUNDS", "SIMPARTIAL", "SIMOPEN", "SIMCANCEL", "SIMDROP", "SIMSLOW")
    )


def test_basket_beyond_the_funds_says_so(rig: Rig) -> None:
    assert "Not enough for all of it" in rig.web.get(rig.open([item("MARUTI", quantity=1000)])).text
