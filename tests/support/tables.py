"""Tables for a test's database: made once with the migrations, and copied where a database is a
file.
"""

import atexit
import shutil
import tempfile
from functools import cache
from pathlib import Path

from sqlalchemy import make_url

from kite.store.base import migrate


def put_tables(url: str) -> None:
    """Give an empty database its tables; one that has them stays as it is."""
    address = make_url(url)
    if address.get_backend_name() == "sqlite" and not Path(str(address.database)).exists():
        shutil.copy(_migrated(), str(address.database))
    else:
        migrate.upgrade(url)


@cache
def _migrated() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="kite-tables-"))
    atexit.register(shutil.rmtree, folder)
    migrate.upgrade(f"sqlite:///{folder}/kite.db")
    return folder / "kite.db"
