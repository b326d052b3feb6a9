"""Pages and exports of an old site: what its buttons become, and what the report says of the
others.
"""

import csv
import json

import pytest

from kite.store.publishing import published

ORDER = 'data-exchange="NSE" data-transaction_type="BUY" data-order_type="MARKET" data-product="CNC"'
INFY = f'<kite-button data-tradingsymbol="INFY" data-quantity="10" {ORDER}></kite-button>'
OLD = (
    '<p>Read\n<button data-kite="key" data-tradingsymbol="SBIN" data-quantity="5" data-squareoff="2"'
    f" {ORDER}>Buy</button>"
)
SHORTCODE = (
    '[kite exchange="NSE" symbol="M&amp;M" qty="3" side="SELL" order_type="LIMIT" price="3,012.40"'
    ' product="CNC"]'
)
WRONG = f'<kite-button data-tradingsymbol="NOSUCH" data-quantity="1" {ORDER}></kite-button>'


@pytest.fixture
def pages(tmp_path):
    """Write files of an old site; return its folder."""

    def write(**files):
        folder = tmp_path / "old"
        (folder / "posts").mkdir(parents=True, exist_ok=True)
        for name, text in files.items():
            (folder / "posts" / name.replace("__", ".")).write_bytes(
                text if isinstance(text, bytes) else text.encode()
            )
        return folder

    return write


@pytest.fixture
def run(site):
    def command(folder, *options):
        return site.app.test_cli_runner().invoke(args=["import-site", str(folder), *options])

    return command


def baskets(site):
    with site.services.store.reading() as conn:
        return {basket.slug: version for basket, version in published.list_all(conn)}


def test_buttons_of_every_kind_become_buttons_of_this_site(run, pages, tmp_path):
    folder = pages(
        a__html=INFY, b__htm=OLD, c__md=SHORTCODE, d__php=INFY, e__txt="No button here.", f__html=""
    )
    result = run(folder, "--report", str(tmp_path / "report.json"))
    assert result.exit_code == 0, result.stderr
    left_out = f"{folder}/posts/b.htm:2: Left out, because Kite does not use it: squareoff"
    assert result.stderr.splitlines() == [left_out, "3 buttons: 3 taken, 0 refused."]
    first, second, third = result.stdout.split("<!-- ")[1:]
    assert first.startswith(f"{folder}/posts/a.html:1 -->\n<kite-button data-")
    assert "b.htm:2 -->" in second
    assert 'data-tradingsymbol="M&amp;M"' in third
    assert 'data-price="3012.4" data-quantity="3"' in third
    assert ">Sell 3 M&amp;M</kite-button>" in third
    report = json.loads((tmp_path / "report.json").read_text())
    assert [(button["line"], button["outcome"], button["left_out"]) for button in report] == [
        (1, "button", ""),
        (2, "button", "squareoff"),
        (1, "button", ""),
    ]


def test_buttons_are_published_once_however_often_they_stand_and_the_command_runs(run, pages, site):
    folder = pages(a__html=f"{INFY}\n{INFY}", b__html=SHORTCODE)
    result = run(folder, "--publish", "--author", "Asha Rao", "--slug-prefix", "Blog")
    assert result.exit_code == 0, result.stderr
    published_baskets = baskets(site)
    assert len(published_baskets) == 2
    slug = next(slug for slug in published_baskets if slug.startswith("blog-buy-10-infy-"))
    assert (
        published_baskets[slug].author,
        published_baskets[slug].title,
        published_baskets[slug].number,
    ) == ("Asha Rao", "Buy 10 INFY", 1)
    assert (
        result.stdout.count(
            f'<kite-button data-basket="{slug}"><a href="http://127.0.0.1:8000/b/{slug}">Buy 10'
            " INFY</a></kite-button>"
        )
        == 2
    )
    assert "Buy 1 in Kite" in site.visitor().get(f"/b/{slug}", status=200).text
    again = run(folder, "--publish", "--author", "Somebody else", "--slug-prefix", "Blog")
    assert again.stdout == result.stdout
    assert {slug: version.hash for slug, version in baskets(site).items()} == {
        slug: version.hash for slug, version in published_baskets.items()
    }


def test_what_is_refused_is_named_with_file_line_and_reason(run, pages, tmp_path, site):
    bare = '<kite-button data-tradingsymbol="=INFY" data-exchange="NSE"></kite-button>'
    odd = f'<kite-button data-tradingsymbol="INFY" data-quantity="ten" {ORDER}></kite-button>'
    result = run(
        pages(a__html=f"{INFY}\n\n{WRONG}", b__html=bare, c__html=odd, d__html=b"PK\x03\x04 kite"),
        *("--publish", "--author", "Asha", "--report", str(tmp_path / "report.csv")),
    )
    assert result.exit_code == 1
    assert "5 buttons: 1 taken, 4 refused." in result.stderr
    rows = list(csv.DictReader((tmp_path / "report.csv").read_text("utf-8-sig").splitlines()))
    reasons = [(row["line"], row["outcome"], row["reason"]) for row in rows]
    assert reasons[0] == ("1", "published", "")
    assert reasons[1][:2] == ("3", "refused")
    assert reasons[1][2] == "Order 2, NOSUCH, tradingsymbol: No instrument NOSUCH on NSE."
    assert reasons[2][2].startswith(
        "Order 3, =INFY, transaction_type: Choose one. Order 3, =INFY, tradingsymbol: No instrument =INFY on"
        " NSE."
    )
    assert reasons[3][2] == "Order 4, INFY, quantity: Enter a whole number, like 100."
    assert reasons[4] == (
        "0",
        "refused",
        "This is a workbook or an archive, and those are not opened here. Save the sheet as CSV.",
    )
    assert not any(cell.startswith(("=", "+", "-", "@")) for row in rows for cell in row.values())
    assert list(baskets(site)) == [rows[0]["slug"]]


