"""The same use cases from a shell: `flask --app app prepare`, `flask --app app instruments refresh`, `flask
--app app worker`.
"""

import contextvars
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

import click
from flask import Flask, current_app
from flask.cli import AppGroup, with_appcontext

from kite.connect.probe import ProbeAnswer
from kite.exceptions import BasketError, InstrumentsError, NoInstruments, StoreUnavailable
from kite.instruments import refreshing
from kite.offsite.base.services import Services
from kite.publishing import drafts, files, import_report, offers, old_buttons, signing_in
from kite.publishing.offers import Offer, OfferStatus
from kite.publishing.old_buttons import ImportedButton, ImportOutcome, ImportTarget
from kite.publishing.sentences import Sentences, about_draft
from kite.publishing.signing_in import OperatorRefused
from kite.store.flow import events
from kite.store.people import operators as accounts

instruments = AppGroup("instruments", help="The catalogue of what can be traded today.")


def _services() -> Services:
    services: Services = current_app.extensions["basket"]
    return services


def _sentences() -> Sentences:
    sentences: Sentences = current_app.extensions["sentences"]
    return sentences


@click.command("prepare")
@with_appcontext
def prepare() -> None:
    """Bring the database's tables up to date, and load a list of instruments when there is none of today.

    With the simulator that may be the bundled list. With a real key it is only ever Kite's; without one the
    site starts and says why nothing can be sent.
    """
    from kite.store.base import migrate  # alembic is slow to import and only needed here

    services = _services()
    try:
        migrate.upgrade(services.settings.database_url)
    except StoreUnavailable as error:
        raise click.ClickException(
            f"Not started. DATABASE_URL names a database that does not answer: {error}"
        ) from error
    if told := refreshing.prepare(services.catalogue, services.settings, services.now()):
        click.echo(told)


@instruments.command("refresh")
@click.option(
    "--anyway", is_flag=True, help="Take a list that has less than half of the instruments of the one before."
)
def refresh(anyway: bool) -> None:
    """Load the list of instruments from INSTRUMENTS_URL; with the built-in simulator, the bundled one."""
    services = _services()
    source = (
        "bundled instruments"
        if refreshing.is_bundled(services.settings)
        else f"instruments from {services.settings.instruments_url}"
    )
    try:
        loaded = refreshing.refresh(services.catalogue, services.settings, services.now(), anyway=anyway)
    except InstrumentsError as error:
        raise click.ClickException(f"{error} {refreshing.what_is_left(services.catalogue)}") from error
    click.echo(refreshing.report(loaded, source))


@click.command("worker")
@with_appcontext
def worker() -> None:
    """Do what is due by the clock, beside the processes that answer requests, until told to stop."""
    from kite import worker as working  # no other command needs its library

    working.run(_services())


@click.command("doctor")
@click.option("--json", "for_machines", is_flag=True, help="Print JSON.")
@click.pass_context
@with_appcontext
def doctor(context: click.Context, for_machines: bool) -> None:
    """Look at the key, PUBLIC_URL, clock, database and the rest, and say what is wrong and what to do.

    Ends with 1 when something is.
    """
    from kite.doctor import examination  # Alembic is slow to import, and the other commands do without

    lines = examination.examine(_services(), inside)
    click.echo(examination.as_json(lines) if for_machines else examination.as_text(lines))
    context.exit(0 if examination.is_healthy(lines) else 1)


def inside(site: Services, method: str, path: str, body: bytes = b"") -> ProbeAnswer:
    """Return what this application answers, working with `site`, as it leaves it: no server and no proxy has
    seen it.
    """
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]

    def ask() -> ProbeAnswer:
        led_here = {
            "Sec-Fetch-Site": "same-origin"
        }  # as by a page of this site: to anybody else a hand-off page shows no form to Kite
        answer = app.test_client().open(
            path, method=method, data=body, base_url=site.settings.public_url, headers=led_here
        )
        named = {name.lower(): ", ".join(answer.headers.getlist(name)) for name, _ in answer.headers}
        return ProbeAnswer(answer.status_code, named, answer.get_data())

    own, app.extensions["basket"] = app.extensions["basket"], site
    try:
        # In a context of its own: what one request keeps in `g` is nothing to the next.
        return contextvars.Context().run(ask)
    finally:
        app.extensions["basket"] = own


