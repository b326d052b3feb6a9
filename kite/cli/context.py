"""What every command needs: the services, the words of the pages, and refusals shown as
messages.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import click
from flask import current_app

from kite.exceptions import NoInstruments
from kite.instruments import refreshing
from kite.offsite.base.services import Services
from kite.publishing.sentences import Sentences
from kite.publishing.signing_in import OperatorRefused
from kite.store.flow import events


def current_services() -> Services:
    """Return the services of the application that the command runs in."""
    services: Services = current_app.extensions["basket"]
    return services


def page_sentences() -> Sentences:
    """Return the words of the pages, in which commands speak too."""
    sentences: Sentences = current_app.extensions["sentences"]
    return sentences


@contextmanager
def recorded() -> Iterator[None]:
    """Record what happens inside as done from a shell, and end the command with a message when an
    operator is refused or there is no list of instruments.
    """
    try:
        with events.acting("shell"):
            yield
    except OperatorRefused as error:
        raise click.ClickException(str(error)) from error
    except NoInstruments as error:
        raise click.ClickException(
            f"{error} {refreshing.what_is_left(current_services().catalogue)}"
        ) from error
