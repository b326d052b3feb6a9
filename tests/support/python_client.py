"""The official Python client at the simulator: a client that is logged in, and its orders."""

from typing import Any

from kiteconnect import KiteConnect

from tests.support.standing import KEY, SECRET, Standing


def client(simulator: Standing, **options: Any) -> KiteConnect:
    """Return a client for the simulator, by the two settings that it has for that."""
    connect = KiteConnect(KEY, root=simulator.url, **options)
    connect._default_login_uri = f"{simulator.url}/connect/login"
    return connect


def log_in(simulator: Standing, connect: KiteConnect) -> dict[str, Any]:
    """Log in as a person with a browser does, and exchange the token that comes back."""
    token = simulator.approve(connect.login_url())["request_token"]
    session: dict[str, Any] = connect.generate_session(token, api_secret=SECRET)
    return session


def place(connect: KiteConnect, tradingsymbol: str = "INFY", variety: str = "regular", **fields: Any) -> str:
    """Place an order: ten INFY on NSE, bought at market for delivery, unless `fields` say
    otherwise.

    Returns its id.
    """
    usual = {
        "exchange": "NSE",
        "transaction_type": "BUY",
        "quantity": 10,
        "product": "CNC",
        "order_type": "MARKET",
    }
    order_id = connect.place_order(variety, tradingsymbol=tradingsymbol, **(usual | fields))
    assert isinstance(order_id, str)
    assert order_id.isdecimal()
    return order_id


def nifty_future(connect: KiteConnect) -> dict[str, Any]:
    """Return the contract that expires first."""
    futures = [
        row for row in connect.instruments("NFO") if (row["name"], row["instrument_type"]) == ("NIFTY", "FUT")
    ]
    return dict(min(futures, key=lambda row: row["expiry"]))
