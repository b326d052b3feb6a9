"""The sample basket of a first visit: four orders that end four ways at the simulator."""

from dataclasses import dataclass
from decimal import Decimal

from kite.basket.basket_data import to_data
from kite.basket.items import Item
from kite.vocabulary import Exchange, OrderType, Outcome, Product, TransactionType, Validity


@dataclass(frozen=True)
class Sample:
    """A basket and, in the same order, the outcomes that the simulator has scripted for it."""

    items: tuple[Item, ...]
    outcomes: tuple[Outcome, ...]

    @property
    def rows(self) -> list[tuple[Item, Outcome]]:
        """Each item with its outcome."""
        return list(zip(self.items, self.outcomes, strict=True))

    @property
    def data(self) -> str:
        """The basket as the composer takes it from a link."""
        return to_data(self.items)


def _item(
    tradingsymbol: str, side: TransactionType, quantity: int, product: Product, price: str | None = None
) -> Item:
    return Item(
        tradingsymbol=tradingsymbol,
        exchange=Exchange.NSE,
        transaction_type=side,
        order_type=OrderType.LIMIT if price else OrderType.MARKET,
        quantity=quantity,
        product=product,
        price=Decimal(price) if price else None,
        validity=Validity.DAY,
    )


SAMPLE = Sample(
    items=(
        _item("INFY", TransactionType.BUY, 10, Product.CNC),
        _item("SIMPARTIAL", TransactionType.BUY, 100, Product.MIS, "100.00"),
        _item("SIMREJECT", TransactionType.SELL, 75, Product.MIS),
        _item("SIMOPEN", TransactionType.BUY, 20, Product.CNC, "99.50"),
    ),
    outcomes=(Outcome.FILLED, Outcome.PARTLY_FILLED, Outcome.REJECTED, Outcome.OPEN),
)
