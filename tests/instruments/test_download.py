"""The daily list of instruments, from a file and from a server, whole and broken."""

import gzip
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from kite.exceptions import InstrumentsError
from kite.instruments import download
from kite.instruments.catalogue import Catalogue
from kite.instruments.loading import load
from tests.support.clock import START

LIST = (
    b"instrument_token,exchange_token,tradingsymbol,name,last_price,expiry,strike,tick_size,lot_size,instrument_type,segment,exchange\n"
    b'408065,1594,INFY,"INFOSYS, LTD",1448.2,,0.0,0.05,1,EQ,NSE,NSE\n'
    b"519937,2031,M&M,MAHINDRA & MAHINDRA,3011.8,,0.0,0.05,1,EQ,NSE,NSE\n"
    b"10001,40001,NIFTY26DECFUT,NIFTY,26148.0,2026-12-29,0.0,0.1,75,FUT,NFO-FUT,NFO\n"
)


@pytest.fixture
def serve():
    """Serve bytes on loopback: serve(body, status, headers) -> address."""
    servers = []

    def start(body, status=200, **headers):
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name.replace("_", "-"), value)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                """Say nothing."""

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        servers.append(server)
        return f"http://127.0.0.1:{server.server_port}/instruments"

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


def loaded(source, path):
    with download.rows(source) as rows:
        return load(path, rows, START)


@pytest.mark.parametrize("pack", [bytes, gzip.compress, lambda body: b"\xef\xbb\xbf" + body], ids=["plain", "gzipped", "with a BOM"])
def test_a_file_is_loaded(tmp_path, pack):
    (tmp_path / "list").write_bytes(pack(LIST))
    assert loaded(str(tmp_path / "list"), tmp_path / "instruments.db") == 3
    assert Catalogue(tmp_path / "instruments.db").find("NFO", "NIFTY26DECFUT").lot_size == 75


def test_a_download_is_loaded_gzipped_by_the_server_or_as_a_file(tmp_path, serve):
    assert loaded(serve(LIST), tmp_path / "one.db") == 3
    assert loaded(serve(gzip.compress(LIST), Content_Encoding="gzip"), tmp_path / "two.db") == 3
    assert loaded(serve(gzip.compress(LIST), Content_Type="application/gzip"), tmp_path / "three.db") == 3


@pytest.mark.parametrize(
    "body",
    [b"", b"<!doctype html><title>Maintenance</title>", LIST.replace(b"tick_size", b"tick"), gzip.compress(LIST)[:-12], LIST + b"a,b,\xff\n"],
    ids=["empty", "html", "other columns", "cut off", "not text"],
)
def test_what_is_no_list_is_refused_and_the_old_one_stays(tmp_path, serve, body):
    path = tmp_path / "instruments.db"
    loaded(serve(LIST), path)
    with pytest.raises(InstrumentsError):
        loaded(serve(body), path)
    assert Catalogue(path).find("NSE", "M&M").name == "MAHINDRA & MAHINDRA"
    assert [each.name for each in tmp_path.iterdir()] == ["instruments.db"]


@pytest.mark.parametrize("status", [403, 404, 500])
def test_a_refusal_is_no_list(tmp_path, serve, status):
    with pytest.raises(InstrumentsError, match=str(status)):
        loaded(serve(LIST, status), tmp_path / "instruments.db")


def test_nobody_there_is_told(tmp_path):
    with pytest.raises(InstrumentsError, match="cannot be read"):
        loaded("http://127.0.0.1:9/instruments", tmp_path / "instruments.db")
    with pytest.raises(InstrumentsError, match="cannot be read"):
        loaded(str(tmp_path / "nothing"), tmp_path / "instruments.db")


def test_a_list_without_end_is_cut_off(tmp_path, monkeypatch):
    monkeypatch.setattr(download, "LARGEST", 1000)
    (tmp_path / "list").write_bytes(gzip.compress(LIST + LIST.splitlines(keepends=True)[1] * 100))
    with pytest.raises(InstrumentsError, match="too large"):
        loaded(str(tmp_path / "list"), tmp_path / "instruments.db")


def test_the_command_loads_the_list_that_the_setting_names(tmp_path, sites):
    (tmp_path / "list.csv").write_bytes(LIST)
    site = sites(INSTRUMENTS_URL=str(tmp_path / "list.csv"))
    result = site.app.test_cli_runner().invoke(args=["instruments", "refresh"])
    assert result.exit_code == 0
    assert "Loaded 3 instruments" in result.output
    assert site.parts.catalogue.find("NSE", "SBIN") is None


def test_the_command_says_what_is_wrong_and_keeps_the_old_list(tmp_path, sites):
    site = sites(INSTRUMENTS_URL=str(tmp_path / "nothing.csv"))
    result = site.app.test_cli_runner().invoke(args=["instruments", "refresh"])
    assert result.exit_code == 1
    assert "stays" in result.output
    assert site.parts.catalogue.find("NSE", "SBIN")


def test_with_the_built_in_simulator_the_command_loads_the_bundled_list(site):
    result = site.app.test_cli_runner().invoke(args=["instruments", "refresh"])
    assert "bundled" in result.output
    assert site.parts.catalogue.find("NSE", "SBIN")
