"""A document as a page: every figure as the store has it, what the law asks of it, and in a browser and on paper."""

import json
import re
import webbrowser
from decimal import Decimal
from html.parser import HTMLParser

import pytest

import invoice
from tests.database import copy_of

COMPANY = """
    UPDATE store_settings SET
        legal_name = 'Peter Coffin & <Sons>', vat_id = 'DE123456789', currency = 'USD', prices_include_tax = FALSE;
    INSERT INTO addresses (customer_id, recipient, company, vat_id, line1, line2, city, postal_code, country_code)
    VALUES (6, 'Dorothy Gale', 'Emerald City Ltd', 'GB987654321', '1 Yellow Brick Road', '2nd floor', 'Oz', 'OZ1', 'GB');
    UPDATE customers SET default_address_id = (SELECT max(address_id) FROM addresses) WHERE customer_id = 6;
    INSERT INTO tax_rates VALUES ('standard', 'GB', '', '2020-01-01', 0.175)"""
# The page of INV-10, worked out: order 20 with prices that include the tax, five off spread as 4.08 and 0.92.
# 40.00 / 1.05 = 38.0952, of which (40.00 - 4.08) / 1.05 = 34.21 is left; 9.00 - 0.92; 5.00 / 1.05 = 4.76.
INV_10 = {
    "number": "INV-10", "issued_on": "15 Apr 2025", "supplied_on": "15 Apr 2025", "order": " of 12 Apr 2025",  # after its order_number, another in every store
    "currency": "USD", "net": "47.05", "tax": "1.95", "total": "49.00",
}  # fmt: skip
INV_10_LINES = [
    ["Lantern LANTERN", "1", "38.0952", "3.89", "5 %", "34.21", "1.71"],
    ["Raspberry Cordial CORDIAL", "1", "9.00", "0.92", "0 %", "8.08", "0.00"],
    ["Delivery", "–", "–", "", "5 %", "4.76", "0.24"],
]
CN_4_LINES = [
    ["Lantern, credited LANTERN", "–", "5 %", "-6.98", "-0.35"],
    ["Raspberry Cordial, credited CORDIAL", "–", "0 %", "-1.65", "0.00"],
    ["Delivery, credited", "–", "5 %", "-0.97", "-0.05"],
]


class Page(HTMLParser):
    """Its fields, parties, tables and corrected invoices, as somebody without a browser reads them."""

    def __init__(self, text):
        super().__init__()
        self.fields, self.parties, self.tables, self.corrects, self.text = {}, {}, {}, [], text
        self.field = self.party = self.rows = self.cell = None
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        self.field = attributes.get("data-field", self.field)
        if "data-corrects" in attributes:
            self.corrects.append(attributes["data-corrects"])
        if "data-party" in attributes:
            self.party = self.parties.setdefault(attributes["data-party"], [])
        if "data-table" in attributes:
            self.rows, self.party = self.tables.setdefault(attributes["data-table"], []), None
        if tag == "tr":
            self.rows.append([])
        if tag in ("td", "th"):
            self.cell = []

    def handle_endtag(self, tag):
        if tag in ("td", "th"):
            self.rows[-1].append(" ".join("".join(self.cell).split()))
            self.cell = None
        if tag in ("dd", "span", "td"):
            self.field = None
        if tag == "section":
            self.party = None

    def handle_data(self, data):
        if self.field:
            self.fields[self.field] = self.fields.get(self.field, "") + data
        if self.cell is not None:
            self.cell.append(data)
        if self.party is not None and data.strip():
            self.party.append(data.strip())


@pytest.fixture
def write(dsn, tmp_path):
    """Write the page of a document and return its file."""

    def write(number):
        file = tmp_path / f"{number}.html"
        assert invoice.main([number, str(file), "--dsn", dsn]) == 0
        return file

    return write


@pytest.fixture
def company_invoice(seeded_store):
    """The number of an invoice of one company to another, in another country."""
    seeded_store.execute(COMPANY)
    (order,) = seeded_store.execute(
        """SELECT place_order(6, '[{"product_id": 2, "quantity": 2}, {"product_id": 9, "quantity": 1}]')"""
    ).fetchone()
    seeded_store.execute(
        "SELECT record_payment(order_id, 'bank', 'x', balance) FROM orders WHERE order_id = %s", [order]
    )
    seeded_store.execute("SELECT ship_order(%s, 'Post', NULL)", [order])
    seeded_store.execute("SELECT issue_documents()")
    return "INV-33"


