"""docs/many-stores.md as it stands, with four stores for its twenty: three servers, a fourth added, stores moved there
while they sell. Its figures are what the benchmarks' pages say, multiplied."""

import re
from threading import Event, Thread

import psycopg
import pytest

from tests.documentation import manual_pages
from tests.operations.servers import eventually

PAGE = "docs/many-stores.md"
READY = {"wal_level": "logical"}
PLACE = """SELECT place_order(1, '[{"product_id": 1, "quantity": 1}]', %s)"""
CATALOGUE = """
INSERT INTO customers (email, last_name) VALUES ('a@example.com', 'A');
INSERT INTO tax_rates (tax_class, country_code, valid_from, rate)
    SELECT 'standard', country_code, '2020-01-01', 0.2 FROM store_settings;
INSERT INTO products (sku, name, price, cost) VALUES ('P', 'Product', 1, 1);
SELECT receive_stock(1, 100000, 'first');
UPDATE store_settings SET max_pending_orders = NULL"""


def commands(section, language):
    return [block.text for block in manual_pages.blocks(PAGE, language) if block.section == section]


@pytest.fixture
def platform(start, directory):
    """Four servers, a standby of the last one's, and the application's own database on the first."""
    servers = {name: start(name, **READY) for name in "abcd"}
    servers["a"].create_database("platform")
    servers["d"].run_as_server("pg_basebackup --pgdata=$STANDBY --checkpoint=fast --write-recovery-conf",
                               STANDBY=str(directory / "s"))  # fmt: skip
    servers["s"] = start("s", **READY)
    return Platform(servers, directory)


class Platform:
    """What the page's shell and the application know."""

    def __init__(self, servers, directory):
        self.servers, self.directory = servers, directory
        addresses = {name: f"host={server.host} port={server.port}" for name, server in servers.items()}
        self.variables = {"PLATFORM": f"{addresses['a']} dbname=platform user=postgres", "STORES": "4"}
        for name in "abcd":
            self.variables[name.upper()] = f"{addresses[name]} user=postgres"
            self.variables[f"{name.upper()}_ADDRESS"] = addresses[name]
            self.variables[f"{name.upper()}_STANDBY"] = addresses["s" if name == "d" else name]

    def run(self, script):
        """As the operator, whose files are in a directory of the test's."""
        script = script.replace("./platform.sh", "$DIRECTORY/platform.sh")
        script = re.sub(r"\b(excess|databases\.ini)\b", r'"$DIRECTORY/\1"', script)
        return self.servers["a"].run_as_operator(script, DIRECTORY=str(self.directory), **self.variables)

    def routes(self):
        """What the application reads: where a store is, and where it is read from."""
        [_, ask] = commands("Three servers, twenty stores", "sql")
        with psycopg.connect(self.variables["PLATFORM"]) as platform:
            return {store: (primary, standby) for store, primary, standby in platform.execute(ask.rstrip().rstrip(";"))}


class Shopper(Thread):
    """Orders in one store; looks up anew where it is when refused, and repeats what got no answer."""

    def __init__(self, platform, store):
        super().__init__()
        self.platform, self.store, self.orders, self.over = platform, store, {}, Event()

    def run(self):
        session = None
        while not self.over.wait(0.01):
            key = f"{self.store}-{len(self.orders)}"
            try:
                if session is None:
                    session = psycopg.connect(self.platform.routes()[self.store][0], autocommit=True)
                    session.execute("SELECT set_config('app.customer_id', '1', FALSE)")
                self.orders[key] = session.execute(PLACE, [key]).fetchone()[0]
            except (psycopg.OperationalError, psycopg.errors.ReadOnlySqlTransaction):
                session = session and session.close()
        if session:
            session.close()


