"""The daily list of instruments, from a file and from a server, whole and broken."""

import gzip
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from kite.exceptions import InstrumentsError
from kite.instruments import download
from kite.instruments.catalogue import Catalogue
from kite.instruments.catalogue_writer import load
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
                for name, value in ({"Content_Length": str(len(body))} | headers).items():
                    if value:
                        self.send_header(name.replace("_", "-"), value)
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
        return load(path, rows, START).count


@pytest.mark.parametrize(
    "pack",
    [bytes, gzip.compress, lambda body: b"\xef\xbb\xbf" + body],
    ids=["plain", "gzipped", "with a BOM"],
)
def test_a_file_is_loaded(tmp_path, pack, opened):
    (tmp_path / "list").write_bytes(pack(LIST))
    assert loaded(str(tmp_path / "list"), tmp_path / "instruments.db") == 3
    assert opened(Catalogue(tmp_path / "instruments.db")).find("NFO", "NIFTY26DECFUT").lot_size == 75


def test_a_download_is_loaded_gzipped_by_the_server_or_as_a_file(tmp_path, serve):
    assert loaded(serve(LIST), tmp_path / "one.db") == 3
    assert loaded(serve(gzip.compress(LIST), Content_Encoding="gzip"), tmp_path / "two.db") == 3
    assert loaded(serve(gzip.compress(LIST), Content_Type="application/gzip"), tmp_path / "three.db") == 3


BROKEN = {
    "is empty": b"",
    "is a web page": b"<!doctype html><title>Maintenance</title>",
    "no column tick_size": LIST.replace(b"tick_size", b"tick"),
    "EOFError": gzip.compress(LIST)[:-12],
    "UnicodeDecodeError": LIST + b"a,b,\xff\n",
    "Line 4 .* breaks off there": LIST[:-30],
    "breaks off: its last exchange is 'NF'": LIST
    + LIST.splitlines(keepends=True)[3].replace(b"DEC", b"JAN")
    + b"1,1,X,X,1,,0,0.1,1,FUT,NFO-FUT,NF",
    "Error": LIST + b'1,1,LONG,"' + b"x" * 140_000 + b'",1,,0,0.1,1,EQ,NSE,NSE\n',
    "Line 5": LIST + b"1,1,LONG," + b"x" * 5000 + b",1,,0,0.1,1,EQ,NSE,NSE\n",
}


@pytest.mark.parametrize(("reason", "body"), BROKEN.items(), ids=[reason[:20] for reason in BROKEN])
def test_what_is_no_list_is_refused_with_the_reason_and_the_old_one_stays(
    tmp_path, serve, reason, body, opened
):
    path = tmp_path / "instruments.db"
    loaded(serve(LIST), path)
    with pytest.raises(InstrumentsError, match=reason):
        loaded(serve(body), path)
    assert opened(Catalogue(path)).find("NSE", "M&M").name == "MAHINDRA & MAHINDRA"
    assert [file.name for file in tmp_path.iterdir()] == ["instruments.db"]


@pytest.mark.parametrize("body", [LIST, gzip.compress(LIST)], ids=["plain", "packed"])
def test_an_answer_that_ends_before_its_length_is_refused(tmp_path, serve, body):
    with pytest.raises(InstrumentsError, match="cannot be read"):
        loaded(serve(body, Content_Length=str(len(body) + 100)), tmp_path / "instruments.db")


def test_a_packed_answer_without_a_length_that_ends_early_is_refused(tmp_path, serve):
    with pytest.raises(InstrumentsError, match="cannot be read"):
        loaded(
            serve(gzip.compress(LIST)[:-9], Content_Encoding="gzip", Content_Length=""),
            tmp_path / "instruments.db",
        )


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
    assert site.services.catalogue.find("NSE", "SBIN") is None


def test_the_command_says_what_is_wrong_and_keeps_the_old_list(tmp_path, sites):
    site = sites(INSTRUMENTS_URL=str(tmp_path / "nothing.csv"))
    result = site.app.test_cli_runner().invoke(args=["instruments", "refresh"])
    assert result.exit_code == 1
    assert "stays" in result.output
    assert site.services.catalogue.find("NSE", "SBIN")


def test_with_the_built_in_simulator_the_command_loads_the_bundled_list(site):
    result = site.app.test_cli_runner().invoke(args=["instruments", "refresh"])
    assert "bundled" in result.output
    assert site.services.catalogue.find("NSE", "SBIN")


def test_the_command_reports_names_that_occur_twice_and_takes_a_shorter_list_when_told(tmp_path, sites):
    source = tmp_path / "list.csv"
    site = sites(INSTRUMENTS_URL=str(source))
    run = site.app.test_cli_runner().invoke
    source.write_bytes(LIST + LIST.splitlines(keepends=True)[1])
    assert run(args=["instruments", "refresh"]).output.endswith("1, such as NSE:INFY.\n")
    source.write_bytes(b"".join(LIST.splitlines(keepends=True)[:2]))
    refused = run(args=["instruments", "refresh"])
    assert (refused.exit_code, "less than half" in refused.output) == (1, True)
    assert run(args=["instruments", "refresh", "--anyway"]).exit_code == 0
    assert site.services.catalogue.about.count == 1