def test_an_invoice_says_what_was_worked_out_on_paper(seeded_store, write):
    page = Page(write("INV-10").read_text())
    (number,) = seeded_store.execute("SELECT order_number(20)").fetchone()
    assert page.fields == {**INV_10, "order": number + INV_10["order"]}
    assert page.tables["lines"][1:] == INV_10_LINES
    assert page.tables["rates"][1:] == [
        ["5 %", "38.97", "1.95"], ["0 %", "8.08", "0.00"], ["Sum", "47.05", "1.95"], ["Total in USD", "49.00"],
    ]  # fmt: skip
    assert page.parties == {
        "Seller": ["Seller", "Peter Coffin", "The Spouter Inn", "New Bedford MA 02740", "United States"],
        "Buyer": ["Buyer", "Anne Shirley", "Green Gables", "Avonlea PE C0A 1N0", "Canada"],
    }


def test_what_rounding_leaves_out_is_no_discount(seeded_store, write):
    """Three of 10.05 with a tenth of tax are 27.41 and 2.74, in three parcels 9.14, 9.14 and 9.13; one is 9.1364."""
    seeded_store.execute(COMPANY)
    seeded_store.execute("UPDATE store_settings SET prices_include_tax = TRUE")
    seeded_store.execute("INSERT INTO tax_rates VALUES ('standard', 'GB', '', '2021-01-01', 0.1)")
    [product] = seeded_store.execute(
        "INSERT INTO products (sku, name, price) VALUES ('TEA', 'Tea', 10.05) RETURNING product_id"
    ).fetchone()
    seeded_store.execute("SELECT receive_stock(%s, 3, 'note')", [product])
    items = json.dumps([{"product_id": product, "quantity": 3}])
    [order] = seeded_store.execute("SELECT place_order(6, %s)", [items]).fetchone()
    seeded_store.execute("SELECT record_payment(%s, 'bank', 'x', balance) FROM orders WHERE order_id = %s", [order] * 2)
    for _ in range(3):
        seeded_store.execute("""SELECT ship_order(%s, 'Post', NULL, '[{"line_no": 1, "quantity": 1}]')""", [order])
    seeded_store.execute("SELECT issue_documents()")
    lines = [Page(write(number).read_text()).tables["lines"] for number in ("INV-33", "INV-34", "INV-35")]
    assert [line[1] for line in lines] == [
        ["Tea TEA", "1", "9.1364", "10 %", "9.14", "0.91"],
        ["Tea TEA", "1", "9.1364", "10 %", "9.14", "0.92"],
        ["Tea TEA", "1", "9.1364", "10 %", "9.13", "0.91"],
    ]


def test_a_credit_note_names_the_invoice_it_corrects_and_what_of_it(seeded_store, write):
    """Directive 2006/112/EC, article 219."""
    page = Page(write("CN-4").read_text())
    assert page.corrects == ["INV-10"]
    assert "Invoice INV-10 of 15 Apr 2025, supplied on 15 Apr 2025" in page.text
    assert page.tables["lines"][1:] == CN_4_LINES
    assert (page.fields["total"], page.fields["issued_on"]) == ("-10.00", "31 May 2025")