def test_a_platform_grows_by_a_server(platform):
    """No store loses an order; each is where the table says, with its own logins and no other's."""
    routes, functions = (
        commands("Three servers, twenty stores", "sql")[0],
        commands("Three servers, twenty stores", "sh"),
    )
    (platform.directory / "platform.sh").write_text(functions[0])
    platform.servers["a"].psql(routes, database="platform")
    platform.run(functions[1])
    assert where(platform) == {"shop_1": "a", "shop_2": "b", "shop_3": "c", "shop_4": "a"}
    for store, server in where(platform).items():
        with platform.servers[server].connect(store) as owner:
            owner.execute(CATALOGUE)
    shoppers = [Shopper(platform, store) for store in where(platform)]
    for shopper in shoppers:
        shopper.start()
    try:
        [grow] = commands("Add a server", "sh")
        platform.run(grow)
        so_far = [len(shopper.orders) for shopper in shoppers]
        eventually(lambda: all(len(shopper.orders) > count + 3 for shopper, count in zip(shoppers, so_far)))
    finally:
        for shopper in shoppers:
            shopper.over.set()
            shopper.join()
    assert where(platform) == {"shop_1": "a", "shop_2": "b", "shop_3": "c", "shop_4": "d"}
    platform.run(functions[2])
    listed = (platform.directory / "databases.ini").read_text().splitlines()
    assert listed[0] == "[databases]" and f"shop_4 = {platform.variables['D_ADDRESS']} dbname=shop_4" in listed
    for shopper in shoppers:
        server = platform.servers[where(platform)[shopper.store]]
        with server.connect(shopper.store) as owner:
            kept = dict(owner.execute("SELECT idempotency_key, order_id FROM orders"))
            assert shopper.orders.items() <= kept.items() and len(kept) <= len(shopper.orders) + 1
            assert owner.execute("SELECT * FROM integrity_violations").fetchall() == []
    with platform.servers["d"].connect("shop_4") as there:
        logins = "SELECT rolname::TEXT FROM pg_roles WHERE rolname ~ '_shop_' ORDER BY 1"
        assert there.execute(logins).fetchall() == [("office_shop_4",), ("web_shop_4",)]
        there.execute("CREATE ROLE web_shop_9 LOGIN IN ROLE shop_customer")
    with pytest.raises(psycopg.OperationalError, match="permission denied|CONNECT"):
        psycopg.connect(platform.routes()["shop_4"][0].replace("user=web_shop_4", "user=web_shop_9"))
    last = max(shoppers[3].orders.values())
    eventually(lambda: last in seen_by(platform.routes()["shop_4"][1]))
    with pytest.raises(psycopg.OperationalError):  # what was left behind
        platform.servers["a"].connect("shop_4")


def where(platform):
    with psycopg.connect(platform.variables["PLATFORM"]) as session:
        return dict(session.execute("SELECT store, server FROM stores ORDER BY store").fetchall())


def seen_by(standby):
    """A customer's own orders, read on the standby."""
    with psycopg.connect(standby, autocommit=True, options="-capp.customer_id=1") as reader:
        assert reader.execute("SELECT pg_is_in_recovery()").fetchone() == (True,)
        return {order for (order,) in reader.execute("SELECT order_id FROM orders")}


def test_how_far_it_reaches_is_multiplied_right():
    """Every row of the page's table from the two benchmarks' last runs."""
    last_run = manual_pages.text_of("benchmarks/many_stores/README.md")
    sizing = manual_pages.text_of("benchmarks/sizing/README.md")

    def told(row, column=0, page=last_run):
        line, *_ = re.findall(rf"^{row} .*$", page, re.MULTILINE)
        return numbers(line)[column]

    alone, kept = told("place, on a connection of its own"), told("place")
    life = told("its whole life") + 4 * (alone - kept)  # milliseconds: four steps, four connections
    upkeep, memory, deploy = told("on a connection of its own"), told("after one order placed"), told("of a new store")
    megabytes, files = told("a database of its own"), told("a database of its own", 1)
    year = 50 * 365 * told("all", 2, sizing) / 1e6
    expected = {
        "orders in the busiest hour": [5, life, 5 / 3600 * life, 5 / 360 * life],
        "`run_maintenance()` each minute": [upkeep, upkeep / 60, upkeep / 6],
        "a connection kept": [memory, memory, memory * 10],
        "empty stores, disk": [megabytes, megabytes, megabytes * 10],
        "empty stores, files": [files, files * 1e3, files * 1e4],
        "a year's orders": [year, year, year * 10],
        "a deploy of every store": [deploy, deploy / 3.6, deploy / 3.6],
    }
    for what, figures in expected.items():
        [row] = re.findall(rf"^\| {re.escape(what)}[^|]*(\|.*)$", manual_pages.text_of(PAGE), re.MULTILINE)
        assert numbers(row) == pytest.approx(figures, rel=0.1), what


def numbers(text):
    """Such as 1.7 and 539,000."""
    return [float(figure.replace(",", "")) for figure in re.findall(r"[\d,.]*\d", text)]
