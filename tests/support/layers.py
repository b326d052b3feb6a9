"""Which package may import which.

`tests/test_architecture.py` enforces it, `tools/draw_packages.py` draws it.
"""

from collections.abc import Iterable

from tests.support.sources import Source, sources

LAYERS = (
    (
        "kite.vocabulary",
        "kite.exceptions",
        "kite.bundled",
        "kite.texts",
        "kite.repeating",
        "kite.setting_rows",
        "kite.connection_pool",
    ),
    ("kite.environment", "kite.secret_settings", "kite.payloads"),
    ("kite.basket", "kite.config", "kite.sealing"),
    ("kite.connect", "kite.instruments"),
    ("kite.store",),
    ("kite.offsite",),
    ("kite.publishing",),
    ("kite.worker", "kite.doctor", "kite.opening"),
    ("kite.web", "kite.cli", "kite.simulator"),
    ("app",),
)
"""From the lowest to the highest.

A package imports only from the layers below its own, so packages of one layer know nothing of each
other.
"""

SUBPACKAGES = {
    "kite.basket": (("",), ("formats",), ("checking",)),
    "kite.store": (("base",), ("flow",), ("people", "publishing")),
    "kite.offsite": (("base",), ("order_book",), ("journey",), ("account",), ("jobs",)),
    "kite.simulator": (("core",), ("exchange",), ("account",), ("orders",), ("pages",), ("api",)),
    "kite.web": (
        ("wording",),
        ("site",),
        ("operator",),
        ("composer",),
        ("journey",),
        ("receipts",),
        ("integrations",),
    ),
}
"""Inside a package: a subpackage imports only from those before its own.

Subpackages in the same place know nothing of each other. "" is the modules that lie in the package
itself.
"""

SOURCES = sources()
NAMES = {source.name for source in SOURCES}
FOLDERS = {source.name for source in SOURCES if source.path.name == "__init__.py"}


def package_of(name: str) -> str | None:
    """The package that a module belongs to; None for kite/__init__.py and for libraries."""
    packages = (
        package for layer in LAYERS for package in layer if name == package or name.startswith(f"{package}.")
    )
    return next(packages, None)


def layer_of(package: str) -> int:
    return next(number for number, layer in enumerate(LAYERS) if package in layer)


def own_imports(source: Source) -> set[str]:
    """The modules of this project that a source imports: a.b itself, or a when b is something in
    it.
    """
    modules = (name if name in NAMES else name.rpartition(".")[0] for name in source.imports())
    return {name for name in modules if name in NAMES} - {source.name, "kite"}


def place_of(package: str, name: str) -> tuple[int, str] | None:
    """The place of a module's subpackage in the order of imports, and its name; None for a module
    in none of them.
    """
    folder, dot, _ = name.removeprefix(f"{package}.").partition(".")
    subpackage = folder if dot or f"{package}.{folder}" in FOLDERS else ""
    places = (
        (number, subpackage) for number, names in enumerate(SUBPACKAGES[package]) if subpackage in names
    )
    return next(places, None)


def modules_in(package: str, subpackage: str | None = None) -> list[str]:
    """The modules of a package, or of one of its subpackages, without `__init__.py` and steps of
    migrations.
    """

    def is_counted(name: str) -> bool:
        inside = name == package or name.startswith(f"{package}.")
        return inside and name not in FOLDERS and ".migrations." not in name

    names: Iterable[str] = (source.name for source in SOURCES if is_counted(source.name))
    if subpackage is None:
        return sorted(names)
    return sorted(name for name in names if (place := place_of(package, name)) and place[1] == subpackage)