def test_an_invoice_has_all_that_article_226_asks_for(seeded_store, company_invoice, write):
    """Point by point; two lanterns of 45.00 and a book of 12.00 for Great Britain, where only the first is taxed."""
    page = Page(write(company_invoice).read_text())
    (today,) = seeded_store.execute(
        "SELECT to_char(now() AT TIME ZONE time_zone, 'FMDD Mon YYYY') FROM store_settings"
    ).fetchone()
    assert page.fields["issued_on"] == today  # (1)
    assert page.fields["number"] == "INV-33"  # (2)
    assert page.parties["Seller"][-2:] == ["VAT number", "DE123456789"]  # (3)
    assert page.parties["Buyer"][-2:] == ["VAT number", "GB987654321"]  # (4)
    assert page.parties["Seller"][1:5] == [
        "Peter Coffin & <Sons>", "The Spouter Inn", "New Bedford MA 02740", "United States",
    ]  # (5)  # fmt: skip
    assert page.parties["Buyer"][1:6] == [
        "Emerald City Ltd", "Dorothy Gale", "1 Yellow Brick Road", "2nd floor", "Oz OZ1",
    ]  # (5)  # fmt: skip
    assert page.fields["supplied_on"] == today  # (7)
    assert page.tables["lines"] == [
        ["Description", "Quantity", "Unit price without VAT", "VAT rate", "Without VAT", "VAT"],
        ["Lantern LANTERN", "2", "45.00", "17.5 %", "90.00", "15.75"],  # (6), (8), (9)
        ["Moby-Dick MOBY-DICK", "1", "12.00", "0 %", "12.00", "0.00"],
    ]
    assert page.tables["rates"][1:3] == [["17.5 %", "90.00", "15.75"], ["0 %", "12.00", "0.00"]]  # (8), (10)
    assert (page.fields["currency"], page.fields["total"]) == ("USD", "117.75")


def test_every_document_comes_to_what_the_store_says(seeded_store, write):
    """All of the demo store: lines, sums by rate and in all, and of notes what they correct."""
    documents = seeded_store.execute(
        """SELECT documents.document_id, series || '-' || number, count(*), sum(net), sum(lines.tax)
        FROM documents JOIN document_lines AS lines USING (document_id) GROUP BY documents.document_id"""
    ).fetchall()
    assert len(documents) == 37
    for document_id, number, lines, net, tax in documents:
        page = Page(write(number).read_text())
        assert len(page.tables["lines"]) == lines + 1, number
        assert amounts(page.tables["lines"], -2) == net and amounts(page.tables["lines"], -1) == tax, number
        rates = page.tables["rates"][:-2]
        assert amounts(rates, -2) == net and amounts(rates, -1) == tax, number
        assert [page.fields[name] for name in ("net", "tax", "total")] == [
            f"{sum:.2f}" for sum in (net, tax, net + tax)
        ]
        corrected = seeded_store.execute(
            """SELECT series || '-' || number FROM document_corrections
            JOIN documents ON corrects_document_id = documents.document_id
            WHERE document_corrections.document_id = %s ORDER BY documents.document_id""",
            [document_id],
        )
        assert page.corrects == [number for (number,) in corrected], number


def amounts(rows, column):
    return sum(Decimal(row[column].replace(",", "")) for row in rows[1:])


def test_a_buyer_whose_time_is_over_is_said_to_be_erased(seeded_store, write):
    seeded_store.execute("UPDATE documents SET buyer = NULL WHERE series = 'INV' AND number = 10")
    assert Page(write("INV-10").read_text()).parties["Buyer"] == ["Buyer", "Kept until 31 Dec 2035, and erased since."]


