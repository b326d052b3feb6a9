"""Databases of earlier versions, and what the version before wrote into its events."""

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, DateTime, MetaData, bindparam, insert, text

from kite.store.base import migrate
from kite.store.base.engine import create_store_engine
from kite.store.flow import event_data
from kite.store.flow.event_causes import EventReason
from tests.support.records import NINE


def put_at(url: str, revision: str, rows: dict[str, list[dict[str, object]]]) -> None:
    """Give an empty database the tables of an old revision, and rows in them as its code wrote
    them.
    """
    config = Config()
    config.set_main_option("script_location", str(Path(migrate.__file__).parent / "migrations"))
    engine = create_store_engine(url, new=True)
    with engine.execution_options(begin="BEGIN IMMEDIATE").begin() as conn:
        config.attributes["connection"] = conn
        command.upgrade(config, revision)
        old = MetaData()
        old.reflect(conn)
        for name, table_rows in rows.items():
            table = old.tables[name]
            known = [
                {column: plain(value) for column, value in row.items() if column in table.c}
                for row in table_rows
            ]
            symbols = {"symbols": ",INFY,"} if "symbols" in table.c else {}
            conn.execute(insert(table), [row | symbols for row in known])
    engine.dispose()


def plain(value: object) -> object:
    if isinstance(value, datetime):
        return value.astimezone(UTC)
    return str(value) if isinstance(value, str) else value


