"""Postbacks as Kite sends them, made of the simulator's ledger, and posted to a site in this
process.
"""

import hashlib
import json
from typing import Any, cast

from werkzeug.test import TestResponse

from kite.offsite.jobs.postbacks import Readers
from kite.web.journey.postbacks import EXTENSION
from tests.support.fault_journey import placed
from tests.support.site import HOST, Site, Visitor

SECRET = "simulator_secret"


def message(order: dict[str, Any], secret: str = SECRET, **changes: Any) -> bytes:
    """Return the postback of an order as it stands in the ledger; `changes` spoil it."""
    proof = hashlib.sha256(f"{order['order_id']}{order['order_timestamp']}{secret}".encode()).hexdigest()
    more = {
        "user_id": "AB1234",
        "unfilled_quantity": order["quantity"] - order["filled_quantity"],
        "app_id": 1,
        "checksum": proof,
    }
    return json.dumps(
        more | {name: value for name, value in order.items() if name not in ("tags", "modified")} | changes
    ).encode()


def post(site: Site, body: bytes, **options: Any) -> TestResponse:
    """Post a body as Kite does, and wait until whatever it made the site read is read."""
    answer = site.app.test_client().post(
        "/postback", data=body, base_url=HOST, buffered=True, content_type="application/json", **options
    )
    cast(Readers, site.app.extensions[EXTENSION]).wait()
    return answer


def left_at_kite(visitor: Visitor, *items: dict[str, str]) -> tuple[str, list[dict[str, Any]]]:
    """Place a basket and never come back; return the execution and its orders in the ledger."""
    execution_id = visitor.compose(*(items or ({},)))
    tag = str(visitor.receipt(execution_id)["tag"])
    visitor.place(execution_id)
    visitor.site.clock.advance(2)
    return execution_id, placed(visitor.site, tag)
