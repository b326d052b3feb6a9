"""Postbacks from end to end: the simulator's own thread posts to the running site, and the person's
page tells of it.
"""

from tests.support.person import until

INFY = {"tradingsymbol": "INFY"}


def test_who_left_kites_page_open_reads_what_kite_reported(somebody):
    person = somebody()
    execution_id = person.hand_off(INFY)
    person.place_and_wait()
    until(lambda: person.receipt(execution_id)["state"] == "returned", "the postback came")
    assert person.receipt(execution_id)["items"][0]["outcome"] == "unknown"
    person.open(f"/executions/{execution_id}")
    assert person.heading() == "Kite reported orders of this basket. They are not confirmed yet."
    assert person.page.get_by_text("COMPLETE, 10 of 10 filled. Not confirmed.").is_visible()


def test_who_has_a_session_reads_the_order_book_without_coming_back(somebody):
    person = somebody()
    person.buy(INFY)
    execution_id = person.hand_off(INFY)
    address = person.place_and_wait()
    until(lambda: person.receipt(execution_id)["state"] == "settled", "Kite was read after the postback")
    assert person.receipt(execution_id)["items"][0]["outcome"] == "filled"
    person.page.goto(address)
    assert person.heading() == "1 of 1 filled"
    assert len(person.receipt(execution_id)["orders"]) == 1
