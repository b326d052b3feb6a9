"""What a person does at Kite beside this site: orders that carry no tag of ours."""

from kite.simulator.core.sessions import USER_ID
from kite.store.people import sessions
from tests.support.site import HOST, Site, Visitor


def place_untagged(site: Site, person: Visitor, **changes: object) -> str:
    """Place an order through the simulator's API in the person's session, without a tag; return its
    number.
    """
    fields = {
        "exchange": "NSE",
        "tradingsymbol": "INFY",
        "transaction_type": "BUY",
        "quantity": 10,
        "product": "CNC",
        "order_type": "MARKET",
    }
    with site.services.store.reading() as conn:
        session = sessions.of_user(conn, USER_ID, site.clock())[0]
    token = site.services.sealer.open(session.sealed_token or "", session.id)
    headers = {"Authorization": f"token {site.settings.api_key}:{token}"}
    answer = site.app.test_client().post(
        "/simulator/orders/regular", data=fields | changes, headers=headers, base_url=HOST
    )
    assert answer.status_code == 200, answer.text
    return str(answer.get_json()["data"]["order_id"])
