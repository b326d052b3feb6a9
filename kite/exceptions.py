"""Everything this project raises on purpose.

::

    KiteError                       the base of all of these
    ├── ConfigError                 a setting is wrong or missing: the start stops
    ├── BasketError                 text that should hold a basket does not
    ├── InstrumentsError            a list of instruments cannot be read
    │   └── NoInstruments           there is no list that orders may be checked against
    ├── StoreUnavailable            our database does not answer; nothing was changed
    ├── Erased                      what a change belongs to was erased meanwhile; nothing was
        changed
    └── KiteException               a call of Kite Connect did not succeed
        ├── NoAnswer                no answer came: the call may or may not have been carried out
        ├── GeneralException        an error of no named kind, or of a kind that is new
        ├── TokenException          the session is missing or over: log in again
        ├── PermissionException     the key, plan or source address does not allow the call
        ├── UserException           something about the account
        ├── TwoFAException          the second factor is missing
        ├── InputException          a field is missing or not readable
        ├── OrderException          an order could not be placed or read
        ├── MarginException         not enough funds
        ├── HoldingException        not enough holdings
        ├── DataException           an answer of the order system that could not be understood
        └── NetworkException        Kite cannot reach the order system, or too many requests
"""


class KiteError(Exception):
    """The base of all errors that this project raises on purpose."""


class ConfigError(KiteError):
    """A setting is wrong or missing.

    The message names the variable, what was seen and an example.
    """


class BasketError(KiteError):
    """Text that should hold a basket does not.

    `params` are values for the placeholders of its sentence.
    """

    def __init__(self, sentence: str, **params: str) -> None:
        super().__init__(sentence)
        self.params = params


class InstrumentsError(KiteError):
    """A list of instruments cannot be read. One that was there before stays."""


class NoInstruments(InstrumentsError):
    """There is no list that orders may be checked against: none at all, or the invented one where
    orders are real.
    """


class StoreUnavailable(KiteError):
    """The database does not answer. The transaction under way was rolled back."""


class Erased(KiteError):
    """The row that a change belongs to was erased before the change arrived.

    The transaction was rolled back.
    """


class KiteException(KiteError):
    """A call of Kite Connect did not succeed.

    `message` is Kite's own sentence, `code` the HTTP status (0 when there was none).
    """

    def __init__(self, message: str, code: int = 0) -> None:
        super().__init__(message)
        self.message = message
        self.code = code


class NoAnswer(KiteException):
    """No answer came, or none that can be understood: the call may or may not have been carried
    out.
    """


class GeneralException(KiteException):
    """An error of no named kind, or of a kind that is new."""


class TokenException(KiteException):
    """The session is missing or over, or a token was used or is too old."""

    @property
    def is_about_checksum(self) -> bool:
        """Whether the API secret does not belong to the key: Kite uses this kind for that too, and
        only its words distinguish it from a token that was used.
        """
        return "checksum" in self.message


class PermissionException(KiteException):
    """The key, its plan or the source address does not allow the call."""


class UserException(KiteException):
    """Something about the account does not allow the call."""


class TwoFAException(KiteException):
    """The second factor is missing."""


class InputException(KiteException):
    """A field is missing or not readable."""


class OrderException(KiteException):
    """An order could not be placed or read."""


class MarginException(KiteException):
    """Not enough funds."""


class HoldingException(KiteException):
    """Not enough holdings."""


class DataException(KiteException):
    """An answer of the order system that Kite could not understand."""


class NetworkException(KiteException):
    """Kite cannot reach the order system, or there were too many requests."""


BY_ERROR_TYPE: dict[str, type[KiteException]] = {
    kind.__name__: kind
    for kind in (
        GeneralException,
        TokenException,
        PermissionException,
        UserException,
        TwoFAException,
        InputException,
        OrderException,
        MarginException,
        HoldingException,
        DataException,
        NetworkException,
    )
}
"""Kite's `error_type` to the class raised for it; an unknown one raises GeneralException."""
