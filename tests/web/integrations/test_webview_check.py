"""The documentation of webviews lists every bridge that the script of the pages knows."""

import re

from tests.support.live import ROOT

BRIDGE = re.compile(r'\["([\w.]+)", \(\) => window[\w.?]*, "(\w+)"\]')


def test_every_bridge_is_in_the_documentation():
    bridges = BRIDGE.findall((ROOT / "static/js/bridges.js").read_text())
    calls = {f"window.{name.removesuffix(f'.{method}')}.{method}(text)" for name, method in bridges}
    documented = re.findall(r"^\| `(window\.[^`]+)`", (ROOT / "docs/webview.md").read_text(), re.MULTILINE)
    assert len(bridges) == 3
    assert calls == set(documented)
