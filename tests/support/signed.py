"""Signed texts as no page of ours makes them: other JSON under our own signature."""

from hypothesis import strategies as st

from kite.sealing import Sealer

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=9) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)
"""Any JSON."""

ROWS = st.lists(
    st.sampled_from(["", "a", "login", "ask", "receipt", "which", "/", 0, 1, -1, 2**31, 2**40, 10**30])
    | st.sampled_from([None, True, 1.5, "\0", [], {}, "[]", '[{"quantity": 1}]']),
    max_size=9,
)
"""Lists with values of every type, so that often only one of them is wrong."""


def sign_json(sealer: Sealer, purpose: str, value: object) -> str:
    """Sign a value for a purpose, whatever the payload of that purpose looks like."""
    return str(sealer._signer(purpose).dumps(value))