def test_a_name_is_text_and_no_markup(seeded_store, company_invoice, write):
    assert "<Sons>" not in write(company_invoice).read_text()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["INV-99"], ["no document INV-99"]),
        (["inv-1"], ["no document inv-1"]),
        (["INV-1", "--schema", "nowhere"], ["schema nowhere", "python deploy.py --schema nowhere"]),
        (["INV-1", "/nowhere/page.html"], ["/nowhere/page.html", "No such file or directory"]),
    ],
)
def test_what_is_wrong_is_said_in_one_line(arguments, words, capsys, dsn, seeded_store, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert invoice.main([*arguments, "--dsn", dsn]) == 1
    printed = capsys.readouterr()
    [error] = printed.err.splitlines()
    assert error.startswith("invoice.py: ") and all(word in error for word in words)
    assert (printed.out, list(tmp_path.iterdir())) == ("", [])


@pytest.mark.parametrize(
    "number", ["INV", "12", "INV-", "-12", "INV-1x", "INV-99999999999999999999", "INV-9223372036854775808"]
)
def test_what_is_no_number_is_wrong_usage(number, capsys):
    with pytest.raises(SystemExit) as ended:
        invoice.main(["--dsn", "dbname=shop", "--", number])
    assert ended.value.code == 2
    assert "INV-12" in capsys.readouterr().err


def test_staff_get_the_page_the_owner_gets_and_others_are_told_who_may(database, seeded_store, capsys, tmp_path):
    files = [tmp_path / "owner.html", tmp_path / "staff.html"]
    for dsn, file in zip([database.dsn(), database.dsn("shop_staff")], files):
        assert invoice.main(["INV-1", str(file), "--dsn", dsn]) == 0
    assert files[0].read_text() == files[1].read_text()
    for role in ("shop_customer", "shop_analyst", "shop_auditor", "public"):
        assert invoice.main(["INV-1", str(tmp_path / "no.html"), "--dsn", database.dsn(role)]) == 1
        error = capsys.readouterr().err
        assert "permission denied" in error and "shop_staff" in error


def test_the_file_is_named_as_the_document_and_shown_on_demand(dsn, seeded_store, capsys, tmp_path, monkeypatch):
    opened = []
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(webbrowser, "open", opened.append)
    seeded_store.execute("UPDATE store_settings SET invoice_series = '2025/A-1'")
    seeded_store.execute("SELECT release_order(43, 'on account')")
    seeded_store.execute("SELECT ship_order(43, 'Post', NULL)")
    seeded_store.execute("SELECT issue_documents()")
    assert invoice.main(["2025/A-1-1", "--dsn", dsn, "--open"]) == 0
    assert capsys.readouterr().out.startswith("wrote 2025_A-1-1.html, ")
    assert opened == [(tmp_path / "2025_A-1-1.html").as_uri()]
    assert invoice.main(["2025/A-1-1", "--dsn", dsn, "elsewhere.html"]) == 0
    assert capsys.readouterr().out.startswith("wrote elsewhere.html, ")


@pytest.mark.needs_browser
@pytest.mark.parametrize("number", ["INV-10", "CN-4", "INV-19"])
@pytest.mark.parametrize("width", [390, 1280])
def test_it_shows_in_silence_and_nothing_sticks_out(number, width, seeded_store, write, look_at):
    file = write(number)
    page = look_at(file, width)
    assert (page.complaints, page.requests) == ([], [file.as_uri()])
    assert page.evaluate("document.documentElement.scrollWidth") == width
    assert page.get_by_role("heading", name=re.compile(number)).is_visible()
    assert page.get_by_role("table", name="Tax by rate").is_visible()


@pytest.mark.needs_browser
def test_the_network_is_forbidden_to_it(seeded_store, write, look_at):
    page = look_at(write("INV-10"))
    assert page.evaluate("fetch('https://example.org/').then(() => 'allowed', () => 'refused')") == "refused"


@pytest.mark.needs_browser
def test_it_fits_on_a_sheet_and_many_lines_on_several(seeded, chromium, tmp_path):
    """Of many lines each sheet repeats the heads of the columns."""
    with copy_of(seeded) as database, database.connect() as store:
        store.execute("UPDATE store_settings SET max_pending_orders = NULL")
        store.execute("SELECT receive_stock(product_id, 5, 'note') FROM products WHERE is_active")
        store.execute(
            """INSERT INTO products (sku, name, price)
            SELECT 'LONG' || n, 'A thing with a name that is rather longer than names of things commonly are, ' || n, n
            FROM generate_series(1, 60) AS n"""
        )
        store.execute("SELECT receive_stock(product_id, 1, 'note') FROM products WHERE sku LIKE 'LONG%'")
        (order,) = store.execute(
            """SELECT place_order(6, jsonb_agg(jsonb_build_object('product_id', product_id, 'quantity', 1)))
            FROM products WHERE sku LIKE 'LONG%'"""
        ).fetchone()
        store.execute("SELECT record_payment(order_id, 'bank', 'x', balance) FROM orders WHERE order_id = %s", [order])
        store.execute("SELECT ship_order(%s, 'Post', NULL)", [order])
        store.execute("SELECT issue_documents()")
        for number in ("INV-10", "INV-33"):
            assert invoice.main([number, str(tmp_path / f"{number}.html"), "--dsn", database.dsn()]) == 0
    assert sheets(chromium, tmp_path / "INV-10.html") == 1
    assert sheets(chromium, tmp_path / "INV-33.html") in (3, 4)


def sheets(chromium, file):
    """On how many sheets of A4 the page is printed."""
    page = chromium.new_page()
    page.goto(file.as_uri())
    printed = page.pdf(format="A4", prefer_css_page_size=True)
    page.close()
    return len(re.findall(rb"/Type\s*/Page\b", printed))
