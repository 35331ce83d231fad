"""A small shop on the store: python examples/shop/run.py, and open http://127.0.0.1:8000

It deploys a demo store into the PostgreSQL that deploy.py runs, or the one --dsn names, makes the logins the shop needs
and a signing key, and serves until Ctrl-C. Every minute it calls run_maintenance(), as a scheduler would.
"""

import argparse
import socket
import sys
import time
from pathlib import Path
from threading import Thread

import psycopg
from flask import Flask
from werkzeug.serving import make_server

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

import deploy  # noqa: E402
import store_server  # noqa: E402
from deployment.server import chosen_dsn  # noqa: E402
from examples.shop.logins import make_ready  # noqa: E402
from examples.shop.web import create_app, shop  # noqa: E402


def main(arguments: list[str]) -> int:
    """Serve; return the exit code."""
    options = parse(arguments)
    try:  # before the store is touched: where a shop is serving already, its key and logins stay
        listening = socket.create_server(("127.0.0.1", options.port))
    except OSError as error:
        print(f"run.py: port {options.port}: {error}. Choose another with --port.", file=sys.stderr)
        return 1
    with listening:
        return serve(options, listening)


def serve(options: argparse.Namespace, listening: socket.socket) -> int:
    given = ["--dsn", options.dsn] if options.dsn else []
    if code := deploy.main([*given, "--schema", options.schema, "--demo"]):
        return code
    dsn = chosen_dsn(options.dsn) or store_server.start_embedded_server(ROOT).dsn("store")
    with store_server.connect(dsn, "shop", ROOT) as owner:
        settings = make_ready(owner, dsn, options.schema)
    app = create_app(settings)
    server = make_server("127.0.0.1", options.port, app, threaded=True, fd=listening.fileno())
    Thread(target=maintain, args=(app,), daemon=True).start()
    people = ", ".join(f"{person}: {password}" for person, password in settings.staff_passwords.items())
    print(
        f"the shop:        http://127.0.0.1:{server.port}/ (sign in as jo@orchardhouse.example; the mail comes to /mail)"
    )
    print(f"the back office: http://127.0.0.1:{server.port}/desk/ ({people})", flush=True)
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        pass
    finally:
        app.extensions["shop"].database.close()
    return 0


def parse(arguments: list[str]) -> argparse.Namespace:
    parser = deploy.Parser("run.py", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--dsn", help="the database, as libpq takes it: postgresql://user@host/database")
    parser.add_argument("--schema", default="shop", help="where the shop's store lives (shop)")
    parser.add_argument("--port", type=port, default=8000, help="where the shop listens (8000)")
    return parser.parse_args(arguments)


def port(text: str) -> int:
    if (number := int(text)) not in range(65536):
        raise ValueError
    return number


def maintain(app: Flask) -> None:
    while True:
        try:
            with app.app_context():
                shop().database.ask("scheduler", "SELECT run_maintenance()")
        except psycopg.Error as error:  # the server is away: in a minute it may be back
            app.logger.error("run_maintenance(): %s", error)
        time.sleep(60)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
