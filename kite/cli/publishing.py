"""Commands for published baskets: publish one from a file, pause it, offer it again."""

from typing import TextIO

import click
from flask.cli import with_appcontext

from kite.cli.context import current_services, page_sentences, recorded
from kite.exceptions import BasketError
from kite.publishing import drafts, files, offers
from kite.publishing.offers import Offer, OfferStatus
from kite.publishing.sentences import about_draft


@click.command("publish")
@click.argument("file", type=click.File(encoding="utf-8"))
@click.option("--as", "operator", default="shell", help="Who publishes, as versions name it.")
@with_appcontext
def publish(file: TextIO, operator: str) -> None:
    """Publish the basket in FILE (JSON), or its next version when something is different."""
    services = current_services()
    try:
        with recorded():
            contents = files.read_basket_file(file.read(files.LARGEST))
            if wrong := contents.order_problems(services, page_sentences()):
                raise click.ClickException("\n".join(["Nothing was published.", *wrong]))
            number, new = files.publish(services, contents.draft, operator)
    except BasketError as error:
        raise click.ClickException(f"Nothing was published. {str(error) % error.params}") from error
    except drafts.DraftRefused as error:
        raise click.ClickException(
            f"Nothing was published. {about_draft(error, page_sentences())}"
        ) from error
    except (offers.ChangedMeanwhile, UnicodeDecodeError) as error:
        raise click.ClickException(f"Nothing was published: {error}") from error
    result = "Published" if new else "Nothing is different from"
    click.echo(f"{result} version {number} of {services.settings.public_url}/b/{contents.draft.slug}")
    for remark in contents.remarks(services.now()):
        click.echo(remark, err=True)


@click.command("pause")
@click.argument("slug")
@with_appcontext
def pause(slug: str) -> None:
    """Stop offering the published basket SLUG, at once."""
    with recorded():
        offer = _offer(slug)
        offers.pause(current_services(), offer.basket)
    result = "was paused already" if offer.basket.paused_at else "is paused"
    click.echo(f"{current_services().settings.public_url}/b/{slug} {result}.")


@click.command("offer-again")
@click.argument("slug")
@with_appcontext
def offer_again(slug: str) -> None:
    """Offer the paused basket SLUG again. What its page says about it today is said."""
    with recorded():
        before = _offer(slug)
        offers.go_on(current_services(), before.basket)
        offer = _offer(slug)
    words = "is offered again" if before.basket.paused_at else "was not paused"
    click.echo(f"{current_services().settings.public_url}/b/{slug} {words}.")
    if not offer.works:
        why = offer.status.replace("_", " ")
        if offer.status is OfferStatus.LIVE:
            why = "an order cannot be sent today; its page says which"
        click.echo(f"Nothing can be sent from it now: {why}.")


def _offer(slug: str) -> Offer:
    """Return what is published under a slug; end the command when that is nothing."""
    offer = offers.current_offer(current_services(), slug) if drafts.SLUG.fullmatch(slug) else None
    if offer is None:
        raise click.ClickException(
            f"Nothing is published at {current_services().settings.public_url}/b/{slug}"
        )
    return offer
