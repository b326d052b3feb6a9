"""Checks what the world sees of the site: its address, the headers of the page that sends a basket
to Kite, and who is let in.
"""

import json
from urllib.parse import urljoin, urlsplit

from kite.connect.probe import ProbeAnswer, UntrustedCertificate
from kite.doctor.examined_site import ExaminedSite
from kite.doctor.findings import Finding, care, fine, wrong
from kite.doctor.headers import (
    POLICIES,
    WHOLE_ADDRESS,
    allows,
    form_action,
    origin,
    policies,
    referrer_policy,
    through_proxy,
)
from kite.environment import is_loopback
from kite.exceptions import NoAnswer
from kite.vocabulary import Mode

HTTP_ALLOWED = ("localhost", "127.0.0.1")
"""Hosts that Kite's console takes without https."""

FORGED = json.dumps(
    {"order_id": "doctor", "order_timestamp": "2000-01-01 00:00:00", "checksum": "0" * 64}
).encode()
"""A postback that Kite never sent."""

UNSEEN = " PUBLIC_URL did not answer from here: what a proxy makes of it was not seen."
ADDED = "Take the header {name} out of the configuration of the proxy in front: the site sends its own."


def check_address(site: ExaminedSite) -> Finding:
    """Whether people and Kite's redirect reach the site at PUBLIC_URL."""
    public_url = site.services.settings.public_url
    if urlsplit(public_url).scheme == "http" and urlsplit(public_url).hostname not in HTTP_ALLOWED:
        return _without_https(site)
    try:
        front = site.front
    except UntrustedCertificate as error:
        return wrong(
            str(error),
            "Browsers stop before they come back from Kite, and Kite may not deliver postbacks.",
            "Get a certificate for this name, with all certificates up to the root: sudo certbot --nginx",
        )
    location = urljoin(f"{public_url}/", front.headers["location"]) if "location" in front.headers else ""
    leads_to = origin(location) if location else ""
    if leads_to and leads_to != origin(public_url):
        return wrong(
            f"{public_url} leads on to {leads_to}.",
            "The visit’s cookie lives at one address. Who comes back from Kite to another is a stranger"
            " there.",
            f"Set PUBLIC_URL={leads_to} and register {leads_to}/redirect at Kite, or take the redirect out of"
            " the proxy.",
        )
    if location.rstrip("/") == public_url:
        return wrong(
            f"{public_url} leads to itself, without end: the proxy does not pass on under which name the site"
            " was asked for.",
            "Nobody sees a page, and nobody comes back from Kite.",
            "In nginx: proxy_set_header Host $host; or set X-Forwarded-Host there, and TRUSTED_PROXIES to the"
            " number of proxies.",
        )
    if front.status >= 400:
        return wrong(
            f"{public_url} answers {front.status}.",
            "Who comes back from Kite sees that in place of a receipt.",
            "Start the site, see that the proxy leads to its PORT without asking for a password, and read the"
            " log of both.",
        )
    return fine(f"{public_url} answers.")


def check_referrer(site: ExaminedSite) -> Finding:
    """Whether browsers tell Kite which site a basket comes from."""
    outside = _front_from_outside(site)
    policy = referrer_policy(_arriving_referrer_header(site, outside))
    fix = ADDED.format(name="Referrer-Policy")
    if not POLICIES[policy]:
        return wrong(
            f"The hand-off page arrives with Referrer-Policy: {policy}.",
            "Browsers then do not say where the basket comes from, and Kite answers “Invalid `api_key`.”"
            " to it.",
            fix,
        )
    if policy in WHOLE_ADDRESS:
        return care(
            f"The hand-off page arrives with Referrer-Policy: {policy}.",
            "Kite takes the basket, and is told whose receipt it is.",
            fix,
        )
    return fine(f"{policy}: Kite hears which site a basket comes from.{'' if outside else UNSEEN}")


def _arriving_referrer_header(site: ExaminedSite, outside: ProbeAnswer | None) -> str:
    """Return the header of the hand-off page as it arrives: a proxy that changes that of the front
    page changes it on every page.
    """
    name = "referrer-policy"
    if outside and (arrives := outside.headers.get(name, "")) != site.front_inside.headers.get(name, ""):
        return arrives
    return site.leaving.headers.get(name, "")


