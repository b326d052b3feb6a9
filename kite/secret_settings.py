"""Checks the settings whose values no message may show: keys, and addresses that can hold a
password.
"""

import os
import re
import secrets
from pathlib import Path

from kite.exceptions import ConfigError
from kite.vocabulary import Mode

POSTGRESQL = ("postgresql+psycopg", "postgresql", "postgres")
SHORTEST_KEY = 32


def secret_key(value: str, mode: Mode, instance: Path) -> str:
    """Return SECRET_KEY; in simulator mode it may be left out, and is then made once and stored."""
    if not value and mode is Mode.SIMULATOR:
        return _stored_secret(instance / "secret_key")
    _check_length("SECRET_KEY", value)
    return value


def previous_secret_key(value: str) -> str:
    """Return SECRET_KEY_PREVIOUS, empty when it is not set."""
    if value:
        _check_length("SECRET_KEY_PREVIOUS", value)
    return value


def database_url(url: str, root: Path, instance: Path) -> str:
    """Return DATABASE_URL in the form that the store takes; a relative path counts from `root`."""
    if not url:
        return f"sqlite:///{instance / 'kite.db'}"
    scheme, _, rest = url.partition("://")
    if scheme == "sqlite" and (path := _sqlite_path(rest)):
        return f"sqlite:///{path if path.is_absolute() else root / path}"
    if scheme in POSTGRESQL and rest and _names_server(rest):
        return f"postgresql+psycopg://{rest}"
    problem = _database_url_problem(scheme, rest)
    raise ConfigError(
        f"DATABASE_URL {problem}. It takes sqlite:///file or postgresql+psycopg://…, "
        "for example DATABASE_URL=postgresql+psycopg://kite@localhost/kite"
    )


def redis_url(url: str) -> str:
    """Return REDIS_URL, empty when it is not set."""
    # A wrong value is not shown: it may be a password alone.
    if url and not re.match(r"rediss?://[^/?]", url):
        raise ConfigError(
            "REDIS_URL is no address. It takes redis:// or rediss://, for example"
            " REDIS_URL=redis://localhost:6379/0"
        )
    return url


def _check_length(name: str, value: str) -> None:
    """Raise ConfigError for a key that is too short."""
    if len(value) >= SHORTEST_KEY:
        return
    problem = f"has {len(value)} characters" if value else "is not set"
    raise ConfigError(
        f"{name} {problem}. It takes at least 32: python3 -c 'import secrets;"
        " print(secrets.token_urlsafe(48))'"
    )


def _stored_secret(path: Path) -> str:
    """Return the secret in `path`, which is made once.

    Of several processes that start together one makes it, and all read it.
    """
    try:
        if not path.exists():
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            _make_secret(path)
        value = path.read_text(encoding="ascii").strip()
    except OSError as error:
        raise ConfigError(
            f"INSTANCE_PATH is {str(path.parent)!r}, where nothing can be kept: {error.strerror}. Example:"
            " INSTANCE_PATH=/var/lib/kite"
        ) from None
    except UnicodeDecodeError:
        value = ""
    if len(value) < SHORTEST_KEY:
        raise ConfigError(
            f"INSTANCE_PATH is {str(path.parent)!r}, and its file {path.name} holds no secret. Remove that"
            " file, and a new one is made"
        )
    return value


def _make_secret(path: Path) -> None:
    # Written under another name and then linked: a link fails where the file exists, and no process
    # can read a secret that is only half written.
    draft = path.with_name(f"{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    draft.touch(mode=0o600)
    try:
        draft.write_text(secrets.token_urlsafe(48), encoding="ascii")
        os.link(draft, path)
    except FileExistsError:  # another process was first, and its secret counts
        pass
    finally:
        draft.unlink()


def _sqlite_path(rest: str) -> Path | None:
    """Return the file of an address after "sqlite://", None when it names none, as ":memory:" does
    not.
    """
    path = Path(rest[1:])
    if not rest.startswith("/") or not path.name or path.name.startswith(":"):
        return None
    return path


def _names_server(rest: str) -> bool:
    """Whether the rest of an address begins with a server, or leaves it out as PostgreSQL
    allows.
    """
    server = re.split(r"[/?]", rest.rpartition("@")[2])[0]
    return re.fullmatch(r"([^\s:\[\]]*|\[[^\]]+\])(:\d+)?", server) is not None


def _database_url_problem(scheme: str, rest: str) -> str:
    """Return what is wrong with an address.

    Only a scheme is shown: anything else may be a password alone.
    """
    if not rest or not re.fullmatch(r"[a-z0-9+]{1,24}", scheme):
        return "is no address"
    if scheme in (*POSTGRESQL, "sqlite"):
        return f"begins with {scheme!r} and goes on with something that is no file or server"
    return f"begins with {scheme!r}"
