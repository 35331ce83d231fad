"""The statements that make a fact of the catalog so, and that undo it, by what the fact says.

Most follow from the fact itself; of those that do not, fingerprint/ gives the one that makes it so.
"""

import json
import re

# {object} is `TABLE store.orders`, {name} `store.orders`, {part} a part's own name; {target} is what
# ALTER names, {of} what COMMENT ON does; {word} is the value as SQL says it.
REMEDIES = {
    "itself": ("", "DROP {object}"),
    "owner": ("ALTER {object} OWNER TO {value}", ""),
    "comment": ("COMMENT ON {of} IS {literal}", "COMMENT ON {of} IS NULL"),
    "privilege *": ("GRANT {right} TO {role}{grantable}", "REVOKE {right} FROM {role}"),
    "option *": ("ALTER {target} SET ({last} = {literal})", "ALTER {target} RESET ({last})"),
    "materialized view: definition": ("", "DROP {object}"),
    "never filled": ("", "REFRESH {object}"),
    "persistence": ("ALTER {object} SET {word}", ""),
    "row security": ("ALTER {object} ENABLE ROW LEVEL SECURITY", "ALTER {object} DISABLE ROW LEVEL SECURITY"),
    "forced row security": ("ALTER {object} FORCE ROW LEVEL SECURITY", "ALTER {object} NO FORCE ROW LEVEL SECURITY"),
    "replica identity": ("ALTER TABLE {name} REPLICA IDENTITY {word}", ""),
    "owned by": ("ALTER {object} OWNED BY {value}", "ALTER {object} OWNED BY NONE"),
    "column *": ("", "ALTER TABLE {name} DROP COLUMN {part}"),
    "type": ("ALTER {target} TYPE {value}", ""),
    "not null": ("ALTER {target} SET NOT NULL", "ALTER {target} DROP NOT NULL"),
    "default": ("ALTER {target} SET DEFAULT {value}", "ALTER {target} DROP DEFAULT"),
    "identity": (
        "ALTER {target} ADD GENERATED {word} AS IDENTITY; "
        "SELECT setval(pg_get_serial_sequence('{name}', '{part}'), max({part})) FROM {name}",
        "ALTER {target} DROP IDENTITY",
    ),
    "storage": ("ALTER {target} SET STORAGE {word}", ""),
    "compression": ("ALTER {target} SET COMPRESSION {word}", "ALTER {target} SET COMPRESSION DEFAULT"),
    "statistics": ("ALTER {target} SET STATISTICS {value}", "ALTER {target} SET STATISTICS -1"),
    "statistics *": ("", "DROP STATISTICS {schema}.{part}"),
    "constraint *": ("ALTER {target} ADD CONSTRAINT {part} {value}", "ALTER {target} DROP CONSTRAINT {part}"),
    "not valid": ("", "ALTER TABLE {name} VALIDATE CONSTRAINT {part}"),
    "index *": ("{value}", "DROP INDEX {part}"),
    "trigger *": ("{value}", "DROP TRIGGER {part} ON {name}"),
    "enabled": ("ALTER TABLE {name} {word} TRIGGER {part}", ""),
    "policy *": ("CREATE POLICY {part} ON {name} {value}", "DROP POLICY {part} ON {name}"),
    "rule *": ("", "DROP RULE {part} ON {name}"),
    "row *": (
        "{pause}; INSERT INTO {name} ({columns}) SELECT {columns}"
        " FROM jsonb_populate_record(NULL::{name}, {row}); {resume}",
        "{pause}; DELETE FROM {name} AS line WHERE to_jsonb(line) @> {row}; {resume}",
    ),
}
WORDS = {
    "persistence": {"u": "UNLOGGED", "p": "LOGGED"},
    "replica identity": {"d": "DEFAULT", "f": "FULL", "i": "DEFAULT", "n": "NOTHING"},
    "identity": {"a": "ALWAYS", "d": "BY DEFAULT"},
    "storage": {"e": "EXTERNAL", "m": "MAIN", "p": "PLAIN", "x": "EXTENDED"},
    "compression": {"l": "lz4", "p": "pglz"},
    "enabled": {"A": "ENABLE ALWAYS", "D": "DISABLE", "O": "ENABLE", "R": "ENABLE REPLICA"},
}
# `column "a: b": type` in two: what others have named may say anything between its quotes.
WHOLE_AND_DETAIL = re.compile(r'((?:"[^"]*"|[^":]|:(?! ))*)(?:: )?(.*)', re.DOTALL)
DEFAULT_PRIVILEGE = re.compile(r"default privilege (\w+) on (.) for (.+) of (.+?)( everywhere)?")
OBJECT_CLASSES = {"r": "TABLES", "S": "SEQUENCES", "f": "FUNCTIONS", "T": "TYPES"}


