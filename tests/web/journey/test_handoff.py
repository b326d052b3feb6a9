"""The hand-off page: what travels to Kite, when it goes by itself, and when it asks."""

import json
import re

import pytest

from kite.offsite.journey.handoff import BasketState
from tests.support.site import hidden_fields, query


@pytest.fixture
def person(site):
    return site.visitor()


def posts_itself(page):
    return ".submit()" in page


def test_the_form_is_the_documentations(person, site):
    execution_id = person.compose(
        {"tag": "swing"},
        {"tradingsymbol": "M&M", "order_type": "LIMIT", "price": "3,012.40", "quantity": "5"},
    )
    page = person.get(f"/handoff/{execution_id}", status=200).get_data(as_text=True)
    form = re.search(r"<form[^>]*>", page)[0]
    assert 'id="basket-form"' in form
    assert 'method="post"' in form
    assert f'action="{site.settings.web_root}/connect/basket"' in form
    assert re.search(r'<input[^>]*id="basket"[^>]*>', page)
    fields = hidden_fields(page)
    assert set(fields) == {"api_key", "data", "redirect_params"}
    assert fields["api_key"] == "simulator_key"
    tag = site.services.store and json.loads(fields["data"])[1]["tag"]
    assert re.fullmatch(r"[a-z0-9]{8}", tag)
    assert json.loads(fields["data"]) == [
        {
            "variety": "regular",
            "tradingsymbol": "INFY",
            "exchange": "NSE",
            "transaction_type": "BUY",
            "order_type": "MARKET",
            "product": "CNC",
            "quantity": 10,
            "validity": "DAY",
            "readonly": False,
            "tag": f"swing{tag}",
        },
        {
            "variety": "regular",
            "tradingsymbol": "M&M",
            "exchange": "NSE",
            "transaction_type": "BUY",
            "order_type": "LIMIT",
            "product": "CNC",
            "price": 3012.4,
            "quantity": 5,
            "validity": "DAY",
            "readonly": False,
            "tag": tag,
        },
    ]
    assert re.fullmatch(r"state=[\w.-]+", fields["redirect_params"])


def test_it_posts_itself_once_and_asks_the_second_time(person):
    execution_id = person.compose({})
    first = person.get(f"/handoff/{execution_id}", status=200).get_data(as_text=True)
    assert posts_itself(first)
    assert person.receipt(execution_id)["state"] == "handed_off"
    second = person.get(f"/handoff/{execution_id}", status=200).get_data(as_text=True)
    assert not posts_itself(second)
    assert "Open Kite again?" in second
    assert "Open Kite again" in second
    assert f'href="/executions/{execution_id}"' in second


def test_for_anybody_else_it_is_a_page_with_a_button_and_changes_nothing(person, site):
    execution_id = person.compose({})
    page = site.visitor().get(f"/handoff/{execution_id}", status=200).get_data(as_text=True)
    assert not posts_itself(page)
    assert "Continue to Kite" in page
    assert f"/executions/{execution_id}" not in page
    assert person.receipt(execution_id)["state"] == "prepared"
    assert posts_itself(person.get(f"/handoff/{execution_id}").get_data(as_text=True))


@pytest.mark.parametrize(
    "headers", [{"Sec-Purpose": "prefetch"}, {"Purpose": "prefetch"}, {"X-Purpose": "preview"}]
)
def test_a_prefetch_gets_a_button_and_changes_nothing(person, headers):
    execution_id = person.compose({})
    page = person.get(f"/handoff/{execution_id}", status=200, headers=headers).get_data(as_text=True)
    assert not posts_itself(page)
    assert person.receipt(execution_id)["state"] == "prepared"


def test_a_basket_that_came_back_is_not_sent_again(person, site):
    execution_id = person.buy()
    assert person.get(f"/handoff/{execution_id}", status=303).location == f"/executions/{execution_id}"
    page = site.visitor().get(f"/handoff/{execution_id}", status=200).get_data(as_text=True)
    assert "basket-form" not in page


