"""Refusals by cause: each in the wording of the order system or the exchange, by its symbol and by
a fault.
"""

import pytest

from kite.simulator.core.refusal_texts import TEXTS
from kite.simulator.core.scripted_symbols import REFUSED, SCRIPTS
from kite.simulator.exchange.refusals import CAUSES, EARLIER_NAMES
from tests.support.simulator_rig import Rig, item
from tests.support.sources import ROOT


@pytest.mark.parametrize("symbol", REFUSED)
def test_a_scripted_symbol_is_refused_whatever_its_order(rig: Rig, symbol: str) -> None:
    rig.place(
        [item(symbol), item(symbol, transaction_type="SELL", order_type="LIMIT", price=100, quantity=1)]
    )
    rig.clock.forward(seconds=1)
    orders = rig.orders()
    assert [order["status"] for order in orders] == ["REJECTED", "REJECTED"]
    message = TEXTS[REFUSED[symbol]].message
    assert {order["status_message"] for order in orders} == {
        message.format(tradingsymbol=symbol, exchange="NSE", product="CNC")
    }
    assert all(order["exchange_order_id"] is None and order["filled_quantity"] == 0 for order in orders)


@pytest.mark.parametrize("cause", CAUSES)
def test_a_cause_that_is_switched_on_refuses_the_next_order_and_no_other(rig: Rig, cause: str) -> None:
    answer = rig.app.test_client().post(
        "/control", json={"action": "set", "fault": "order_rejected", "cause": cause, "uses": 1}
    )
    assert answer.status_code == 200
    rig.place([item(), item("SBIN")])
    rig.clock.forward(seconds=1)
    refused, filled = rig.orders()
    assert (refused["status"], filled["status"]) == ("REJECTED", "COMPLETE")
    assert refused["status_message"] and refused["status_message_raw"]
    assert "{" not in refused["status_message"] + refused["status_message_raw"]


def test_the_risk_systems_text_names_the_account_and_an_exchanges_does_not(rig: Rig) -> None:
    rig.place([item("SIMT2T"), item("SIMFAR")])
    rig.clock.forward(seconds=1)
    risk, exchange = (str(order["status_message_raw"]) for order in rig.orders())
    assert risk.startswith("RMS:Blocked for nse_cm BE T2T") and risk.endswith("across product CNC")
    assert exchange == "17070 : The Price is out of the current execution range"


def test_earlier_names_of_causes_are_taken_and_every_cause_has_words_of_its_own() -> None:
    assert set(EARLIER_NAMES.values()) < set(CAUSES)
    assert len({(text.message, text.raw) for text in TEXTS.values()}) == len(TEXTS)
    assert len({script.words for script in SCRIPTS.values()}) == len(SCRIPTS)


def test_every_scripted_symbol_and_every_cause_is_documented() -> None:
    text = (ROOT / "docs/simulator.md").read_text(encoding="utf-8")
    assert [symbol for symbol in SCRIPTS if f"| `{symbol}` |" not in text] == []
    assert [cause for cause in CAUSES if f"`{cause}`" not in text] == []
