"""What holds of the composer's form whatever is typed into it."""

from hypothesis import given
from hypothesis import strategies as st

from kite.basket.basket_data import from_data, to_data
from kite.basket.formats.order_lists import read_json
from kite.vocabulary import OrderType, TransactionType, Validity, Variety


def grouped(number, rest=""):
    return st.sampled_from([f"{number}{rest}", f"{number:,}{rest}"])


def amount_texts(number):
    """Write paise as rupees, with as many decimals as a person might."""
    rupees, paise = divmod(number, 100)
    if paise % 10:
        return grouped(rupees, f".{paise:02}")
    if paise:
        return grouped(rupees, f".{paise // 10}")
    return grouped(rupees)


@st.composite
def acceptable(draw):
    """The texts of a row that breaks no rule."""
    variety = draw(st.sampled_from(["", *Variety]))
    cover = variety == "co"
    exchange = "NSE" if cover else draw(st.sampled_from(["NSE", "BSE"]))
    order_type = draw(st.sampled_from([OrderType.MARKET, OrderType.LIMIT] if cover else list(OrderType)))
    if order_type is OrderType.SL_M:
        exchange = "NSE"
    quantity = draw(st.integers(1, 10**9))
    # In paise: every symbol's tick goes into 50.
    low, high = (
        50 * number
        for number in sorted(draw(st.lists(st.integers(1, 2 * 10**9), min_size=2, max_size=2, unique=True)))
    )
    side = draw(st.sampled_from(TransactionType))
    price, trigger = (high, low) if side is TransactionType.BUY else (low, high)
    row = {
        "variety": variety,
        "tradingsymbol": draw(st.sampled_from(["INFY", "M&M", "BAJAJ-AUTO"])),
        "exchange": exchange,
        "transaction_type": side,
        "order_type": order_type,
        "quantity": draw(grouped(quantity)),
        "product": "MIS" if cover else draw(st.sampled_from(["", "CNC", "MIS"])),
        "price": draw(amount_texts(price)) if order_type in (OrderType.LIMIT, OrderType.SL) else "",
        "trigger_price": draw(amount_texts(trigger))
        if cover or order_type in (OrderType.SL, OrderType.SL_M)
        else "",
        "disclosed_quantity": draw(st.just("") | st.integers(-(-quantity // 10), quantity).flatmap(grouped)),
        "validity": draw(st.sampled_from(["", *Validity])),
        "readonly": draw(st.sampled_from(["", "y"])),
        "tag": draw(st.just("") | st.from_regex(r"[A-Za-z0-9]{1,12}", fullmatch=True)),
    }
    return {name: str(text) for name, text in row.items()}


@given(st.lists(acceptable(), min_size=1, max_size=4))
def test_what_the_form_accepts_is_the_same_basket_in_data_and_back(basket, rows):
    form = basket(*rows)
    assert form.validate(), form.faults()
    data = to_data(form.items())
    assert from_data(data) == form.items()
    again = basket(*[read.row for read in read_json(data)])
    assert again.validate(), again.faults()
    assert again.items() == form.items()


texts = st.text(max_size=12) | st.sampled_from(
    ["1", "LIMIT", "INFY", "NSE", "BUY", "co", "1e9", "14,12.00", "0.1"]
)
anything = st.dictionaries(
    st.sampled_from(
        ["exchange", "tradingsymbol", "quantity", "price", "order_type", "variety", "tag", "readonly"]
    ),
    texts,
)


@given(st.lists(anything, max_size=3))
def test_whatever_is_typed_is_kept_and_never_fails(basket, rows):
    form = basket(*rows)
    if form.validate():
        assert from_data(to_data(form.items())) == form.items()
    else:
        assert form.faults()
    for row, order in zip(rows, form.orders, strict=False):
        assert {name: order[name].data for name in row if name != "readonly"} == {
            name: text for name, text in row.items() if name != "readonly"
        }
