"""Ids go into addresses, tables and messages, and come out of them as they went in."""

from kite.offsite.base.services import new_id


def test_an_id_is_read_alike_in_a_table_a_message_and_an_address():
    ids = {new_id() for _ in range(2_000)}
    assert len(ids) == 2_000
    assert all(len(one) == 22 and one.isascii() and one.isalnum() for one in ids)
