"""docs/operations.md says how large an order is: measured again."""

import re

import pytest

from benchmarks.sizing import measure
from tests.operations.manual import section

TOLD = [int(figure.replace(",", "")) for figure in re.findall(r"\| ([\d,]+) bytes \|", section("How large it grows"))]


@pytest.mark.long
def test_an_order_is_as_large_as_the_page_says(start, repetitions):
    """Within a tenth: pages fill a little differently between versions. Full pages vary with the past."""
    server = start("sizing", **measure.SETTINGS)
    with measure.a_store(server) as database:
        grown = measure.bytes_on_disk(database, repetitions(10_000))
        logs = {name: measure.bytes_of_log(database, settings) for name, settings in measure.LOGS.items()}
    log, with_full_pages, compressed = [sum(steps.values()) for steps in logs.values()]
    assert [sum(map(sum, grown.values())), log] == [pytest.approx(told, rel=0.1) for told in TOLD]
    assert log < compressed < with_full_pages < 1.5 * log