def test_an_id_that_does_not_exist_is_not_found(person):
    person.get("/handoff/nothing", status=404)


def test_a_large_basket_goes_in_parts_and_nothing_is_cut(person, site):
    basket = [
        {"tradingsymbol": symbol, "quantity": str(number + 1)}
        for number, symbol in enumerate(["INFY", "SBIN", "TCS", "ITC"] * 6)
    ]
    execution_id = person.compose(*basket[:23])
    with site.services.store.reading() as conn:
        from kite.store.flow import executions

        parts = executions.parts(conn, execution_id)
    assert [(part.part, part.parts, len(part.items)) for part in parts] == [(1, 3, 10), (2, 3, 10), (3, 3, 3)]
    assert [item.quantity for part in parts for item in part.items] == list(range(1, 24))
    assert len({part.tag for part in parts}) == 3
    page = person.get(f"/handoff/{execution_id}", status=200).get_data(as_text=True)
    assert "art 1 of 3" in page
    person.get(person.place(execution_id), status=303)
    receipt = person.get(f"/executions/{execution_id}", status=200).get_data(as_text=True)
    assert f'href="/handoff/{parts[1].id}"' in receipt
    assert "Send part 2 of 3" in receipt


def test_the_state_names_execution_visit_and_time_and_nothing_secret(person, site):
    execution_id = person.compose({})
    state = person.form_of(execution_id)["redirect_params"].removeprefix("state=")
    payload = site.services.sealer.verify(BasketState, state)
    assert payload.execution_id == execution_id
    assert payload.made_at == site.clock()
    visit = person.client.get_cookie("visit", domain="127.0.0.1").value
    assert payload.visit_nonce not in visit


def test_the_state_comes_back_with_a_return_and_not_with_a_cancel(person):
    execution_id = person.compose({})
    state = person.form_of(execution_id)["redirect_params"].removeprefix("state=")
    page = person.to_kite(execution_id)
    assert query(person.decide(page, "place"))["state"].split(".")[0] == state.split(".")[0]
    other = person.compose({})
    assert "state" not in query(person.decide(person.to_kite(other), "cancel"))


def test_a_cancelled_basket_can_go_to_kite_again_as_a_new_execution(person):
    execution_id = person.compose({"tag": "swing"})
    person.get(person.decide(person.to_kite(execution_id), "cancel"), status=303)
    again = person.send_again(execution_id)
    assert person.send_again(execution_id) == again, "a second press makes no second basket"
    assert again != execution_id
    assert person.receipt(again)["parent_id"] == execution_id
    person.get(person.place(again), status=303)
    assert person.receipt(again)["state"] == "returned"
    assert person.receipt(execution_id)["state"] == "cancelled"
    assert person.post(f"/executions/{again}/again", status=303).location == f"/executions/{again}", (
        "it came back"
    )


def test_the_page_of_ten_orders_weighs_at_most_six_kilobytes(site):
    person = site.visitor()
    symbols = ("INFY", "SBIN", "RELIANCE", "HDFCBANK", "TCS", "ITC", "WIPRO", "NTPC", "LT", "M&M")
    execution_id = person.compose(*({"tradingsymbol": symbol} for symbol in symbols))
    assert len(person.get(f"/handoff/{execution_id}").data) <= 6 * 1024


@pytest.mark.parametrize(
    ("items", "summary"),
    [
        ([{}], "1 buy · ₹14,482.00"),
        ([{}, {"transaction_type": "SELL", "quantity": "2"}], "1 buy · ₹14,482.00, 1 sell · ₹2,896.40"),
        ([{"transaction_type": "SELL"}], "1 sell · ₹14,482.00"),
    ],
)
def test_what_is_bought_and_what_is_sold_are_two_sums(site, items, summary):
    person = site.visitor()
    page = person.get(f"/handoff/{person.compose(*items)}", status=200).get_data(as_text=True)
    assert summary in page
    assert "17,378" not in page, "nothing adds them up"
