"""The same use cases from a shell: `flask --app app prepare`, `flask --app app instruments refresh`, `flask --app app worker`."""

import click
from flask import Flask, current_app
from flask.cli import AppGroup, with_appcontext

from kite.exceptions import InstrumentsError, StoreUnavailable
from kite.instruments import download, loading
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
    try:
        migrate.upgrade(parts.settings.database_url)
    except StoreUnavailable as error:
        raise click.ClickException(f"Not started. DATABASE_URL names a database that does not answer: {error}") from error
    path, now = parts.catalogue.path, parts.now()
    if loading.stale(path, now.date()):
        click.echo(f"Loaded {loading.load_bundled(path, now)} bundled instruments.")


@instruments.command("refresh")
def refresh() -> None:
    """Load the list of instruments from INSTRUMENTS_URL; with the built-in simulator, the bundled one."""
    parts = _parts()
    path, source = parts.catalogue.path, parts.settings.instruments_url
    if parts.settings.simulator and source == f"{parts.settings.api_root}/instruments":
        click.echo(f"Loaded {loading.load_bundled(path, parts.now())} bundled instruments.")
        return
    try:
        with download.rows(source) as rows:
            click.echo(f"Loaded {loading.load(path, rows, parts.now())} instruments from {source}.")
    except InstrumentsError as error:
        raise click.ClickException(f"{error} The list that was there before stays.") from error


@click.command("worker")
@with_appcontext
def worker() -> None:
    """Do what is due by the clock, beside the processes that answer requests, until told to stop."""
    from kite import worker as working  # no other command needs its library

    working.run(_parts())


def install(app: Flask) -> None:
    """Add the commands to `flask`."""
    app.cli.add_command(prepare)
    app.cli.add_command(instruments)
    app.cli.add_command(worker)