@pytest.mark.parametrize("escaped", [False, True], ids=["as CDATA", "escaped"])
def test_the_export_of_a_whole_site_is_read_post_by_post(run, pages, escaped):
    button = INFY.replace("<", "&lt;").replace(">", "&gt;") if escaped else f"<![CDATA[{INFY}]]>"
    posts = "".join(f"<item>\n<title>{number}</title>{'x' * 40_000}{button}</item>\n" for number in range(30))
    result = run(pages(export__xml=f"<rss>\n{posts}</rss>"))
    assert result.exit_code == 0, result.stderr
    assert result.stderr == "30 buttons: 30 taken, 0 refused.\n"
    assert "export.xml:3 -->" in result.stdout
    assert "export.xml:61 -->" in result.stdout


def test_what_an_operator_wrote_around_an_imported_basket_stays(run, pages, site):
    folder = pages(a__html=INFY)
    run(folder, "--publish", "--author", "Asha")
    (slug,) = baskets(site)
    content = {
        "slug": slug,
        "title": "Better words",
        "author": "Asha",
        "items": json.loads(baskets(site)[slug].data),
    }
    (folder / "basket.json").write_text(json.dumps(content))
    site.app.test_cli_runner().invoke(args=["publish", str(folder / "basket.json")])
    assert run(folder, "--publish", "--author", "Asha").exit_code == 0
    assert (baskets(site)[slug].title, baskets(site)[slug].number) == ("Better words", 2)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--publish",), "--publish needs --author."),
        (("--report", "x.doc"), "--report is a .csv or a .json file."),
    ],
)
def test_options_that_make_no_sense_read_nothing(run, pages, options, words):
    result = run(pages(a__html=INFY), *options)
    assert result.exit_code == 2
    assert words in result.stderr


@pytest.mark.parametrize("grouping", ["1,,0", "1,00", "1.000,5", "10,", ",10"])
def test_a_quantity_that_is_grouped_as_nobody_groups_is_published_as_nothing(run, pages, site, grouping):
    result = run(pages(a__html=INFY.replace('"10"', f'"{grouping}"')), "--publish", "--author", "Asha")
    assert result.exit_code == 1
    assert "Order 1, INFY, quantity: Enter a whole number, like 100." in result.stderr
    assert baskets(site) == {}


@pytest.mark.parametrize(
    ("name", "field"),
    [
        ("data-quantty", "quantity"),
        ("data-prices", "price"),
        ("data-orde_type", "order_type"),
        ("data-trigger_prise", "trigger_price"),
    ],
)
def test_a_misspelled_name_refuses_its_button_and_no_other_order_goes_out(run, pages, site, name, field):
    wrong = INFY.replace("<kite-button", f'<kite-button {name}="5"')
    result = run(pages(a__html=f"{INFY}\n{wrong}"), "--publish", "--author", "Asha")
    assert result.exit_code == 1
    assert (
        f"Order 2: It says “{name.removeprefix('data-')}”. Write “{field}”, if that is meant."
        in result.stderr
    )
    assert len(baskets(site)) == 1


@pytest.mark.parametrize(
    "name", ["data-toggle", "data-product-id", "data-id", "class", "data-note", "data-tags"]
)
def test_names_that_other_scripts_read_harm_no_button(run, pages, name):
    result = run(pages(a__html=INFY.replace("<kite-button", f'<kite-button {name}="5"')))
    assert (result.exit_code, result.stderr) == (0, "1 buttons: 1 taken, 0 refused.\n")


def test_names_with_hyphens_are_those_of_the_fields(run, pages):
    stop = (
        INFY.replace('"MARKET"', '"SL-M"')
        .replace("order_type", "order-type")
        .replace("<kite-button", '<kite-button data-trigger-price="1500"')
    )
    result = run(pages(a__html=stop))
    assert result.exit_code == 0, result.stderr
    assert 'data-trigger_price="1500"' in result.stdout


def test_a_value_that_kite_does_not_use_is_left_out_and_reported(run, pages, tmp_path, site):
    folder = pages(a__html=INFY.replace("<kite-button", '<kite-button data-price="1448.2" data-stoploss="5"'))
    result = run(folder, "--publish", "--author", "Asha", "--report", str(tmp_path / "report.json"))
    assert result.exit_code == 0, result.stderr
    (report,) = json.loads((tmp_path / "report.json").read_text())
    assert report["left_out"] == "stoploss price=1448.2"
    assert "Left out, because Kite does not use it: stoploss, price=1448.2" in result.stderr
    ((item,),) = [version.items for version in baskets(site).values()]
    assert (item.order_type, item.price) == ("MARKET", None)


@pytest.mark.parametrize("lock", ["True", "1", "yes"])
def test_a_lock_of_an_old_button_is_kept(run, pages, site, lock):
    assert (
        run(
            pages(a__html=INFY.replace("<kite-button", f'<kite-button data-readonly="{lock}"')),
            "--publish",
            "--author",
            "A",
        ).exit_code
        == 0
    )
    assert [version.items[0].readonly for version in baskets(site).values()] == [True]


def test_a_draft_that_cannot_be_published_is_refused_in_a_sentence(run, pages):
    result = run(pages(a__html=INFY), "--publish", "--author", "A" * 121)
    assert result.exit_code == 1
    assert "Order 1: author: Write at most 120 characters." in result.stderr
