"""The same use cases from a shell: `flask --app app prepare`, `flask --app app instruments refresh`."""

import click
from flask import Flask, current_app
from flask.cli import AppGroup, with_appcontext

from kite.instruments import loading
from kite.offsite.parts import Parts

instruments = AppGroup("instruments", help="The catalogue of what can be traded today.")


def _parts() -> Parts:
    parts: Parts = current_app.extensions["basket"]
    return parts


@click.command("prepare")
@with_appcontext
def prepare() -> None:
    """Bring the database's tables up to date, and load the bundled instruments when there is no catalogue."""
    from kite.store import migrate  # alembic is slow to import and only needed here

    parts = _parts()
    migrate.upgrade(parts.settings.database_url)
    path, now = parts.catalogue.path, parts.now()
    if loading.stale(path, now.date()):
        click.echo(f"Loaded {loading.load_bundled(path, now)} bundled instruments.")


@instruments.command("refresh")
def refresh() -> None:
    """Load the instruments anew."""
    parts = _parts()
    click.echo(f"Loaded {loading.load_bundled(parts.catalogue.path, parts.now())} bundled instruments.")


def install(app: Flask) -> None:
    """Add the commands to `flask`."""
    app.cli.add_command(prepare)
    app.cli.add_command(instruments)
