"""The composer's panel that turns an amount into quantities."""

import pytest

from kite.web.composer.row_fields import NEW_ROW
from tests.support.forms import buttons, by_id, controls, focused, text

INFY = NEW_ROW | {"tradingsymbol": "INFY", "quantity": ""}
RELIANCE = INFY | {"tradingsymbol": "RELIANCE", "order_type": "LIMIT", "price": "1,409.30"}
M_AND_M = INFY | {"tradingsymbol": "M&M", "order_type": "LIMIT", "price": "3012.40", "quantity": "many"}


@pytest.fixture
def press(composer):
    def press(action, *rows, **others):
        fields = {
            f"items-{number}-{name}": value for number, row in enumerate(rows) for name, value in row.items()
        }
        return composer.post(
            "/",
            data=fields
            | {"action": action}
            | {name.replace("_", "-"): value for name, value in others.items()},
        ).text

    return press


@pytest.fixture
def future(module_site):
    def future(exchange, name):
        instrument = next(
            instrument
            for instrument in module_site.services.catalogue.nearest(exchange, name, 50)
            if instrument.instrument_type == "FUT"
        )
        return NEW_ROW | {
            "tradingsymbol": instrument.tradingsymbol,
            "exchange": exchange,
            "product": "NRML",
            "quantity": "9",
        }

    return future


def quantities(html):
    return [value for name, value in controls(html) if name.endswith("-quantity") and "disclosed" not in name]


def portion_lines(html):
    """The quantities and reasons that are told, one text each."""
    return [text(line) for line in by_id(html, "amounts").iter("li")]


def test_an_amount_is_spread_equally_and_every_rounding_is_explained(press):
    page = press("scale", INFY, RELIANCE, M_AND_M, amount="₹50,000", spread="equal")
    assert quantities(page) == ["12", "12", "5"]
    assert portion_lines(page) == [
        "Order 1, INFY 12 for ₹17,378.40 Its share, ₹16,666.67, buys 11.50: rounded up to 12.",
        "Order 2, RELIANCE 12 for ₹16,911.60 Its share, ₹16,666.67, buys 11.82: rounded up to 12.",
        "Order 3, M&M 5 for ₹15,062.00 Its share, ₹16,666.67, buys 5.53: rounded down to 5.",
    ]
    assert "Left over₹648.00" in text(by_id(page, "amounts"))
    assert focused(page) == "amount-told"
    assert by_id(page, "amount").get("value") == "₹50,000"


def test_an_amount_is_spread_by_weights_and_who_has_none_is_left_alone(press):
    page = press(
        "scale",
        INFY,
        RELIANCE | {"quantity": "7"},
        M_AND_M,
        amount="50000",
        spread="weights",
        weight_0="60 %",
        weight_2="40",
    )
    assert quantities(page) == ["21", "7", "6"]
    assert "Order 2, RELIANCE: no weight." in portion_lines(page)
    assert [by_id(page, f"weight-{row}").get("value") for row in (0, 1, 2)] == ["60 %", "", "40"]


def test_derivatives_are_bought_in_lots_and_what_is_too_dear_says_so(press, future):
    page = press("scale", future("NFO", "NIFTY"), INFY, amount="4000000", spread="equal")
    assert quantities(page) == ["75", "1382"]
    assert (
        "75 = 1 lot for ₹19,61,100.00 Its share, ₹20,00,000.00, buys 1.01 of its lots, ₹19,61,100.00 each:"
        " rounded down to 1." in portion_lines(page)[0]
    )
    page = press("scale", future("NFO", "NIFTY"), INFY, amount="10000", spread="equal")
    assert quantities(page) == ["0", "4"]
    assert "0 = 0 lots for ₹0.00" in portion_lines(page)[0]


def test_an_order_that_got_nothing_goes_with_one_press_and_its_share_to_the_others(press, future):
    rows = INFY, future("NFO", "NIFTY")
    page = press("scale", *rows, amount="10000", spread="equal")
    assert portion_lines(page)[1].endswith("rounded down to 0. Kite takes no order for 0.Remove this order")
    assert "Kite takes no order" not in portion_lines(page)[0] and "Remove" not in portion_lines(page)[0]
    button = next(
        button for button in by_id(page, "amounts").iter("button") if button.get("value") == "scale-remove-1"
    )
    assert text(by_id(page, button.get("aria-describedby"))) == f"Order 2, {rows[1]['tradingsymbol']}"
    page = press("scale-remove-1", *rows, amount="10000", spread="weights", weight_0="30", weight_1="70")
    assert portion_lines(page) == [
        "Order 1, INFY 6 for ₹8,689.20 Its share, ₹10,000.00, buys 6.90: rounded down to 6."
    ]
    assert quantities(page) == ["6"] and focused(page) == "amount-told"
    assert by_id(page, "amount").get("value") == "10000" and by_id(page, "weight-0").get("value") == "30"


