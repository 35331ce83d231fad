"""The list of mutations fits the code it is to be tried on; whether tests kill them is asked by hand (run.py)."""

import pytest

from tests.mutations.run import ROOT, mutations

LIST = mutations()


@pytest.mark.parametrize("mutation", LIST, ids=lambda mutation: mutation.name)
def test_a_mutation_can_be_applied_and_tried(mutation):
    """Whoever changes what it changes, or moves a test, changes the list too."""
    assert mutation.occurrences(ROOT) == 1
    assert mutation.text != mutation.becomes
    assert mutation.tests
    for test in mutation.tests:
        path, *names = test.split("::")
        assert (ROOT / path).exists(), test
        for name in names:
            assert f"def {name.partition('[')[0]}(" in (ROOT / path).read_text(encoding="utf-8"), test


def test_a_name_is_used_once():
    names = [mutation.name for mutation in LIST]
    assert len(set(names)) == len(names)


def test_sql_deployment_and_server_are_all_tried():
    tried = {mutation.file.split("/")[0] for mutation in LIST}
    assert tried == {"sql", "deployment", "deploy.py", "embedded_server.py"}
