"""Checks the key, its secret and the registered address at Kite, as far as Kite shows them to
somebody who is not logged in.

None of it makes an order, a session or a token. Sources: Kite Connect documentation, pages "User"
(login flow and token exchange) and "Offsite order execution".
"""

import re
import secrets
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from html import unescape

from kite.connect.envelope import data_of
from kite.connect.probe import ProbeAnswer
from kite.connect.signing import session_checksum
from kite.doctor.examined_site import ExaminedSite
from kite.doctor.findings import Finding, care, fine, wrong
from kite.doctor.headers import form_action, origin, policies
from kite.exceptions import InputException, KiteException, NoAnswer, StoreUnavailable, TokenException
from kite.offsite.base.asking import answer_of
from kite.offsite.base.services import Services
from kite.offsite.journey import redirect_address
from kite.store.flow.event_data import ReturnAddress
from kite.store.flow.events import Event
from kite.vocabulary import IST, Mode

CONSOLE = "the developer console, https://developers.kite.trade"
STRANGER = "https://doctor.invalid/"
"""An address that nobody has: its name never exists (RFC 2606)."""

SKEW, LARGEST_SKEW = 5.0, 60.0
"""Seconds between this machine's clock and Kite's: from the first on a person should know, beyond
the second it is wrong.
"""


def check_key(site: ExaminedSite) -> Finding:
    """Whether Kite knows the key."""
    settings, login = site.services.settings, site.login
    if _unknown_key(login):
        return wrong(
            "Kite does not know KITE_API_KEY.",
            "Kite answers “Invalid `api_key`.” to every login and every basket.",
            f"Copy the API key of your app from {CONSOLE} into KITE_API_KEY, and start the site again.",
        )
    if login.status >= 400:
        return care(
            f"Kite’s login page answers {login.status} to KITE_API_KEY.",
            "Whether Kite knows the key cannot be told from that.",
            f"Open {settings.web_root}/connect/login?v=3&api_key=… with your key in a browser, and read what"
            " Kite says.",
        )
    if settings.mode is Mode.SIMULATOR:
        return fine(
            "No KITE_API_KEY: the site runs with its own simulator, and no order reaches an exchange."
        )
    return fine(f"{settings.mode} mode: Kite knows the key.")


def check_api_secret(site: ExaminedSite) -> Finding:
    """Whether the secret belongs to the key, which shows in the reason for which Kite refuses to
    exchange an invented token.
    """
    settings = site.services.settings
    if settings.mode is Mode.PUBLISHER:
        return fine("None is set. Baskets are placed, and no orders are read: receipts say so.")
    refusal = _refusal(site, settings.api_secret)
    if isinstance(refusal, NoAnswer):
        raise refusal
    if _is_about_checksum(refusal):
        return wrong(
            "KITE_API_SECRET does not belong to KITE_API_KEY.",
            "Kite answers “Invalid `checksum`.” to every exchange of a token: nobody can log in, and every"
            " postback counts as forged.",
            f"Copy the key and the secret of the same app from {CONSOLE} into KITE_API_KEY and"
            " KITE_API_SECRET, and start the site again.",
        )
    if isinstance(refusal, InputException) and "api_key" in refusal.message:
        return wrong(
            "Kite’s API does not know KITE_API_KEY.",
            "Kite answers “Invalid `api_key`.” to every exchange of a token: nobody can log in.",
            f"Copy the API key of your app from {CONSOLE} into KITE_API_KEY, and start the site again.",
        )
    # Kite may check the token before the checksum. Only if a wrong secret gets another answer, this
    # one proves something.
    if isinstance(refusal, TokenException) and _is_about_checksum(_refusal(site, secrets.token_hex(16))):
        unproved = "" if settings.simulator else " Whether the key may read orders, only a login can tell."
        return fine(f"The secret belongs to the key.{unproved}")
    return care(
        f"Whether the secret belongs to the key cannot be told ({type(refusal).__name__}).",
        "With a wrong one Kite answers “Invalid `checksum`.” and nobody can log in.",
        "Log in on the site once: a receipt that shows its orders proves it.",
    )


def check_redirect(site: ExaminedSite) -> Finding:
    """Whether Kite brings people back to this site."""
    settings = site.services.settings
    wanted = redirect_address.expected_address(site.services)
    if settings.simulator:
        address = settings.simulator.redirect_url
        if address == wanted:
            return fine(f"{wanted} is registered.")
        return _elsewhere(address, wanted, "SIMULATOR_REDIRECT_URL")
    if last_return := _last_return(site.services):
        return _as_returned(last_return, wanted)
    if "x-kite-simulator" in site.login.headers:
        return _at_simulator(site.login, wanted)
    return _by_referer(site, wanted)


def _at_simulator(login: ProbeAnswer, wanted: str) -> Finding:
    """Read the registered address from the policy of the simulator's login page, whose form leads
    to it.
    """
    sources = [
        source
        for policy in policies(login.headers.get("content-security-policy", ""))
        for source in form_action(policy) or ()
    ]
    address = next((source for source in sources if source != "'self'"), "")
    if address == origin(wanted):
        return fine(f"{address} is registered at the simulator.")
    return _elsewhere(address or "nothing", wanted, "SIMULATOR_REDIRECT_URL of the simulator")


