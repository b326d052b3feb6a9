"""Whether an order has ended is said in one place, and everybody who speaks of statuses agrees with
it.
"""

import ast

import pytest

from kite.simulator.exchange.order_json import AT_EXCHANGE
from kite.simulator.orders.order_store import STABLE
from kite.vocabulary import ENDED, OrderStatus, has_ended, known_status
from kite.web.wording.history import PASSING
from tests.support.sources import sources

MODULES = [
    source
    for source in sources()
    if source.name.startswith("kite.") and not source.name.startswith("kite.vocabulary")
]
LAST = {"COMPLETE", "CANCELLED", "REJECTED"}


def names(tree: ast.AST) -> set[str]:
    """What a module imports from the vocabulary."""
    constants = (
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module == "kite.vocabulary"
    )
    return {alias.name for node in constants for alias in node.names}


@pytest.mark.parametrize("source", MODULES, ids=lambda source: source.name)
def test_nobody_compares_with_the_last_statuses_by_hand(source):
    assert "ENDED" not in names(source.tree)
    sets = (node for node in ast.walk(source.tree) if isinstance(node, ast.Set | ast.List | ast.Tuple))
    words = [
        {getattr(part, "value", None) for part in node.elts if isinstance(part, ast.Constant)}
        for node in sets
    ]
    assert not [statuses for statuses in words if statuses >= LAST]


@pytest.mark.parametrize("status", list(OrderStatus))
def test_what_ends_waits_nowhere(status):
    assert known_status(status) is status
    assert has_ended(status) is (status in ENDED) is (status.value in LAST)
    assert has_ended(status) is (status not in {*STABLE, *AT_EXCHANGE, *PASSING, *PLACED})


PLACED = (OrderStatus.PUT_ORDER_REQ_RECEIVED, OrderStatus.PUT_ORDER_REQUEST_RECEIVED, OrderStatus.MODIFIED)
"""Stations that are told in a timeline and are none of the others."""
