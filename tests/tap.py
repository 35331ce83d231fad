"""Reads the Test Anything Protocol as pgTAP writes it and says what failed.

A stream is good only if it has exactly one plan, every planned test reported in order, each of them
`ok`, and the program that wrote it ended well. Lines that are no TAP (psql prints the result of
every SELECT of a test) are passed over.
"""

import re

PLAN = re.compile(r"1\.\.(?P<count>\d+)$")
TEST = re.compile(r"(?P<failed>not )?ok (?P<number>\d+)(?: - (?P<description>.*))?$")
BAIL_OUT = re.compile(r"Bail out!\s*(?P<reason>.*)$")


def failures(output: str, exit_status: int = 0, errors: str = "") -> list[str]:
    """What failed in a TAP stream, a text each; empty when all is well."""
    found: list[str] = []
    plans: list[int] = []
    ran = 0
    diagnosed = False  # whether a `#` line belongs to a failure listed just before
    for line in output.splitlines():
        if plan := PLAN.match(line):
            plans.append(int(plan["count"]))
            diagnosed = False
        elif test := TEST.match(line):
            ran += 1
            diagnosed = bool(test["failed"])
            if int(test["number"]) != ran:
                found.append(f"test {test['number']} was reported where {ran} was due")
                ran = int(test["number"])
            if diagnosed:
                found.append(f"not ok {ran} - {test['description'] or '(no description)'}")
        elif bail_out := BAIL_OUT.match(line):
            found.append(f"bailed out: {bail_out['reason'] or '(no reason given)'}")
            diagnosed = False
        elif line.startswith("#") and diagnosed:
            found[-1] += f"\n    {line}"
    found += plan_failures(plans, ran)
    if exit_status != 0:
        found.append(f"psql ended with exit status {exit_status}\n{errors.strip()}".strip())
    return found


def plan_failures(plans: list[int], ran: int) -> list[str]:
    """What is wrong with the plan, given how many tests ran."""
    if not plans:
        return ["no plan: the file must SELECT plan(n) first"]
    if len(plans) > 1:
        return ["more than one plan"]
    if plans[0] == 0:
        return ["an empty plan tests nothing"]
    if plans[0] != ran:
        return [f"planned {plans[0]} tests but ran {ran}"]
    return []
