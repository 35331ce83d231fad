"""README's one command: a store, its logins and the shop in front of it, until Ctrl-C."""

import re
import signal
import subprocess
import sys
import urllib.request

from tests.documentation.manual_pages import ROOT


def test_one_command_deploys_and_serves(dsn, seeded_store):
    command = [sys.executable, "examples/shop/run.py", "--dsn", dsn, "--schema", "chandlery", "--port", "0"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as served:
        try:
            lines = []
            for line in served.stdout:
                lines.append(line)
                if line.startswith("the back office:"):
                    break
            address = re.search(r"the shop: +(http://\S+/)", "".join(lines))[1]
            with urllib.request.urlopen(address) as answer:
                assert "The Spouter Inn Chandlery" in answer.read().decode()
        finally:
            served.send_signal(signal.SIGINT)
        assert served.wait(30) == 0
    live = "SELECT count(*) FROM chandlery.signing_keys WHERE retired_at IS NULL"
    assert seeded_store.execute(live).fetchone() == (1,)
