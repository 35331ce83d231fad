"""docs/monitoring.md: its examples run, and it knows every view and problem there is."""

import re

import yaml

from tests.documentation.manual_pages import ROOT, blocks

MANUAL = (ROOT / "docs" / "monitoring.md").read_text()
VIEWS = sorted((ROOT / "sql" / "04_views").glob("*.sql"))

# What shoppers see, or a document shows: nothing to watch.
FOR_CUSTOMERS = {"storefront_products", "storefront_styles", "document_lines", "document_corrections"}


def test_every_example_runs(seeded_store, superuser):
    """As the superuser, who alone may create the roles of the examples."""
    examples = blocks("docs/monitoring.md", "sql")
    assert len(examples) == 6
    with superuser.transaction(force_rollback=True):
        for example in examples:
            superuser.execute(example.text)


def test_it_names_every_view_and_every_problem():
    """What a view can report, the manual says what to do about."""
    for file in VIEWS:
        text = file.read_text()
        view = re.search(r"^CREATE OR REPLACE VIEW (\w+)", text, re.MULTILINE)
        if view and view[1] not in FOR_CUSTOMERS:
            assert f"`{view[1]}`" in MANUAL
        if view and view[1].startswith("monitor_"):
            problems = set(re.findall(r"(?:THEN|ELSE) '([a-z ]+)'", text)) - {"active", "archiving"}  # all is well
            assert {problem for problem in problems if f"`{problem}`" not in MANUAL} == set()


def test_every_alert_is_on_a_metric_the_exporter_serves():
    """A rule on a metric nobody serves never fires."""
    queries = yaml.safe_load((ROOT / "docs" / "postgres_exporter.yaml").read_text())
    metrics = {
        f"{name}_{column}" for name, asked in queries.items() for metric in asked["metrics"] for column in metric
    }
    rules = yaml.safe_load(re.search(r"```yaml\n(.*?)```", MANUAL, re.DOTALL)[1])
    asked = {rule["expr"] for rule in rules["groups"][0]["rules"]}
    assert {re.match(r"\w+", expression)[0] for expression in asked} <= metrics
