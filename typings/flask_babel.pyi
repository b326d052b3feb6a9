# The part of Flask-Babel that this project uses; the package carries no types.
from gettext import NullTranslations
from typing import Any

from flask import Flask

class Babel:
    def __init__(
        self, app: Flask | None = None, *, default_locale: str = "en", default_timezone: str = "UTC"
    ) -> None: ...

def gettext(string: str, **variables: Any) -> str: ...
def ngettext(singular: str, plural: str, num: int, **variables: Any) -> str: ...
def get_translations() -> NullTranslations: ...