def test_when_the_last_order_goes_there_is_nothing_to_spread(press):
    page = press("scale-remove-0", INFY, amount="100", spread="equal")
    assert quantities(page) == [""] and focused(page) == "items-0-tradingsymbol"
    assert list(by_id(page, "amounts")) == []


def test_orders_without_a_price_are_named_and_left_alone(press, future):
    page = press(
        "scale",
        INFY,
        future("CDS", "USDINR"),
        INFY | {"tradingsymbol": "INFI", "quantity": "3"},
        RELIANCE | {"price": "x"},
        amount="2000",
    )
    assert quantities(page) == ["1", "9", "3", ""]
    assert portion_lines(page)[1:] == [
        f"Order 2, {future('CDS', 'USDINR')['tradingsymbol']}: what a contract is worth is not known on CDS.",
        "Order 3, INFI: it has to be put right first.",
        "Order 4, RELIANCE: it has to be put right first.",
    ]


@pytest.mark.parametrize(
    ("amount", "sentence"),
    [
        ("", "Enter an amount in rupees, like 50000."),
        ("0", "Enter an amount in rupees, like 50000."),
        ("much", "Enter an amount in rupees, like 1412.50."),
        ("-5", "Enter an amount in rupees, like 1412.50."),
        ("9" * 40, "Enter 100 crore or less."),
    ],
)
def test_an_amount_that_is_none_is_told_and_no_quantity_changes(press, amount, sentence):
    page = press("scale", INFY | {"quantity": "3"}, amount=amount)
    assert text(by_id(page, "amount-error")) == sentence
    assert focused(page) == "amount"
    assert quantities(page) == ["3"]
    assert by_id(page, "amount").get("value") == amount


def test_a_weight_that_is_none_is_told_at_its_field(press):
    page = press("scale", INFY, RELIANCE, amount="50000", spread="weights", weight_0="1", weight_1="<b>")
    assert (
        text(by_id(page, "weights-error")) == "Enter a weight like 40. An order without one is left as it is."
    )
    assert focused(page) == "weight-1"
    assert by_id(page, "weight-1").get("aria-invalid") == "true"
    assert by_id(page, "weight-0").get("aria-invalid") is None


@pytest.mark.parametrize("weights", [{}, {"weight_0": "0"}])
def test_there_is_nothing_to_spread_where_nobody_has_a_weight(press, weights):
    page = press("scale", INFY | {"quantity": "3"}, amount="50000", spread="weights", **weights)
    assert text(by_id(page, "amount-error")) == "No order has both a price and a weight above 0."
    assert quantities(page) == ["3"]


def test_weights_move_and_go_with_their_orders(press):
    page = press(
        "up-2",
        INFY,
        RELIANCE,
        M_AND_M,
        amount="1",
        spread="weights",
        weight_0="10",
        weight_1="20",
        weight_2="30",
    )
    assert [by_id(page, f"weight-{row}").get("value") for row in (0, 1, 2)] == ["10", "30", "20"]
    page = press("remove-0", INFY, RELIANCE, M_AND_M, weight_0="10", weight_1="20", weight_2="30")
    assert [by_id(page, f"weight-{row}").get("value") for row in (0, 1)] == ["20", "30"]
    page = press("duplicate-0", INFY, RELIANCE, weight_0="10", weight_1="20")
    assert [by_id(page, f"weight-{row}").get("value") for row in (0, 1, 2)] == ["10", "10", "20"]


def test_the_panel_is_folded_until_it_is_used_and_is_not_there_without_orders(press, composer):
    assert "scale" not in buttons(composer.get("/").text)
    page = by_id(press("update", INFY), "amounts")
    assert next(page.iter("details")).get("open") is None
    page = by_id(press("update", INFY, amount="5"), "amounts")
    assert next(page.iter("details")).get("open") is not None


