"""All looks, one after the other; one that cannot be taken says so, and the others go on."""

import json
from collections.abc import Callable, Mapping
from dataclasses import replace

from kite.connect.probe import Probe
from kite.doctor import at_kite, at_site, machine
from kite.doctor.examined_site import ExaminedSite, Inside
from kite.doctor.findings import Finding, Severity, care, wrong
from kite.exceptions import NoAnswer
from kite.offsite.base.services import Services

CHECKS: Mapping[str, Callable[[ExaminedSite], Finding]] = {
    "key": at_kite.key,
    "API secret": at_kite.api_secret,
    "redirect URL": at_kite.redirect,
    "PUBLIC_URL": at_site.address,
    "Referrer-Policy": at_site.referrer,
    "form-action": at_site.form,
    "postback": at_site.postback,
    "proxies": at_site.proxies,
    "clock": at_kite.clock,
    "instruments": machine.instruments,
    "holidays": machine.holidays,
    "database": machine.database,
    "Redis": machine.redis_server,
    "SECRET_KEY": machine.secret,
}

Examined = Mapping[str, Finding]
"""What was found, by the name of the check."""


def examine(services: Services, inside: Inside, probe: Probe | None = None) -> Examined:
    """Look at everything.

    With Kite and the site away it takes half a minute at most; nothing is placed, stored or sent but what is
    named.
    """
    patient = ExaminedSite(
        services, inside, probe or Probe({services.settings.api_root: services.connect.transport})
    )
    lines: dict[str, Finding] = {}
    for name, check in CHECKS.items():
        line = look(check, patient)
        same = next((earlier for earlier, told in lines.items() if line.fix and told == line), "")
        # One host that does not answer is one thing to put right, however many looks it hides.
        lines[name] = (
            replace(line, told=f"{line.told} What to do stands at {same}.", why="", fix="") if same else line
        )
    return lines


def healthy(lines: Examined) -> bool:
    """Whether nothing is wrong."""
    return all(line.verdict is not Severity.WRONG for line in lines.values())


def as_text(lines: Examined) -> str:
    """Return the lines for a person."""
    told = []
    for name, line in lines.items():
        told.append(f"{line.verdict:<6} {name:<16} {line.told}")
        told += [f"{'':<24}{label}: {text}" for label, text in (("Why", line.why), ("Fix", line.fix)) if text]
    return "\n".join(told)


def as_json(lines: Examined) -> str:
    """Return the lines for a machine: {"healthy": true, "checks": [{"name", "verdict", "told", "why",
    "fix"}]}.
    """
    checks = [
        {"name": name, "verdict": line.verdict, "told": line.told, "why": line.why, "fix": line.fix}
        for name, line in lines.items()
    ]
    return json.dumps({"healthy": healthy(lines), "checks": checks}, ensure_ascii=False, indent=2)


def look(check: Callable[[ExaminedSite], Finding], patient: ExaminedSite) -> Finding:
    """Take one look; one that cannot be taken says so."""
    try:
        return check(patient)
    except NoAnswer as error:
        return care(
            f"Not looked at: {error.message}",
            "Nothing can be said of this from here: nobody may answer there, or a firewall stands between.",
            "See that this machine reaches that host and, where it is PUBLIC_URL, that the site runs. Then"
            " run this again.",
        )
    except Exception as error:  # its words are not told: nobody knows what they hold
        return wrong(
            f"Could not be looked at ({type(error).__name__}).",
            "The site may fail in the same way.",
            "Read the site’s log, and report it.",
        )
