"""A SKU is found by itself, in any case, whatever signs it is made of, and by any part of it."""

SKUS = [
    "KT-INS114-DRE", "9290810-1", "NOR.0707-60", "AA-100MM", "A/B-12", "-5", "12-34", "X_1", "C++", "100%", "OR", "AND",
    "NOT-1", "THE", "A1.B2.C3", "#42", "1.5", "1,5", "1E5", "A&B", 'K"9', "O'NEIL", "AB 12", "AB -12", "ÄÖ-1", "靴-1", "🎁1",
    "WWW.X.COM/9", "A@B.DE", "-X", "1:2", "A|B", "A!B", "2024-01-31", "0012", "+49-1", "<B>9</B>", "ẞ-1", "İ-9",
]  # fmt: skip


def found(store, query):
    return [sku for (sku,) in store.execute("SELECT sku FROM search_products(%s, 100)", [query])]


def test_each_is_found_as_it_stands_and_first(store):
    """Many are another's words as well; of each its own product is the first."""
    for sku in SKUS:
        store.execute("INSERT INTO products (sku, name, price) VALUES (upper(%s), 'zzz', 1)", [sku])
    for sku in SKUS:
        (stored,) = store.execute("SELECT upper(%s)", [sku]).fetchone()
        assert found(store, sku)[:1] == [stored]
        assert found(store, sku.lower())[:1] == [stored]


def test_every_part_of_three_characters_finds_it(store):
    store.execute("INSERT INTO products (sku, name, price) VALUES ('KT-INS114-DRE', 'zzz', 1)")
    plain = "KTINS114DRE"
    parts = [plain[start:end] for start in range(len(plain)) for end in range(start + 3, len(plain) + 1)]
    parts += [
        "KT-INS",
        "ins114-dre",
        "ins-114",
        "kt ins114",
        "KT INS 114 DRE",
        "kt/ins114",
        "K-T-I-N-S-114",
        "zzz ins114",
    ]
    assert [part for part in parts if found(store, part) != ["KT-INS114-DRE"]] == []
    assert [part for part in ["115", "ktx", "dree", "INS-DRE"] if found(store, part) != []] == []
