"""Whatever is sent, the answer is an envelope or a page, and never a fault of the simulator's
own.
"""

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from kite.vocabulary import OrderType, Product, TransactionType, Validity, Variety
from tests.support.fuzzing import examples
from tests.support.simulator_rig import Rig, item

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)
FIELDS = st.dictionaries(
    st.sampled_from([*item(), "price", "trigger_price", "disclosed_quantity", "readonly", "tag"]), VALUES
)
GOOD = st.fixed_dictionaries(
    {
        "tradingsymbol": st.sampled_from(["INFY", "SBIN", "SIMPARTIAL", "SIMSLOW", "M&M", "NOSUCH"]),
        "exchange": st.sampled_from(["NSE", "BSE"]),
        "transaction_type": st.sampled_from(TransactionType),
        "quantity": st.integers(1, 10**9),
    },
    optional={
        "variety": st.sampled_from(Variety),
        "order_type": st.sampled_from(OrderType),
        "product": st.sampled_from(Product),
        "validity": st.sampled_from(Validity),
        "price": st.integers(0, 10**9) | st.decimals(0, 10**6, places=2).map(float),
        "trigger_price": st.integers(0, 10**9) | st.decimals(0, 10**6, places=4).map(float),
        "disclosed_quantity": st.integers(0, 10**9),
        "tag": st.text(st.characters(exclude_categories=["Cc", "Cn", "Cs"]), max_size=100),
        "readonly": st.just(True),
    },
)


@examples(60)
@given(
    data=st.text()
    | VALUES.map(json.dumps)
    | st.lists(FIELDS.map(lambda fields: item() | fields), max_size=12).map(json.dumps)
)
def test_any_data_is_taken_or_refused_on_a_page(rig: Rig, data: str) -> None:
    answer = rig.send(data)
    assert answer.status_code in (303, 400)
    if answer.status_code == 400:
        assert "<h1>" in answer.text


@examples(60)
@given(items=st.lists(GOOD, min_size=1, max_size=10))
def test_any_readable_basket_can_be_placed_and_every_item_becomes_an_order(
    rig: Rig, items: list[dict[str, Any]]
) -> None:
    rig.clock.forward(days=1)
    rig.log_in()
    known = [one for one in items if one["tradingsymbol"] != "NOSUCH"]
    known = [one for one in known if one["exchange"] == "NSE" or not one["tradingsymbol"].startswith("SIM")]
    before = {order["order_id"] for order in rig.orders()}
    locked = [one | {"readonly": True} for one in items]
    address = rig.open(locked)
    answer = rig.web.post(address, data={"decision": "place"})
    if not known:
        assert answer.location == address
        return
    assert answer.status_code == 302
    rig.clock.forward(hours=23)
    rig.log_in()
    firsts = [
        order for order in rig.orders() if order["order_id"] not in before and not order["parent_order_id"]
    ]
    assert len(firsts) <= len(known)
    for order in firsts:
        assert order["filled_quantity"] + order["pending_quantity"] <= order["quantity"]


@examples(60)
@given(
    typed=st.dictionaries(
        st.sampled_from(
            ["items-0-quantity", "items-0-price", "items-0-trigger_price", "remove-0", "decision"]
        ),
        st.text(),
    )
)
def test_any_edit_is_taken_or_told(rig: Rig, typed: dict[str, str]) -> None:
    address = rig.open([item(order_type="SL", price=1500, trigger_price=1490)])
    assert rig.web.post(address, data=typed).status_code in (200, 302, 303)


@examples(60)
@given(value=st.text(st.characters(min_codepoint=32, max_codepoint=255)))
def test_any_authorization_is_refused_with_an_envelope(rig: Rig, value: str) -> None:
    answer = rig.web.get("/orders", headers={"Authorization": value})
    assert (answer.status_code, answer.get_json()["error_type"]) == (403, "TokenException")


@examples(60)
@given(
    body=st.binary(),
    kind=st.sampled_from(
        [
            "application/json",
            "application/x-www-form-urlencoded",
            "multipart/form-data; boundary=x",
            "text/plain",
            "",
        ]
    ),
)
def test_any_body_at_the_exchange_is_refused_with_an_envelope(rig: Rig, body: bytes, kind: str) -> None:
    answer = rig.web.post("/session/token", data=body, content_type=kind)
    assert answer.status_code in (400, 403)
    assert answer.get_json()["status"] == "error"