def remedies(schema: str, object_name: str, what: str, value: str) -> tuple[str | None, str | None]:
    """What makes it so, and what undoes it; the names are those the catalog gives, with their schema."""
    if found := DEFAULT_PRIVILEGE.fullmatch(what):
        privilege, object_class, grantee, owner, is_everywhere = found.groups()
        where = "" if is_everywhere else f" IN SCHEMA {schema}"
        revoke = f"REVOKE {privilege} ON {OBJECT_CLASSES[object_class]} FROM {grantee}"
        return None, f"ALTER DEFAULT PRIVILEGES FOR ROLE {owner}{where} {revoke}"
    whole, detail = whole_and_detail(what)
    head, _, part = whole.partition(" ")
    tail = detail or whole
    first, _, last = tail.partition(" ")
    kind, _, name = object_name.partition(f" {schema}.")
    key = next((key for key in (f"{kind}: {tail}", tail, f"{first} *") if key in REMEDIES), None)
    if key is None or head in ("partition", "partitions"):
        return None, None
    name = f"{schema}.{name}" if name else schema
    named = f"{kind.upper()} {name}"
    grantable = {"aggregate": f"FUNCTION {name}"} | dict.fromkeys(
        ("function", "procedure", "schema", "sequence", "type"), named
    )
    privilege, _, role = last.partition(" for ")
    column = f" ({part})" if detail and head == "column" else ""
    parts = {"column": f"COLUMN {name}.{part}", "statistics": f"STATISTICS {schema}.{part}"}
    parts |= dict.fromkeys(("index", "sequence"), f"{head.upper()} {part}")
    fields = {
        "object": named,
        "name": name,
        "schema": schema,
        "part": part,
        "last": last,
        "value": value,
        "literal": quoted(value),
        "row": quoted(last),
        "columns": ", ".join(json.loads(last)) if key == "row *" else "",
        "pause": f"ALTER TABLE {name} DISABLE TRIGGER USER",
        "resume": f"ALTER TABLE {name} ENABLE TRIGGER USER",
        "word": WORDS.get(tail, {}).get(value),
        "target": f"DOMAIN {name}" if kind == "type" else f"TABLE {name} ALTER COLUMN {part}" if column else named,
        "of": parts.get(head, f"{head.upper()} {part} ON {'DOMAIN ' * (kind == 'type')}{name}") if detail else named,
        "right": f"{privilege}{column} ON {parts['sequence'] if head == 'sequence' else grantable.get(kind, name)}",
        "role": role,
        "grantable": " WITH GRANT OPTION" if value == "grantable" else "",
    }
    make, unmake = (way.format(**fields) or None for way in REMEDIES[key])
    return make, unmake


def whole_and_detail(what: str) -> tuple[str, str]:
    """`column c: type` as `column c` and `type`; a row has no details."""
    found = WHOLE_AND_DETAIL.fullmatch(what)
    return (found[1], found[2]) if found and not what.startswith("row {") else (what, "")


def quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
