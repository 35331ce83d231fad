"""What a query really read, told by EXPLAIN (ANALYZE)."""

from collections import Counter


class Plan:
    """A query's plan, run once: rows read by table, rows kept in memory and calls left in its expressions."""

    def __init__(self, connection, query):
        options = "ANALYZE, VERBOSE, COSTS OFF, TIMING OFF, SUMMARY OFF, FORMAT JSON"
        (answer,) = connection.execute(f"EXPLAIN ({options}) {query}").fetchone()
        self.text = str(answer)
        self.rows_read = Counter()  # by table, those a filter threw away included
        self.kept = []  # by each step that keeps rows: how many, and what it may take for them in times of work_mem
        self._add(answer[0]["Plan"])

    def _add(self, node):
        times = node["Actual Loops"]
        if table := node.get("Relation Name"):
            seen = node["Actual Rows"] + node.get("Rows Removed by Filter", 0)
            self.rows_read[table] += round(seen * times)
        if node["Node Type"] == "Sort":
            self.kept.append((node["Actual Rows"], 1))
        elif node["Node Type"] == "Hash" or node.get("Strategy") == "Hashed":
            self.kept.append((node["Actual Rows"], 2))  # hash_mem_multiplier
        for part in node.get("Plans", []):
            self._add(part)

    def memory_for(self, rows):
        """What all steps that keep that many rows or more may take together, in times of work_mem."""
        return sum(times for kept, times in self.kept if kept >= rows)
