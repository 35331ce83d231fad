"""What a query really read, told by EXPLAIN (ANALYZE)."""

from collections import Counter


class Plan:
    """A query's plan, run once: rows read by table and calls left in its expressions."""

    def __init__(self, connection, query):
        options = "ANALYZE, VERBOSE, COSTS OFF, TIMING OFF, SUMMARY OFF, FORMAT JSON"
        (answer,) = connection.execute(f"EXPLAIN ({options}) {query}").fetchone()
        self.text = str(answer)
        self.rows_read = Counter()  # by table, those a filter threw away included
        self._add(answer[0]["Plan"])

    def _add(self, node):
        times = node["Actual Loops"]
        if table := node.get("Relation Name"):
            seen = node["Actual Rows"] + node.get("Rows Removed by Filter", 0)
            self.rows_read[table] += round(seen * times)
        for part in node.get("Plans", []):
            self._add(part)
