"""The command that reads the buttons of an old site and prints what takes their place."""

from pathlib import Path

import click
from flask.cli import with_appcontext

from kite.cli.context import current_services, page_sentences, recorded
from kite.publishing import import_report, old_buttons
from kite.publishing.old_buttons import ImportedButton, ImportOutcome, ImportTarget


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
    """Read the buttons of an old site: shortcodes and data-kite elements in PATHS, files and
    folders.

    Print what takes their place.

    Ends with 1 when a button is refused; the report, and the error output, say which and why.
    """
    if publishes and not author.strip():
        raise click.UsageError("--publish needs --author.")
    writers = {".csv": import_report.as_csv, ".json": import_report.as_json}
    if report and report.suffix.lower() not in writers:
        raise click.UsageError("--report is a .csv or a .json file.")
    publishing = ImportTarget(author, operator, slug_prefix) if publishes else None
    buttons = []
    with recorded():
        for button in old_buttons.read_buttons(current_services(), paths, page_sentences()):
            buttons.append(
                old_buttons.import_button(current_services(), button, publishing, page_sentences())
            )
            _print_result(buttons[-1])
    if report:
        report.write_text(writers[report.suffix.lower()](buttons), encoding="utf-8", newline="")
    refused = sum(button.outcome is ImportOutcome.REFUSED for button in buttons)
    click.echo(f"{len(buttons)} buttons: {len(buttons) - refused} taken, {refused} refused.", err=True)
    context.exit(1 if refused else 0)


def _print_result(imported: ImportedButton) -> None:
    """Print what takes a button's place, below where it was, and what was left out of it; for one
    that is refused, the reason.
    """
    place = f"{imported.button.file}:{imported.button.line}"
    if imported.snippet:
        click.echo(f"<!-- {place.replace('--', '- -')} -->\n{imported.snippet}")
    else:
        click.echo(f"{place}: {imported.button.reason}", err=True)
    if imported.button.left_out:
        click.echo(
            f"{place}: Left out, because Kite does not use it: {', '.join(imported.button.left_out)}",
            err=True,
        )
