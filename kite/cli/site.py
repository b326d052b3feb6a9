"""Commands for running a site: prepare it, load instruments, work in the background, examine it."""

import contextvars

import click
from flask import Flask, current_app
from flask.cli import AppGroup, with_appcontext

from kite.cli.context import current_services
from kite.connect.probe import ProbeAnswer
from kite.exceptions import InstrumentsError, StoreUnavailable
from kite.instruments import refreshing
from kite.offsite.base.services import Services

instruments = AppGroup("instruments", help="The catalogue of what can be traded today.")


@click.command("prepare")
@with_appcontext
def prepare() -> None:
    """Bring the database's tables up to date, and load a list of instruments when there is none of
    today.

    With the simulator that may be the bundled list. With a real key it is only ever Kite's; without
    one the site starts and says why nothing can be sent.
    """
    from kite.store.base import migrate  # alembic is slow to import and only needed here

    services = current_services()
    try:
        migrate.upgrade(services.settings.database_url)
    except StoreUnavailable as error:
        raise click.ClickException(
            f"Not started. DATABASE_URL names a database that does not answer: {error}"
        ) from error
    if message := refreshing.prepare(services.catalogue, services.settings, services.now()):
        click.echo(message)


@instruments.command("refresh")
@click.option(
    "--anyway", is_flag=True, help="Take a list that has less than half of the instruments of the one before."
)
def refresh(anyway: bool) -> None:
    """Load the list of instruments from INSTRUMENTS_URL; with the built-in simulator, the bundled
    one.
    """
    services = current_services()
    source = f"instruments from {services.settings.instruments_url}"
    if refreshing.is_bundled(services.settings):
        source = "bundled instruments"
    try:
        loaded = refreshing.refresh(services.catalogue, services.settings, services.now(), anyway=anyway)
    except InstrumentsError as error:
        raise click.ClickException(f"{error} {refreshing.what_is_left(services.catalogue)}") from error
    click.echo(refreshing.report(loaded, source))


@click.command("worker")
@with_appcontext
def worker() -> None:
    """Do what is due by the clock, beside the processes that answer requests, until told to
    stop.
    """
    from kite import worker as working  # no other command needs its library

    working.run(current_services())


@click.command("doctor")
@click.option("--json", "for_machines", is_flag=True, help="Print JSON.")
@click.pass_context
@with_appcontext
def doctor(context: click.Context, for_machines: bool) -> None:
    """Look at the key, PUBLIC_URL, clock, database and the rest, and say what is wrong and what to
    do.

    Ends with 1 when something is.
    """
    # Alembic is slow to import, and the other commands do without.
    from kite.doctor import examination

    findings = examination.examine(current_services(), ask_application)
    click.echo(examination.as_json(findings) if for_machines else examination.as_text(findings))
    context.exit(0 if examination.is_healthy(findings) else 1)


def ask_application(services: Services, method: str, path: str, body: bytes = b"") -> ProbeAnswer:
    """Return this application's own answer, with these services: no server and no proxy has changed
    it.
    """
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]

    def ask() -> ProbeAnswer:
        # As if a page of this site had led here: to anybody else a hand-off page shows no form to
        # Kite.
        from_here = {"Sec-Fetch-Site": "same-origin"}
        answer = app.test_client().open(
            path, method=method, data=body, base_url=services.settings.public_url, headers=from_here
        )
        headers = {name.lower(): ", ".join(answer.headers.getlist(name)) for name, _ in answer.headers}
        return ProbeAnswer(answer.status_code, headers, answer.get_data())

    own, app.extensions["basket"] = app.extensions["basket"], services
    try:
        # In a context of its own, so that no request sees what an earlier one kept in `g`.
        return contextvars.Context().run(ask)
    finally:
        app.extensions["basket"] = own
