"""How browsers understand two headers: Referrer-Policy (W3C "Referrer Policy") and form-action (W3C
"Content Security Policy Level 3").
"""

import re
from urllib.parse import SplitResult, urlsplit

POLICIES = {
    "no-referrer": False,
    "same-origin": False,
    "origin": True,
    "strict-origin": True,
    "origin-when-cross-origin": True,
    "strict-origin-when-cross-origin": True,
    "no-referrer-when-downgrade": True,
    "unsafe-url": True,
}
"""Every value of Referrer-Policy, and whether another site is told where a form comes from."""

WHOLE_ADDRESS = frozenset({"no-referrer-when-downgrade", "unsafe-url"})
"""Values that tell another site the whole address, not only the site."""

DEFAULT_REFERRER = "strict-origin-when-cross-origin"
PORTS = {"http": 80, "https": 443}


def referrer_policy(header: str) -> str:
    """Return the value that counts: the last known one, or the browsers' default."""
    values = (value.strip() for value in header.lower().split(","))
    known = [value for value in values if value in POLICIES]
    return known[-1] if known else DEFAULT_REFERRER


def policies(header: str) -> list[str]:
    """Return the policies of a Content-Security-Policy.

    All of them count; nonces are replaced, because they differ with every answer.
    """
    same_nonce = re.sub(r"'nonce-[^']*'", "'nonce'", header)
    return [policy.strip() for policy in same_nonce.split(",") if policy.strip()]


def through_proxy(page: str, inside: str, outside: str) -> list[str]:
    """Return the policies of `page` as they arrive, when another page's leave as `inside` and
    arrive as `outside`.
    """
    sent, arrived = policies(inside), policies(outside)
    # A proxy either keeps the site's policies and may add some, or it replaces all of them.
    own = policies(page) if set(sent) & set(arrived) else []
    return own + [policy for policy in arrived if policy not in sent]


def form_action(policy: str) -> list[str] | None:
    """Return where a policy lets forms lead, None for anywhere.

    There is no default: default-src says nothing about forms.
    """
    for directive in policy.split(";"):
        words = directive.split()
        if words and words[0].lower() == "form-action":
            return words[1:]
    return None


def allows(policy: str, target: str, own: str) -> bool:
    """Whether a policy of a page at the origin `own` lets its form lead to the origin `target`."""
    sources = form_action(policy)
    return sources is None or any(_matches(source, target, own) for source in sources)


def origin(url: str) -> str:
    """Return scheme, host and port of an address, as policies name them."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}".lower()


def _matches(source: str, target: str, own: str) -> bool:
    source = source.lower()
    if source == "'self'":
        return target == own
    if source == "*" or source == f"{urlsplit(target).scheme}:":
        return True
    wanted, named = urlsplit(target), urlsplit(source if "://" in source else f"//{source}")
    return _scheme_matches(named, wanted) and _host_matches(named, wanted)


def _scheme_matches(named: SplitResult, wanted: SplitResult) -> bool:
    """Whether a scheme is allowed; a source of http allows https too."""
    if not named.scheme or named.scheme == wanted.scheme:
        return True
    return (named.scheme, wanted.scheme) == ("http", "https")


def _host_matches(named: SplitResult, wanted: SplitResult) -> bool:
    """Whether host and port are allowed; a source may begin with "*." and end with ":*"."""
    match = re.fullmatch(r"(.*?)(?::(\d+|\*))?", named.netloc)
    name, port = match.groups() if match else ("", None)
    host = wanted.netloc.rpartition("@")[2].removesuffix(f":{wanted.port}")
    if name.startswith("*."):
        same_host = host.endswith(name[1:])
    else:
        same_host = host == name
    usual = PORTS.get(wanted.scheme)
    return same_host and (port == "*" or int(port or usual or 0) == (wanted.port or usual))
