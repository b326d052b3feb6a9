"""Runs all checks, one after the other; one that fails says so, and the others go on."""

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
    "key": at_kite.check_key,
    "API secret": at_kite.check_api_secret,
    "redirect URL": at_kite.check_redirect,
    "PUBLIC_URL": at_site.check_address,
    "Referrer-Policy": at_site.check_referrer,
    "form-action": at_site.check_form,
    "postback": at_site.check_postback,
    "proxies": at_site.check_proxies,
    "clock": at_kite.check_clock,
    "instruments": machine.check_instruments,
    "holidays": machine.check_holidays,
    "database": machine.check_database,
    "Redis": machine.check_redis_server,
    "SECRET_KEY": machine.check_secret,
}

Findings = Mapping[str, Finding]
"""The findings by the name of their check."""


def examine(services: Services, inside: Inside, probe: Probe | None = None) -> Findings:
    """Run every check and return the findings.

    With Kite and the site away it takes half a minute at most. Nothing is placed or stored, and
    nothing is sent but the requests that the checks describe.
    """
    site = ExaminedSite(
        services, inside, probe or Probe({services.settings.api_root: services.connect.transport})
    )
    findings: dict[str, Finding] = {}
    for name, check in CHECKS.items():
        finding = run_check(check, site)
        same = next((earlier for earlier, other in findings.items() if finding.fix and other == finding), "")
        # One host that does not answer is one thing to put right, however many checks it stops.
        if same:
            summary = f"{finding.summary} What to do stands at {same}."
            finding = replace(finding, summary=summary, why="", fix="")
        findings[name] = finding
    return findings


def is_healthy(findings: Findings) -> bool:
    """Whether nothing is wrong."""
    return all(finding.verdict is not Severity.WRONG for finding in findings.values())


def as_text(findings: Findings) -> str:
    """Return the findings as lines for a person."""
    lines = []
    for name, finding in findings.items():
        lines.append(f"{finding.verdict:<6} {name:<16} {finding.summary}")
        details = (("Why", finding.why), ("Fix", finding.fix))
        lines += [f"{'':<24}{label}: {text}" for label, text in details if text]
    return "\n".join(lines)


def as_json(findings: Findings) -> str:
    """Return the findings for a program: {"healthy": true, "checks": [{"name", "verdict", "told",
    "why", "fix"}]}.
    """
    checks = [
        {
            "name": name,
            "verdict": finding.verdict,
            "told": finding.summary,
            "why": finding.why,
            "fix": finding.fix,
        }
        for name, finding in findings.items()
    ]
    return json.dumps({"healthy": is_healthy(findings), "checks": checks}, ensure_ascii=False, indent=2)


def run_check(check: Callable[[ExaminedSite], Finding], site: ExaminedSite) -> Finding:
    """Run one check; one that fails becomes a finding too."""
    try:
        return check(site)
    except NoAnswer as error:
        return care(
            f"Not looked at: {error.message}",
            "Nothing can be said of this from here: nobody may answer there, or a firewall stands between.",
            "See that this machine reaches that host and, where it is PUBLIC_URL, that the site runs. Then"
            " run this again.",
        )
    except Exception as error:  # without its words, which may hold a secret
        return wrong(
            f"Could not be looked at ({type(error).__name__}).",
            "The site may fail in the same way.",
            "Read the site’s log, and report it.",
        )
