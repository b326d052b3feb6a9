"""The same use cases from a shell: `flask --app app prepare`, `flask --app app instruments
refresh`, `flask --app app worker`.

One module for each family of commands; only `app.py` imports this package. Start with `site.py`.
"""

from flask import Flask

from kite.cli import operators, publishing, site
from kite.cli.import_site import import_site
from kite.publishing.sentences import Sentences

COMMANDS = (
    site.prepare,
    site.instruments,
    site.worker,
    operators.operators,
    publishing.publish,
    publishing.pause,
    publishing.offer_again,
    import_site,
    site.doctor,
)


def install(app: Flask, sentences: Sentences) -> None:
    """Add the commands to `flask`; `sentences` are the words of the pages."""
    app.extensions["sentences"] = sentences
    for command in COMMANDS:
        app.cli.add_command(command)
