"""From an empty composer to a receipt that says what became of every order."""

from tests.support.person import outcomes

INFY = {"tradingsymbol": "INFY"}
SELL_SBIN = {
    "tradingsymbol": "SBIN",
    "transaction_type": "SELL",
    "order_type": "LIMIT",
    "quantity": "5",
    "price": "700",
}


def test_a_placed_basket_ends_in_a_settled_receipt(person):
    execution_id = person.buy(INFY, SELL_SBIN)
    receipt = person.settled(execution_id)
    assert outcomes(receipt) == {"INFY": "filled", "SBIN": "filled"}
    assert [item["filled_quantity"] for item in receipt["items"]] == [10, 5]
    assert all(
        len(item["order_ids"]) == 1 and float(item["average_price"]) > 0 and not item["changes"]
        for item in receipt["items"]
    )
    assert receipt["mode"] == "simulator"
    assert receipt["settled_at"].endswith("+05:30")
    assert person.heading() == "2 of 2 filled"
    assert person.page.url == f"{person.site.url}/executions/{execution_id}"


def test_a_basket_cancelled_at_kite_says_so_and_whose_order_book_was_read_after_a_look(person):
    execution_id = person.hand_off(INFY)
    person.log_in()
    person.decision("cancel").click()
    person.page.wait_for_url(f"**/executions/{execution_id}")
    receipt = person.receipt(execution_id)
    assert receipt["state"] == "cancelled"
    assert receipt["orders"] == []
    assert outcomes(receipt) == {"INFY": None}
    assert person.heading() == "Kite says you cancelled. We’ve seen no order."
    person.page.get_by_role("button", name="Check the order book").click()
    person.decision("approve").click()
    person.page.wait_for_url(f"**/executions/{execution_id}")
    assert "The order book of AB1234 was read at" in person.page.inner_text("main")
    assert person.heading() == "Kite says you cancelled. We’ve seen no order."


def test_rejected_partly_filled_and_dropped_orders_are_each_told(person):
    execution_id = person.hand_off(
        {"tradingsymbol": "SIMREJECT"}, {"tradingsymbol": "SIMPARTIAL"}, {"tradingsymbol": "SIMDROP"}
    )
    person.log_in()
    assert (
        person.page.locator("[name^=remove-]").count() == 2
    )  # Kite drops what it does not know, without a word
    person.place()
    receipt = person.settled(execution_id)
    assert outcomes(receipt) == {"SIMREJECT": "rejected", "SIMPARTIAL": "partly_filled", "SIMDROP": "missing"}
    rejected, partly, dropped = receipt["items"]
    assert "surveillance" in rejected["status_message"]
    assert (rejected["filled_quantity"], partly["filled_quantity"], dropped["filled_quantity"]) == (0, 6, 0)
    assert dropped["order_ids"] == []
    words = person.page.inner_text("main")
    assert "surveillance" in words
    assert "6 of 10 filled" in words
    assert "Kite made no order. Why?" in words


def test_what_was_edited_and_removed_on_kites_page_is_named(person):
    execution_id = person.hand_off(INFY, SELL_SBIN, {"tradingsymbol": "TCS"})
    person.log_in()
    person.page.locator("[name=remove-2]").click()
    person.page.locator("[name=remove-2]").wait_for(state="detached")
    person.place(items_0_quantity="4", items_1_price="690")
    receipt = person.settled(execution_id)
    assert outcomes(receipt) == {"INFY": "filled", "SBIN": "filled", "TCS": "missing"}
    assert receipt["items"][0]["changes"] == [{"field": "quantity", "before": 10, "after": 4}]
    assert receipt["items"][1]["changes"] == [{"field": "price", "before": "700.00", "after": "690.00"}]
    assert receipt["items"][0]["filled_quantity"] == 4
    words = person.page.inner_text("main")
    assert "You changed quantity at Kite: 10 to 4" in words
    assert "You changed price at Kite: 700.00 to 690.00" in words
