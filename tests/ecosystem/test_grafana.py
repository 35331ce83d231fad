"""The dashboards are what Grafana's schema says, as its Foundation SDK has it: each key known, each value of the key's type."""

import enum
import json
import types
import typing

import pytest

from tests.documentation.manual_pages import ROOT

pytestmark = pytest.mark.needs_ecosystem

SOURCES = sorted((ROOT / "docs" / "grafana").glob("*.json"))


@pytest.fixture
def read():
    from grafana_foundation_sdk.cog.plugins import register_default_plugins
    from grafana_foundation_sdk.models.dashboard import Dashboard

    register_default_plugins()
    return Dashboard.from_json


def faults(source, read):
    """Paths of what the schema does not know, or has of another type."""
    from grafana_foundation_sdk.cog.encoder import JSONEncoder

    dashboard = read(source)
    return [
        *lost(source, json.loads(json.dumps(dashboard, cls=JSONEncoder)), ""),
        *misfits(dashboard, type(dashboard), ""),
    ]


def lost(given, kept, path):
    """What did not come back from being read: a key that the schema has not."""
    if isinstance(given, dict) and isinstance(kept, dict):
        for key, value in given.items():
            yield from lost(value, kept[key], f"{path}/{key}") if key in kept else [f"{path}/{key}"]
    elif isinstance(given, list) and isinstance(kept, list) and len(given) == len(kept):
        for place, pair in enumerate(zip(given, kept, strict=True)):
            yield from lost(*pair, f"{path}/{place}")
    elif given != kept:
        yield path


def misfits(value, hint, path):
    """What is not of the type that the schema's class declares."""
    origin, within = typing.get_origin(hint), typing.get_args(hint)
    if origin in (typing.Union, types.UnionType):
        return min((misfits(value, one, path) for one in within), key=len)
    if origin is typing.Literal:
        return [] if value in within else [path]
    if hint is object:  # a panel's options and a query: of the panel's and the source's own class
        return misfits(value, type(value), path) if hasattr(value, "from_json") else []
    if hint is float and type(value) is int:
        return []
    kind = origin or hint
    if issubclass(kind, enum.Enum):
        return [] if value in [one.value for one in kind] else [path]
    if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
        return [path]
    parts = []
    if kind is list:
        parts = [(place, one, within[0]) for place, one in enumerate(value)]
    elif kind is dict:
        parts = [(key, one, within[1]) for key, one in value.items()]
    elif hasattr(kind, "from_json"):
        parts = [(name, getattr(value, name), one) for name, one in typing.get_type_hints(kind).items()]
    return [fault for name, one, declared in parts for fault in misfits(one, declared, f"{path}/{name}")]


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.stem)
def test_grafana_knows_every_key_and_takes_every_value(source, read):
    assert faults(json.loads(source.read_text()), read) == []


@pytest.mark.parametrize(
    ("panel", "found"),
    [
        ({"tittle": "misspelt"}, ["/panels/0/tittle"]),
        ({"title": 5}, ["/panels/0/title"]),
        ({"gridPos": {"x": "left"}}, ["/panels/0/grid_pos/x"]),
        ({"options": {"orientation": "sideways"}}, ["/panels/0/options/orientation"]),
    ],
)
def test_a_dashboard_that_grafana_would_not_take_is_found(panel, found, read):
    dashboard = json.loads(SOURCES[0].read_text())
    [first, *_] = dashboard["panels"]
    first |= {key: first[key] | value if isinstance(value, dict) else value for key, value in panel.items()}
    assert faults(dashboard, read) == found