def check_form(site: ExaminedSite) -> Finding:
    """Whether browsers let the hand-off page's form go to Kite."""
    page, outside, settings = site.leaving, _front_from_outside(site), site.services.settings
    if page.status != 200:
        return wrong(
            f"The hand-off page answers {page.status}.",
            "No basket reaches Kite.",
            "Read the log of the site, and install the release again.",
        )
    header = "content-security-policy"
    if outside:
        arrives = through_proxy(
            page.headers.get(header, ""),
            site.front_inside.headers.get(header, ""),
            outside.headers.get(header, ""),
        )
    else:
        arrives = policies(page.headers.get(header, ""))
    kite, own = origin(settings.web_root), origin(settings.public_url)
    # Browsers apply all policies, so each of them must allow it.
    for policy in arrives:
        if not allows(policy, kite, own):
            return wrong(
                "The hand-off page arrives with form-action"
                f" {' '.join(form_action(policy) or ()) or 'of nothing'}, which leaves {kite} out.",
                "Browsers stop the form without a word, and the basket never reaches Kite.",
                ADDED.format(name="Content-Security-Policy"),
            )
    return fine(f"Forms may go to {kite}.{'' if outside else UNSEEN}")


def check_postback(site: ExaminedSite) -> Finding:
    """Whether a message that Kite never sent arrives and is refused. Nothing of it is stored."""
    settings = site.services.settings
    url = f"{settings.public_url}/postback"
    inside = site.inside(site.services, "POST", "/postback", FORGED)
    outside = site.probe.ask("POST", url, data=FORGED, headers={"Content-Type": "application/json"})
    # The body is compared too: a proxy can answer 403 by itself.
    if inside.status != 403 or (outside.status, outside.body) != (403, inside.body):
        return _other_answer(url, outside if inside.status == 403 else inside)
    if settings.mode is Mode.PUBLISHER:
        return fine(
            "A message is refused: without KITE_API_SECRET all of them are. Register no postback URL at Kite."
        )
    if is_loopback(url) and not site.rehearses:
        return care(
            f"{url} refuses a forged message, and Kite cannot reach it.",
            "Kite posts only to https addresses that the world can reach. Receipts are read all the same,"
            " once somebody opens them or comes back.",
            "Nothing, while you try things out. Later set PUBLIC_URL to a public https address.",
        )
    return fine(f"{url} refuses a forged message.")


def check_proxies(site: ExaminedSite) -> Finding:
    """Whether TRUSTED_PROXIES fits the proxies in front, as far as a request can show it."""
    settings, front = site.services.settings, site.front
    forged = site.probe.ask("GET", f"{settings.public_url}/", headers={"X-Forwarded-Host": "doctor.invalid"})
    # The site redirects only those who asked another host: so it has believed the header.
    if settings.trusted_proxies and forged.status == 302 and front.status != 302:
        return care(
            f"TRUSTED_PROXIES is {settings.trusted_proxies}, and what a visitor writes into X-Forwarded-Host"
            " is believed.",
            "If the same goes for X-Forwarded-For, anybody can take any address, and HANDOFFS_PER_ADDRESS"
            " holds nobody.",
            "Set TRUSTED_PROXIES to the number of proxies in front, and let the first one write"
            " X-Forwarded-For and X-Forwarded-Host anew.",
        )
    if (
        not settings.trusted_proxies
        and urlsplit(settings.public_url).scheme == "https"
        and not is_loopback(settings.public_url)
    ):
        return care(
            "TRUSTED_PROXIES is 0, and PUBLIC_URL is https.",
            "If a proxy speaks https for the site, all visitors have its address, and HANDOFFS_PER_ADDRESS"
            " counts all of them together.",
            "With one proxy in front that sets X-Forwarded-For: TRUSTED_PROXIES=1",
        )
    return fine(f"TRUSTED_PROXIES is {settings.trusted_proxies}, and nothing speaks against it.")


def _without_https(site: ExaminedSite) -> Finding:
    settings = site.services.settings
    summary = f"PUBLIC_URL is {settings.public_url}, without https."
    fix = "Put a proxy that speaks https in front, and set PUBLIC_URL=https://…"
    if settings.mode is Mode.SIMULATOR:
        return care(
            summary,
            "The simulator takes it. Kite returns to https only, and to http on 127.0.0.1 and localhost.",
            fix,
        )
    return wrong(
        summary, "Kite’s console takes https addresses, and http ones only on 127.0.0.1 and localhost.", fix
    )


def _front_from_outside(site: ExaminedSite) -> ProbeAnswer | None:
    """Return the site's front page as it arrives over the network; None when another one or none
    arrives.
    """
    try:
        front = site.front
    except NoAnswer:
        return None
    return front if front.status == site.front_inside.status else None


def _other_answer(url: str, answer: ProbeAnswer) -> Finding:
    return wrong(
        f"{url} answers {answer.status} to a forged message, where the site answers 403.",
        "Kite’s messages do not arrive either: who does not come back from Kite learns late what became of"
        " the orders.",
        f"Let the proxy pass POST {url} on to the site as it comes, without a redirect, a password or a check"
        " of its own.",
    )