@click.command("publish")
@click.argument("file", type=click.File(encoding="utf-8"))
@click.option("--as", "operator", default="shell", help="Who publishes, as versions name it.")
@with_appcontext
def publish(file: TextIO, operator: str) -> None:
    """Publish the basket in FILE (JSON), or its next version when something is different."""
    services = _services()
    try:
        with _acting():
            contents = files.read_basket_file(file.read(files.LARGEST))
            if wrong := contents.order_problems(services, _sentences()):
                raise click.ClickException("\n".join(["Nothing was published.", *wrong]))
            number, new = files.publish(services, contents.draft, operator)
    except BasketError as error:
        raise click.ClickException(f"Nothing was published. {str(error) % error.params}") from error
    except drafts.DraftRefused as error:
        raise click.ClickException(f"Nothing was published. {about_draft(error, _sentences())}") from error
    except (offers.ChangedMeanwhile, UnicodeDecodeError) as error:
        raise click.ClickException(f"Nothing was published: {error}") from error
    click.echo(
        f"{'Published' if new else 'Nothing is different from'} version {number} of"
        f" {services.settings.public_url}/b/{contents.draft.slug}"
    )
    for remark in contents.remarks(services.now()):
        click.echo(remark, err=True)


@click.command("pause")
@click.argument("slug")
@with_appcontext
def pause(slug: str) -> None:
    """Stop offering the published basket SLUG, at once."""
    with _acting():
        offer = _offer(slug)
        offers.pause(_services(), offer.basket)
    click.echo(
        f"{_services().settings.public_url}/b/{slug}"
        f" {'was paused already' if offer.basket.paused_at else 'is paused'}."
    )


@click.command("offer-again")
@click.argument("slug")
@with_appcontext
def offer_again(slug: str) -> None:
    """Offer the paused basket SLUG again. What its page says about it today is said."""
    with _acting():
        before = _offer(slug)
        offers.go_on(_services(), before.basket)
        offer = _offer(slug)
    words = "is offered again" if before.basket.paused_at else "was not paused"
    click.echo(f"{_services().settings.public_url}/b/{slug} {words}.")
    if not offer.works:
        why = (
            "an order cannot be sent today; its page says which"
            if offer.status is OfferStatus.LIVE
            else offer.status.replace("_", " ")
        )
        click.echo(f"Nothing can be sent from it now: {why}.")


def _offer(slug: str) -> Offer:
    """Return what is published under a slug; end the command when that is nothing."""
    offer = offers.current_offer(_services(), slug) if drafts.SLUG.fullmatch(slug) else None
    if offer is None:
        raise click.ClickException(f"Nothing is published at {_services().settings.public_url}/b/{slug}")
    return offer