# An amount that was typed and not worked out.

LIKE_NEW = INFY | {"quantity": "3"}


@pytest.fixture
def hand_off(composer):
    def hand_off(*rows, page=None, **others):
        """Press the button that leads to Kite, on a page as it was opened or as it came back."""
        fields = dict(controls(page or composer.get("/").text))
        fields |= {
            f"items-{number}-{name}": value for number, row in enumerate(rows) for name, value in row.items()
        }
        return composer.post(
            "/",
            data=fields
            | {"action": "hand_off"}
            | {name.replace("_", "-"): value for name, value in others.items()},
        )

    return hand_off


def test_an_amount_that_was_typed_is_worked_out_by_the_press_shown_and_then_sent(hand_off, handed_off):
    answer = hand_off(LIKE_NEW, RELIANCE | {"quantity": "1"}, amount="50,000", spread="equal")
    assert answer.status_code == 200
    page = answer.text
    assert quantities(page) == ["17", "18"]
    assert "The amount was not worked out yet. These are the quantities for it." in page
    assert focused(page) == "amount-told"
    sent = hand_off(page=page)
    assert sent.status_code == 303
    assert [item["quantity"] for item in handed_off(sent)] == [17, 18]


def test_an_amount_that_was_worked_out_is_not_asked_about_again_and_what_is_typed_after_it_counts(
    hand_off, handed_off, press
):
    page = press("scale", LIKE_NEW, RELIANCE | {"quantity": "1"}, amount="50,000", spread="equal")
    assert [item["quantity"] for item in handed_off(hand_off(page=page))] == [17, 18]
    assert [item["quantity"] for item in handed_off(hand_off({"quantity": "20"}, page=page))] == [20, 18]
    changed = hand_off(page=page, amount="60000")
    assert changed.status_code == 200 and quantities(changed.text) == ["20", "22"]


def test_weights_that_were_changed_count_as_well_and_those_that_nobody_asked_for_do_not(
    hand_off, handed_off, press
):
    weights = {"weight_0": "1", "weight_1": "1"}
    page = press("scale", LIKE_NEW, RELIANCE | {"quantity": "1"}, amount="50000", spread="weights", **weights)
    assert hand_off(page=page).status_code == 303
    changed = hand_off(page=page, weight_1="3")
    assert changed.status_code == 200 and quantities(changed.text) == ["9", "26"]
    page = press("scale", LIKE_NEW, RELIANCE | {"quantity": "1"}, amount="50000", spread="equal", **weights)
    assert hand_off(page=page, weight_1="3").status_code == 303


def test_an_amount_that_buys_what_stands_there_needs_no_question(hand_off, handed_off):
    answer = hand_off(
        INFY | {"quantity": "17"}, RELIANCE | {"quantity": "18"}, amount="50000", spread="equal"
    )
    assert answer.status_code == 303
    assert [item["quantity"] for item in handed_off(answer)] == [17, 18]


@pytest.mark.parametrize(
    ("amount", "sentence"),
    [
        ("much", "Enter an amount in rupees, like 1412.50."),
        ("0", "Enter an amount in rupees, like 50000."),
        ("1,448.19", "Too small. The smallest amount for these orders is ₹1,448.20."),
    ],
)
def test_an_amount_that_buys_nothing_is_told_at_its_field_and_sends_nothing(hand_off, amount, sentence):
    answer = hand_off(LIKE_NEW, amount=amount)
    assert answer.status_code == 200
    assert text(by_id(answer.text, "amount-error")) == sentence
    assert quantities(answer.text) == ["3"]
    assert "The amount cannot be worked out. Put it right below, or empty its field." in answer.text
    assert hand_off(page=answer.text, amount="").status_code == 303


def test_an_order_without_a_quantity_gets_it_from_the_amount(hand_off):
    page = hand_off(INFY, RELIANCE, amount="50000").text
    assert quantities(page) == ["17", "18"]
    assert 'id="faults"' not in page


def test_what_is_wrong_with_an_order_is_told_together_with_the_new_quantities(hand_off):
    page = hand_off(LIKE_NEW, INFY | {"tradingsymbol": "INFI", "quantity": "3"}, amount="50000").text
    assert quantities(page) == ["34", "3"]
    assert "No instrument INFI on NSE." in page
