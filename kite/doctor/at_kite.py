"""What Kite says of the key, its secret and the registered address, as far as it tells anybody who is not
logged in.

No order, no session and no token comes of any of it. Sources: Kite Connect documentation, pages "User" (login
flow and token exchange) and "Offsite order execution".
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
from kite.offsite.base.services import Services
from kite.offsite.journey import redirect_address
from kite.store.flow.events import Event
from kite.vocabulary import IST, Mode

CONSOLE = "the developer console, https://developers.kite.trade"
STRANGER = "https://doctor.invalid/"
"""The address of nobody: a name that never exists (RFC 2606)."""

SKEW, LARGEST_SKEW = 5.0, 60.0
"""Seconds between this machine's clock and Kite's that a person should know of, and that are wrong."""


def key(patient: ExaminedSite) -> Finding:
    """Whether Kite knows the key."""
    settings, login = patient.services.settings, patient.login
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


def api_secret(patient: ExaminedSite) -> Finding:
    """Whether the secret belongs to the key: the exchange of a token that never was is refused for one reason
    or another.
    """
    settings = patient.services.settings
    if settings.mode is Mode.PUBLISHER:
        return fine("None is set. Baskets are placed, and no orders are read: receipts say so.")
    said = _refusal(patient, settings.api_secret)
    if isinstance(said, NoAnswer):
        raise said
    if _of_checksum(said):
        return wrong(
            "KITE_API_SECRET does not belong to KITE_API_KEY.",
            "Kite answers “Invalid `checksum`.” to every exchange of a token: nobody can log in, and every"
            " postback counts as forged.",
            f"Copy the key and the secret of the same app from {CONSOLE} into KITE_API_KEY and"
            " KITE_API_SECRET, and start the site again.",
        )
    if isinstance(said, InputException) and "api_key" in said.message:
        return wrong(
            "Kite’s API does not know KITE_API_KEY.",
            "Kite answers “Invalid `api_key`.” to every exchange of a token: nobody can log in.",
            f"Copy the API key of your app from {CONSOLE} into KITE_API_KEY, and start the site again.",
        )
    # Where Kite looks at the token first, a wrong secret hears of the token too: then this proved nothing.
    if isinstance(said, TokenException) and _of_checksum(_refusal(patient, secrets.token_hex(16))):
        return fine(
            "The secret belongs to the key."
            + ("" if settings.simulator else " Whether the key may read orders, only a login can tell.")
        )
    return care(
        f"Whether the secret belongs to the key cannot be told ({type(said).__name__}).",
        "With a wrong one Kite answers “Invalid `checksum`.” and nobody can log in.",
        "Log in on the site once: a receipt that shows its orders proves it.",
    )


def redirect(patient: ExaminedSite) -> Finding:
    """Whether Kite brings people back to this site."""
    settings = patient.services.settings
    wanted = redirect_address.expected_address(patient.services)
    if settings.simulator:
        address = settings.simulator.redirect_url
        return (
            fine(f"{wanted} is registered.")
            if address == wanted
            else _elsewhere(address, wanted, "SIMULATOR_REDIRECT_URL")
        )
    if seen := _seen(patient.services):
        return _as_seen(seen, wanted)
    login = patient.login
    if "x-kite-simulator" in login.headers:
        leads_to = [
            each
            for policy in policies(login.headers.get("content-security-policy", ""))
            for each in form_action(policy) or ()
        ]
        address = next((each for each in leads_to if each != "'self'"), "")
        told = fine(f"{address} is registered at the simulator.")
        return (
            told
            if address == origin(wanted)
            else _elsewhere(address or "nothing", wanted, "SIMULATOR_REDIRECT_URL of the simulator")
        )
    return _by_referer(patient, wanted)


def clock(patient: ExaminedSite) -> Finding:
    """How far this machine's clock is from Kite's, of which the header Date gives whole seconds."""
    if patient.services.settings.simulator:
        return fine("The simulator goes by this machine’s own clock.")
    before = patient.services.now()
    answer = patient.probe.ask("GET", patient.services.connect.login_url())
    took = patient.services.now() - before
    date = _date(answer)
    if date is None:
        return care(
            "Kite’s answer holds no time.",
            "Whether this clock is right cannot be told from it.",
            "Compare it with another: timedatectl",
        )
    ahead = (before + took / 2 - date).total_seconds() - 0.5
    surely = abs(ahead) - 0.5 - took.total_seconds() / 2
    if surely <= SKEW:
        return fine("This clock and Kite’s agree.")
    return (wrong if surely > LARGEST_SKEW else care)(
        f"This clock is {abs(ahead):.0f} s {'ahead of' if ahead > 0 else 'behind'} Kite’s.",
        "Orders are told apart by when they were placed, and sessions end at 06:00 IST: by a wrong clock both"
        " are missed, and https may be refused.",
        "Let the machine set its clock: sudo timedatectl set-ntp true",
    )


def _unknown_key(answer: ProbeAnswer) -> bool:
    return re.search(r"Invalid\W{1,3}api_key", unescape(answer.text)) is not None


def _refusal(patient: ExaminedSite, api_secret: str) -> KiteException | None:
    """Return how Kite refuses the exchange of a token that never was, signed with `api_secret`."""
    settings, token = patient.services.settings, secrets.token_hex(16)
    form = {
        "api_key": settings.api_key,
        "request_token": token,
        "checksum": session_checksum(settings.api_key, token, api_secret),
    }
    try:
        answer = patient.probe.ask(
            "POST", f"{settings.api_root}/session/token", data=form, headers={"X-Kite-Version": "3"}
        )
        data_of(answer.status, answer.headers.get("content-type", ""), answer.body)
    except KiteException as error:
        return error
    return None


def _of_checksum(said: KiteException | None) -> bool:
    return isinstance(said, TokenException) and "checksum" in said.message


def _by_referer(patient: ExaminedSite, wanted: str) -> Finding:
    """Send Kite's page a basket of nothing: it refuses the key itself when a basket comes from another site
    than the registered one.
    """
    refused = {
        name: _refuses(patient, sender)
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


def _refuses(patient: ExaminedSite, sender: str) -> bool:
    settings = patient.services.settings
    headers = {"Referer": sender} if sender else {}
    answer = patient.probe.ask(
        "POST",
        f"{settings.web_root}/connect/basket",
        data={"api_key": settings.api_key, "data": "[]"},
        headers=headers,
    )
    return _unknown_key(answer)


def _seen(services: Services) -> Event | None:
    """Return the last return that showed another address than before; None when there is none, or the
    database does not say.
    """
    try:
        return redirect_address.latest_change(services)
    except StoreUnavailable:
        return None


def _as_seen(seen: Event, wanted: str) -> Finding:
    when = seen.at.astimezone(IST).strftime("%-d %b %Y, %H:%M IST")
    if seen.detail == wanted:
        return fine(f"{wanted} is registered, as returns have shown since {when}.")
    return _other_address(f"{seen.detail}, as returns have shown since {when}", wanted, CONSOLE)


def _other_address(address: str, wanted: str, where: str) -> Finding:
    return care(
        f"Registered at Kite is {address}, and not {wanted}.",
        "People arrive here all the same. A cancel that comes to another address than /redirect may not be"
        " noticed.",
        f"Set the redirect URL to {wanted} in {where}.",
    )


def _elsewhere(address: str, wanted: str, where: str) -> Finding:
    """Say that Kite leads people elsewhere: to another address of this site, which finds them too, or away
    from it.
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
    """Return when an answer was made; Age is for how long it was kept on the way."""
    try:
        made = parsedate_to_datetime(answer.headers.get("date", ""))
        age = timedelta(seconds=int(answer.headers.get("age", "0")))
    except ValueError:
        return None
    return (made if made.tzinfo else made.replace(tzinfo=UTC)) + age