OLD_EVENTS: list[tuple[str, str, str, dict[str, Any]]] = [
    ("composed", "", "composed", {}),
    ("sent again", "", "sent_again", {}),
    ("opened Kite", "", "opened", {}),
    ("no return", "30", "no_return", {"data": event_data.Overdue(30)}),
    ("Kite said cancelled", "", "said_cancelled", {}),
    (
        "Kite said cancelled",
        "the person named this basket",
        "said_cancelled",
        {"data": event_data.ReturnReason(EventReason.NAMED_BY_PERSON)},
    ),
    ("came back from Kite", "", "came_back", {}),
    (
        "came back from Kite",
        "in another browser",
        "came_back",
        {"data": event_data.ReturnReason(EventReason.IN_ANOTHER_BROWSER)},
    ),
    ("came back from Kite on another day", "", "came_back_late", {}),
    ("found in the order book by its tag", "", "found_by_tag", {}),
    ("not found in the order book", "AB1234", "not_found", {"user_id": "AB1234"}),
    *(
        ("return refused", detail, "return_refused", {"data": event_data.ReturnReason(reason)})
        for detail, reason in (
            ("a cancel that another site caused", EventReason.ANOTHER_SITE),
            ("a status Kite does not document, or no token", EventReason.UNDOCUMENTED_STATUS),
            ("type or action say something else than the state", EventReason.CONTRADICTS_STATE),
            ("a login that another visit began", EventReason.ANOTHER_VISITS_LOGIN),
            ("a state that was not signed here", EventReason.FORGED_STATE),
            ("state and visit name different baskets", EventReason.BASKETS_DIFFER),
        )
    ),
    (
        "a return showed the registered address",
        "https://kite.example/redirect",
        "return_address",
        {"data": event_data.ReturnAddress("https://kite.example/redirect")},
    ),
    ("token exchanged", "AB1234", "token_exchanged", {"user_id": "AB1234"}),
    ("token exchanged", "", "token_exchanged", {}),
    ("token used", "The token is too old.", "token_used", {"data": event_data.TokenFailure(too_old=True)}),
    (
        "token used",
        "Token is invalid or has expired.",
        "token_used",
        {"data": event_data.TokenFailure("Token is invalid or has expired.")},
    ),
    (
        "token refused",
        "Invalid `checksum`.",
        "token_refused",
        {"data": event_data.TokenFailure("Invalid `checksum`.")},
    ),
    ("order book read", "", "book_read", {}),
    ("every order has ended", "", "all_ended", {}),
    ("nothing was placed", "", "nothing_placed", {}),
    ("an order works again", "", "works_again", {}),
    (
        "Kite reported an order",
        "INFY TRIGGER PENDING",
        "postback",
        {"data": event_data.ReportedOrder("INFY", "TRIGGER PENDING")},
    ),
    ("Kite reported an order", "", "postback", {}),
    ("erased by its person", "3 executions", "erased", {"data": event_data.Erasure(3)}),
    (
        "asked Kite to modify an order",
        "1914227164488687616 quantity 5, price 1400.00, trigger_price 1395",
        "asked_to_modify",
        {
            "order_id": "1914227164488687616",
            "data": event_data.NewTerms(
                {"quantity": 5, "price": Decimal("1400.00"), "trigger_price": Decimal("1395")}
            ),
        },
    ),
    ("asked Kite to cancel an order", "1914", "asked_to_cancel", {"order_id": "1914"}),
    ("asked Kite to exit an order", "1914", "asked_to_exit", {"order_id": "1914"}),
    ("Kite took it", "1914", "kite_took", {"order_id": "1914"}),
    (
        "Kite refused it",
        "1914 InputException: Insufficient: stock holding",
        "kite_refused",
        {
            "order_id": "1914",
            "data": event_data.KiteAnswer(error="InputException", message="Insufficient: stock holding"),
        },
    ),
    (
        "Kite gave no answer to it",
        "1914 NoAnswer: timed out",
        "kite_silent",
        {"order_id": "1914", "data": event_data.KiteAnswer(error="NoAnswer", message="timed out")},
    ),
    ("exported", "everything", "exported", {"data": event_data.Export("everything")}),
    (
        "exported",
        "csv?symbol=INFY",
        "exported",
        {"data": event_data.Export("csv", "?symbol=INFY")},
    ),
    ("logged out of Kite", "", "logged_out", {}),
    ("sells go first", "", "sells_first", {}),
    ("went on without the earlier part", "", "went_on", {}),
    ("stopped before the next part", "2", "stopped", {"data": event_data.PartNumber(2)}),
    ("taken up again", "2", "taken_up", {"data": event_data.PartNumber(2)}),
    (
        "pressed a published basket",
        "large-five, version 2, 0a1b2c3d",
        "pressed",
        {"data": event_data.PressSource(slug="large-five", version=2, hash="0a1b2c3d")},
    ),
    (
        "pressed a published basket",
        "https://blog.example",
        "pressed",
        {"data": event_data.PressSource(origin="https://blog.example")},
    ),
    ("pressed on another person's hand-off page", "", "copied", {}),
    *(
        (cause, name, code, {"data": event_data.Name(name)})
        for cause, name, code in (
            ("signed in", "asha", "signed_in"),
            ("sign-in refused", "asha", "sign_in_refused"),
            ("signed out", "asha", "signed_out"),
            ("added an operator", "asha", "operator_added"),
            ("changed a password", "asha", "password_changed"),
            ("disabled an operator", "asha", "operator_disabled"),
            ("enabled an operator", "asha", "operator_enabled"),
            ("made a token", "the shop’s server", "token_made"),
            ("revoked a token", "the shop’s server", "token_revoked"),
            ("a code was redeemed", "the shop’s server", "code_redeemed"),
        )
    ),
    ("sign-in refused", "", "sign_in_refused", {}),
    ("ended a session", "asha 2", "session_ended", {"data": event_data.EndedSessions("asha", 2)}),
    ("published a basket", "one", "published", {"data": event_data.OfferedBasket("one")}),
    ("changed a published basket", "one 2", "changed", {"data": event_data.OfferedBasket("one", 2)}),
    ("paused a published basket", "one", "paused", {"data": event_data.OfferedBasket("one")}),
    ("offered a paused basket again", "one", "offered_again", {"data": event_data.OfferedBasket("one")}),
    (
        "made a link",
        "one a newsletter of May",
        "link_made",
        {"data": event_data.BasketLink("one", "a newsletter of May")},
    ),
    ("revoked a link", "one", "link_revoked", {"data": event_data.BasketLink("one")}),
    (
        "allowed a site or an address",
        "inline https://blog.example",
        "allowed",
        {"data": event_data.Permission("inline", "https://blog.example")},
    ),
    (
        "allowed a site or an address no more",
        "return https://shop.example/done",
        "allowed_no_more",
        {"data": event_data.Permission("return", "https://shop.example/done")},
    ),
]
"""Events as the version before wrote them, cause and detail, with the code and what they say now."""


def old_row(cause: str, detail: str, **fields: object) -> dict[str, object]:
    """A row of the version before."""
    return {"at": NINE, "cause": cause, "detail": detail, "actor": "", **fields}


def write_as_before(conn: Connection, cause: str, detail: str, execution_id: str | None = None) -> int:
    """Write an event as a process of the version before does, which knows no other columns; return
    its id.
    """
    row = {"at": NINE.astimezone(UTC), "execution": execution_id, "cause": cause, "detail": detail}
    statement = text(
        "INSERT INTO events (at, execution_id, cause, detail, actor)"
        " VALUES (:at, :execution, :cause, :detail, 'worker') RETURNING id"
    ).bindparams(bindparam("at", type_=DateTime(timezone=True)))
    return int(conn.execute(statement, row).scalar_one())
