"""What a browser makes of two headers: Referrer-Policy (W3C "Referrer Policy") and form-action (W3C "Content
Security Policy Level 3").
"""

import re
from urllib.parse import urlsplit

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
    """Return the value that counts: the last one that is known, or what browsers do without."""
    known = [value for each in header.lower().split(",") if (value := each.strip()) in POLICIES]
    return known[-1] if known else DEFAULT_REFERRER


def policies(header: str) -> list[str]:
    """Return the policies of a Content-Security-Policy.

    All of them count; nonces are taken out, for they differ with every answer.
    """
    return [
        policy for each in re.sub(r"'nonce-[^']*'", "'nonce'", header).split(",") if (policy := each.strip())
    ]


def through_proxy(page: str, inside: str, outside: str) -> list[str]:
    """Return the policies of `page` as they arrive, when another page's leave as `inside` and arrive as
    `outside`.
    """
    left, arrived = policies(inside), policies(outside)
    own = policies(page) if set(left) & set(arrived) else []
    return own + [policy for policy in arrived if policy not in left]


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
    if named.scheme and named.scheme != wanted.scheme and (named.scheme, wanted.scheme) != ("http", "https"):
        return False
    match = re.fullmatch(r"(.*?)(?::(\d+|\*))?", named.netloc)
    name, port = match.groups() if match else ("", None)
    host, usual = wanted.netloc.rpartition("@")[2].removesuffix(f":{wanted.port}"), PORTS.get(wanted.scheme)
    fits = host.endswith(name[1:]) if name.startswith("*.") else host == name
    return fits and (port == "*" or int(port or usual or 0) == (wanted.port or usual))
