"""What the pages of a return and of a refusal say: what happened, what is not known, what to do
next.

A page says that something did not happen only where that is proved: tests/claims.txt lists every
such sentence with its proof. A page that refuses a request knows nothing of what was placed at Kite
before.
"""

from dataclasses import dataclass

from kite.offsite.journey.token_exchange import Landing
from kite.vocabulary import N_


@dataclass(frozen=True)
class PageMessage:
    """The head of a page: a title, sentences, the kind of note (trouble, care, tells) and the HTTP
    status.
    """

    title: str
    text: str
    kind: str = "care"
    status: int = 200


RETURN_MESSAGES: dict[Landing, PageMessage] = {
    Landing.FOREIGN: PageMessage(
        N_("This return does not belong to a basket sent from here"),
        N_("We took nothing from it. If you have just placed orders on Kite, its order book shows them."),
        status=400,
    ),
    Landing.CONFLICT: PageMessage(
        N_("This return names another basket than the one you sent"),
        N_("We took nothing from it. If you have just placed orders on Kite, its order book shows them."),
        "trouble",
        400,
    ),
    Landing.STATUS: PageMessage(
        N_("Kite came back with an answer that we do not know"),
        N_("Orders may have been placed. Check Kite’s order book before you send the basket again."),
        status=400,
    ),
    Landing.REFUSED: PageMessage(
        N_("Kite refused to say what was placed"),
        N_(
            "You came back from Kite, and orders may have been placed. Check Kite’s order book before you"
            " send the basket again."
        ),
        "trouble",
        502,
    ),
    Landing.NO_ANSWER: PageMessage(
        N_("Kite does not answer"),
        N_(
            "You came back from Kite, and orders may have been placed. Try again within five minutes, or log"
            " in later."
        ),
        status=504,
    ),
    Landing.LATE: PageMessage(
        N_("Kite’s answer came after its 5 minutes"),
        N_(
            "Or it was used before. Orders may have been placed. Log in to Kite again and we will look."
            " Logging in places nothing."
        ),
        status=400,
    ),
    Landing.NOT_FOUND: PageMessage(
        N_("Kite shows no order of this basket for you"),
        N_(
            "Your order book was read, and holds no order with the tag of a basket sent from here. An order"
            " can take a minute to show."
        ),
    ),
    Landing.SOMEBODY_ELSES: PageMessage(
        N_("Your orders are on Kite, and this receipt is another person’s"),
        N_(
            "Your order book holds orders of this basket. Another Kite user placed the same one first, and"
            " its receipt is theirs. Kite’s order book shows yours."
        ),
    ),
    Landing.ANOTHER_SITE: PageMessage(
        N_("Another site opened this address"),
        N_(
            "It says that you cancelled on Kite. Only Kite can tell us that, so we took nothing from it. Your"
            " receipts are as they were."
        ),
        status=400,
    ),
    Landing.ELSEWHERE: PageMessage(
        N_("You are back from Kite"),
        N_(
            "The receipt of this basket is in the browser that composed it. Kite’s order book shows what was"
            " placed."
        ),
        "tells",
    ),
}
"""The page of every landing that has one of this kind. The others lead to a receipt, to another page of this
site, or to a question.
"""

RETURN_NOT_RECORDED = PageMessage(
    N_("We cannot write down your return at the moment"),
    N_(
        "Our database does not answer. Orders may have been placed on Kite. This address still works:"
        " reload the page in a minute."
    ),
    "trouble",
    503,
)
"""The page of a return while the database does not answer."""

NO_COOKIE = PageMessage(
    N_("Your browser brought no cookie from this site"),
    N_(
        "Only a cookie tells us that a press is yours, so we did not take this one. Allow cookies for this"
        " site, reload the page and press again. If you have placed orders on Kite, its order book shows"
        " them."
    ),
    status=400,
)
"""The page for a press without our cookie: the browser refuses it, or has lost it."""

RETURN_WITHOUT_COOKIE = PageMessage(
    N_("You are back from Kite, and your browser brought no cookie"),
    N_(
        "Only a cookie tells us that it is you, so we cannot show your receipt here. Orders may have been"
        " placed: look in Kite’s order book before you send anything again. Next time, allow cookies for this"
        " site first."
    ),
    status=404,
)
"""The page for a return to a browser that did not keep our cookie."""

OLD_FORM = PageMessage(
    N_("This page is out of date"),
    N_(
        "We did not take this press. Go back, reload the page and try again. If you have placed orders on"
        " Kite, its order book shows them."
    ),
    status=400,
)
"""The page for a press whose form was made for another visit, or before the cookie changed."""

TYPED_WITHOUT_COOKIE = N_(
    "Your browser brought no cookie from this site, and only a cookie tells us that a press is yours. What"
    " you typed is kept. Allow cookies for this site, and press again."
)
OUT_OF_DATE = N_("This page is out of date. What you typed is kept. Check prices and go on.")
"""What the composer says of the same two presses."""

NOT_READ = PageMessage(
    N_("Kite does not show its order book now"),
    N_(
        "That you cancelled is Kite’s word alone, so we read your order book before this basket is sent"
        " again. This press sent nothing. Try again in a minute."
    ),
    status=504,
)
"""The page when a cancelled basket is to be sent again and its orders may be there all the same."""

REFUSALS: dict[int, PageMessage] = {
    400: PageMessage(
        N_("This request cannot be read"),
        N_(
            "Go back, reload the page and try again. If you have placed orders on Kite, its order book shows"
            " them."
        ),
        status=400,
    ),
    403: PageMessage(
        N_("This is not open to you"), N_("It needs somebody who is signed in and may do it."), status=403
    ),
    404: PageMessage(
        N_("There is nothing here for you"),
        N_(
            "The address is wrong, or it belongs to another browser. If you have placed orders on Kite, its"
            " order book shows them."
        ),
        status=404,
    ),
    405: PageMessage(
        N_("This address takes no such request"),
        N_("Go back and use the page’s own buttons and links."),
        status=405,
    ),
    414: PageMessage(
        N_("This link is too long"),
        N_(
            "Its address holds more than a link can carry, so its orders can’t be read. Tell the site that"
            " made it to post them to /prefill instead."
        ),
        status=414,
    ),
    413: PageMessage(N_("This is too large"), N_("A basket holds at most 100 orders."), status=413),
    429: PageMessage(N_("Too many requests"), N_("Wait a minute and try again."), status=429),
    500: PageMessage(
        N_("Something here is broken"),
        N_(
            "It is written down. If you had gone to Kite, check its order book before you send a basket"
            " again."
        ),
        "trouble",
        500,
    ),
    503: PageMessage(
        N_("Our database does not answer"),
        N_(
            "What was placed on Kite stands in its order book. Look at your receipt before you press again,"
            " in a minute."
        ),
        "trouble",
        503,
    ),
}
"""Refusals by HTTP status."""

NO_LIST = PageMessage(
    N_("Kite’s list of instruments isn’t here yet"),
    N_(
        "Orders are checked against that list. Until it’s loaded, you can’t send orders to Kite from here."
        " Try again in ten minutes."
    ),
    "care",
    503,
)
"""The page of everything that checks orders, while there is no list of instruments."""

INVENTED = PageMessage(
    N_("This basket was made for the simulator"),
    N_(
        "It was composed before this site had a Kite key, so it can’t be sent to Kite. Compose it again:"
        " every order is checked anew."
    ),
    status=410,
)
"""The hand-off page of a basket that was composed with invented instruments."""
