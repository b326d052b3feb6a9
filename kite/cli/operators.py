"""Commands for the accounts of operators."""

import sys

import click
from flask.cli import AppGroup

from kite.cli.context import current_services, recorded
from kite.publishing import signing_in
from kite.store.people import operators as accounts

operators = AppGroup("operator", help="Those who may sign in and publish baskets.")


@operators.command("add")
@click.argument("name")
def add_operator(name: str) -> None:
    """Make an account for NAME. The password is asked for, or read from a pipe."""
    with recorded():
        signing_in.add_operator(current_services(), name, _password())
    click.echo(f"{name} can sign in at {current_services().settings.public_url}/operator/")


@operators.command("password")
@click.argument("name")
def change_password(name: str) -> None:
    """Give NAME another password; every session of theirs ends.

    A disabled account stays disabled.
    """
    with recorded():
        enabled = signing_in.set_password(current_services(), name, _password())
    click.echo(f"{name} has a new password, and is signed out everywhere.")
    if not enabled:
        click.echo(f"{name} is still disabled: flask --app app operator enable {name}")


@operators.command("disable")
@click.argument("name")
def disable_operator(name: str) -> None:
    """Close the account of NAME.

    What they did stays told, and what they published stays offered.
    """
    with recorded():
        signing_in.disable(current_services(), name)
    click.echo(f"{name} can no longer sign in.")


@operators.command("enable")
@click.argument("name")
def enable_operator(name: str) -> None:
    """Open the account of NAME again, with the password that it has."""
    with recorded():
        enabled = signing_in.enable(current_services(), name)
    click.echo(f"{name} can sign in again." if enabled else f"{name} was not disabled.")


@operators.command("list")
def list_operators() -> None:
    """List the accounts."""
    with current_services().store.reading() as conn:
        for operator in accounts.list_all(conn):
            click.echo(f"{operator.name}{'  disabled' if operator.disabled_at else ''}")


def _password() -> str:
    """Ask for a password twice, unseen; from a pipe, read its first line.

    It never stands on a command line, where others could read it.
    """
    if sys.stdin.isatty():
        return str(click.prompt("Password", hide_input=True, confirmation_prompt=True))
    return sys.stdin.readline().rstrip("\r\n")
