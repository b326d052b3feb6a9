"""What every application makes anew and is always the same, kept for the next one of the process:
builders of addresses, compiled templates.

Most tests make an application of their own, and most of the time that this takes goes there.
"""

from typing import Any

from flask import Flask
from jinja2.bccache import Bucket, BytecodeCache
from werkzeug.routing import Rule

from kite.publishing import signing_in

HASHING = signing_in.HASHING
"""How the site itself hashes a password."""


class _Templates(BytecodeCache):
    """Compiled templates by name, file and source; Jinja compiles one again when its source is
    another.
    """

    def __init__(self) -> None:
        self._known: dict[tuple[str, str], bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        if known := self._known.get((bucket.key, bucket.checksum)):
            bucket.bytecode_from_string(known)

    def dump_bytecode(self, bucket: Bucket) -> None:
        self._known[bucket.key, bucket.checksum] = bucket.bytecode_to_string()


def _builders_made_once() -> None:
    """Keep what Werkzeug compiles for a rule.

    It depends on the rule's text and defaults, and takes converters from the rule that calls it.
    """
    make, known = Rule._compile_builder, {}

    def kept(rule: Rule, append_unknown: bool = True) -> Any:
        key = (rule.rule, tuple(rule._trace), repr(rule.defaults), append_unknown)
        if key not in known:
            known[key] = make(rule, append_unknown)
        return known[key]

    Rule._compile_builder = kept  # type: ignore[method-assign]


def install() -> None:
    """Keep both from here on, in this process; and let a password cost little: hundreds of
    operators sign in, which would take 0.2 s each.
    """
    _builders_made_once()
    signing_in.HASHING = "scrypt:1024:8:1"
    Flask.jinja_options = {**Flask.jinja_options, "bytecode_cache": _Templates()}