@click.command("import-site")
@click.argument("paths", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
@click.option(
    "--publish",
    "publishes",
    is_flag=True,
    help="Publish what each button orders. Without it, buttons are printed that name their orders.",
)
@click.option(
    "--author", default="", help="With --publish: who answers for the baskets, as visitors read it."
)
@click.option("--slug-prefix", default="", help="What the addresses begin with.")
@click.option(
    "--report",
    type=click.Path(dir_okay=False, writable=True, path_type=Path),
    help="A .csv or .json file that lists every button.",
)
@click.option("--as", "operator", default="shell", help="Who publishes, as versions name it.")
@click.pass_context
@with_appcontext
def import_site(
    context: click.Context,
    paths: tuple[Path, ...],
    publishes: bool,
    author: str,
    slug_prefix: str,
    report: Path | None,
    operator: str,
) -> None:
    """Read the buttons of an old site: shortcodes and data-kite elements in PATHS, files and folders.

    Print what takes their place.

    Ends with 1 when a button is refused; the report, and the error output, say which and why.
    """
    if publishes and not author.strip():
        raise click.UsageError("--publish needs --author.")
    writers = {".csv": import_report.as_csv, ".json": import_report.as_json}
    if report and report.suffix.lower() not in writers:
        raise click.UsageError("--report is a .csv or a .json file.")
    publishing = ImportTarget(author, operator, slug_prefix) if publishes else None
    done = []
    with _acting():
        for button in old_buttons.read_buttons(_services(), paths, _sentences()):
            done.append(old_buttons.import_button(_services(), button, publishing, _sentences()))
            _tell(done[-1])
    if report:
        report.write_text(writers[report.suffix.lower()](done), encoding="utf-8", newline="")
    refused = sum(each.outcome is ImportOutcome.REFUSED for each in done)
    click.echo(f"{len(done)} buttons: {len(done) - refused} taken, {refused} refused.", err=True)
    context.exit(1 if refused else 0)


def _tell(done: ImportedButton) -> None:
    """Print what takes a button's place, below where it stood, and what was left out of it; of one that is
    refused, why.
    """
    place = f"{done.button.file}:{done.button.line}"
    if done.snippet:
        click.echo(f"<!-- {place.replace('--', '- -')} -->\n{done.snippet}")
    else:
        click.echo(f"{place}: {done.button.reason}", err=True)
    if done.button.left_out:
        click.echo(
            f"{place}: Left out, because Kite does not use it: {', '.join(done.button.left_out)}", err=True
        )


operators = AppGroup("operator", help="Those who may sign in and publish baskets.")


@operators.command("add")
@click.argument("name")
def add_operator(name: str) -> None:
    """Make an account for NAME. The password is asked for, or read from a pipe."""
    with _acting():
        signing_in.add_operator(_services(), name, _password())
    click.echo(f"{name} can sign in at {_services().settings.public_url}/operator/")


@operators.command("password")
@click.argument("name")
def change_password(name: str) -> None:
    """Give NAME another password; every session of theirs ends. A disabled account stays disabled."""
    with _acting():
        enabled = signing_in.set_password(_services(), name, _password())
    click.echo(f"{name} has a new password, and is signed out everywhere.")
    if not enabled:
        click.echo(f"{name} is still disabled: flask --app app operator enable {name}")


@operators.command("disable")
@click.argument("name")
def disable_operator(name: str) -> None:
    """Close the account of NAME. What they did stays told, and what they published stays offered."""
    with _acting():
        signing_in.disable(_services(), name)
    click.echo(f"{name} can no longer sign in.")


@operators.command("enable")
@click.argument("name")
def enable_operator(name: str) -> None:
    """Open the account of NAME again, with the password that it has."""
    with _acting():
        enabled = signing_in.enable(_services(), name)
    click.echo(f"{name} can sign in again." if enabled else f"{name} was not disabled.")


@operators.command("list")
def list_operators() -> None:
    """List the accounts."""
    with _services().store.reading() as conn:
        for each in accounts.list_all(conn):
            click.echo(f"{each.name}{'  disabled' if each.disabled_at else ''}")


def _password() -> str:
    """Ask for a password twice, unseen; from a pipe, read its first line.

    It never stands on a command line, where others could read it.
    """
    if sys.stdin.isatty():
        return str(click.prompt("Password", hide_input=True, confirmation_prompt=True))
    return sys.stdin.readline().rstrip("\r\n")


@contextmanager
def _acting() -> Iterator[None]:
    """Record that a shell did it, and tell refusals in words, also that there is no list of instruments to
    check orders against.
    """
    try:
        with events.acting("shell"):
            yield
    except OperatorRefused as error:
        raise click.ClickException(str(error)) from error
    except NoInstruments as error:
        raise click.ClickException(f"{error} {refreshing.what_is_left(_services().catalogue)}") from error


def install(app: Flask, sentences: Sentences) -> None:
    """Add the commands to `flask`; `sentences` are the words of the pages."""
    app.extensions["sentences"] = sentences
    app.cli.add_command(prepare)
    app.cli.add_command(instruments)
    app.cli.add_command(worker)
    app.cli.add_command(operators)
    app.cli.add_command(publish)
    app.cli.add_command(pause)
    app.cli.add_command(offer_again)
    app.cli.add_command(import_site)
    app.cli.add_command(doctor)
