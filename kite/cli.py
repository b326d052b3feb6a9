"""The same use cases from a shell: `flask --app app prepare`, `flask --app app instruments refresh`, `flask --app app worker`."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

import click
from flask import Flask, current_app
from flask.cli import AppGroup, with_appcontext

from kite.exceptions import InstrumentsError, StoreUnavailable
from kite.instruments import download, loading
from kite.offsite.parts import Parts
from kite.publishing import signing_in
from kite.publishing.signing_in import OperatorRefused
from kite.store import events
from kite.store import operators as accounts

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


operators = AppGroup("operator", help="Those who may sign in and publish baskets.")


@operators.command("add")
@click.argument("name")
def add_operator(name: str) -> None:
    """Make an account for NAME. The password is asked for, or read from a pipe."""
    with _acting():
        signing_in.add(_parts(), name, _password())
    click.echo(f"{name} can sign in at {_parts().settings.public_url}/operator/")


@operators.command("password")
@click.argument("name")
def change_password(name: str) -> None:
    """Give NAME another password; every session of theirs ends."""
    with _acting():
        signing_in.set_password(_parts(), name, _password())
    click.echo(f"{name} has a new password, and is signed out everywhere.")


@operators.command("disable")
@click.argument("name")
def disable_operator(name: str) -> None:
    """Close the account of NAME. What they did stays told, and what they published stays offered."""
    with _acting():
        signing_in.disable(_parts(), name)
    click.echo(f"{name} can no longer sign in.")


@operators.command("list")
def list_operators() -> None:
    """List the accounts."""
    with _parts().store.reading() as conn:
        for each in accounts.every(conn):
            click.echo(f"{each.name}{'  disabled' if each.disabled_at else ''}")


def _password() -> str:
    """Ask for a password twice, unseen; from a pipe, read its first line. It never stands on a command line, where others could read it."""
    if sys.stdin.isatty():
        return str(click.prompt("Password", hide_input=True, confirmation_prompt=True))
    return sys.stdin.readline().rstrip("\r\n")


@contextmanager
def _acting() -> Iterator[None]:
    """Record that a shell did it, and tell refusals in words."""
    try:
        with events.acting("shell"):
            yield
    except OperatorRefused as error:
        raise click.ClickException(str(error)) from error


def install(app: Flask) -> None:
    """Add the commands to `flask`."""
    app.cli.add_command(prepare)
    app.cli.add_command(instruments)
    app.cli.add_command(worker)
    app.cli.add_command(operators)