def check_clock(site: ExaminedSite) -> Finding:
    """How far this machine's clock is from Kite's, of which the header Date gives whole seconds."""
    if site.services.settings.simulator:
        return fine("The simulator goes by this machine’s own clock.")
    before = site.services.now()
    answer = site.probe.ask("GET", site.services.connect.login_url())
    took = site.services.now() - before
    date = _date(answer)
    if date is None:
        return care(
            "Kite’s answer holds no time.",
            "Whether this clock is right cannot be told from it.",
            "Compare it with another: timedatectl",
        )
    # The answer was made about half way between the question and its arrival. Its header has whole
    # seconds, cut off: on the average Kite's clock was half a second further.
    ahead = (before + took / 2 - date).total_seconds() - 0.5
    surely = abs(ahead) - 0.5 - took.total_seconds() / 2
    if surely <= SKEW:
        return fine("This clock and Kite’s agree.")
    direction = "ahead of" if ahead > 0 else "behind"
    severity = wrong if surely > LARGEST_SKEW else care
    return severity(
        f"This clock is {abs(ahead):.0f} s {direction} Kite’s.",
        "Orders are told apart by when they were placed, and sessions end at 06:00 IST: by a wrong clock both"
        " are missed, and https may be refused.",
        "Let the machine set its clock: sudo timedatectl set-ntp true",
    )


def _unknown_key(answer: ProbeAnswer) -> bool:
    return re.search(r"Invalid\W{1,3}api_key", unescape(answer.text)) is not None


def _refusal(site: ExaminedSite, api_secret: str) -> KiteException | None:
    """Return how Kite refuses the exchange of an invented token, signed with `api_secret`."""
    settings, token = site.services.settings, secrets.token_hex(16)
    form = {
        "api_key": settings.api_key,
        "request_token": token,
        "checksum": session_checksum(settings.api_key, token, api_secret),
    }

    def exchange() -> None:
        answer = site.probe.ask(
            "POST", f"{settings.api_root}/session/token", data=form, headers={"X-Kite-Version": "3"}
        )
        data_of(answer.status, answer.headers.get("content-type", ""), answer.body)

    return answer_of(exchange).error


def _is_about_checksum(refusal: KiteException | None) -> bool:
    return isinstance(refusal, TokenException) and refusal.is_about_checksum


def _by_referer(site: ExaminedSite, wanted: str) -> Finding:
    """Send Kite's page an empty basket from several sites: it refuses the key for every site but
    the registered one.
    """
    refused = {
        name: _refuses(site, sender)
        for name, sender in (("own", f"{origin(wanted)}/"), ("other", STRANGER), ("none", ""))
    }
    if refused["own"] and not refused["none"]:
        return _elsewhere("another site", wanted, CONSOLE)
    if refused["other"] and not refused["own"]:
        return fine(
            f"Kite takes baskets from {origin(wanted)} and not from elsewhere. Registered must be {wanted}"
            " exactly."
        )
    return care(
        "Kite does not tell which redirect URL is registered.",
        "With another one people do not come back here, or Kite answers “Invalid `api_key`.” to their"
        " basket.",
        f"See that {wanted} is the redirect URL of your app in {CONSOLE}.",
    )


def _refuses(site: ExaminedSite, sender: str) -> bool:
    settings = site.services.settings
    headers = {"Referer": sender} if sender else {}
    answer = site.probe.ask(
        "POST",
        f"{settings.web_root}/connect/basket",
        data={"api_key": settings.api_key, "data": "[]"},
        headers=headers,
    )
    return _unknown_key(answer)


def _last_return(services: Services) -> Event | None:
    """Return the event of the last return that came to a new address; None when there is none, or
    when the database does not answer.
    """
    try:
        return redirect_address.latest_change(services)
    except StoreUnavailable:
        return None


def _as_returned(last_return: Event, wanted: str) -> Finding:
    when = last_return.at.astimezone(IST).strftime("%-d %b %Y, %H:%M IST")
    address = last_return.unpack(ReturnAddress).address
    if address == wanted:
        return fine(f"{wanted} is registered, as returns have shown since {when}.")
    return _other_address(f"{address}, as returns have shown since {when}", wanted, CONSOLE)


def _other_address(address: str, wanted: str, where: str) -> Finding:
    return care(
        f"Registered at Kite is {address}, and not {wanted}.",
        "People arrive here all the same. A cancel that comes to another address than /redirect may not be"
        " noticed.",
        f"Set the redirect URL to {wanted} in {where}.",
    )


def _elsewhere(address: str, wanted: str, where: str) -> Finding:
    """Return the finding that another address is registered: one of this site, where people arrive
    too, or one elsewhere.
    """
    if address != origin(wanted) and origin(address) == origin(wanted):
        return _other_address(address, wanted, where)
    return wrong(
        f"Registered at Kite is {address}, and not {wanted}.",
        "Kite leads people to the registered address, and may answer “Invalid `api_key`.” to baskets from any"
        " other site.",
        f"Set the redirect URL to {wanted} in {where}; or, if people should come to the other address, set"
        " PUBLIC_URL to that.",
    )


def _date(answer: ProbeAnswer) -> datetime | None:
    """Return when an answer was made; the header Age has the seconds that a cache kept it since."""
    try:
        date = parsedate_to_datetime(answer.headers.get("date", ""))
        age = timedelta(seconds=int(answer.headers.get("age", "0")))
    except ValueError:
        return None
    return (date if date.tzinfo else date.replace(tzinfo=UTC)) + age
