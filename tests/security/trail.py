"""The audit trail: how tests seal it, tamper with it, and ask what is wrong with it."""

# What somebody may do to the trail who can switch the triggers off, and which batch and table then
# no longer fit. Sealed are three batches: the seed, one order, one more change of each table.
TAMPERINGS = {
    "an action": ("UPDATE order_audit SET action = 'refund' WHERE id = 1", 1, "order_audit"),
    "an order": ("UPDATE order_audit SET order_id = 2 WHERE id = 1", 1, "order_audit"),
    "an amount": (
        "UPDATE order_audit SET details = details || '{\"total\": 1.00}' WHERE id = 1", 1, "order_audit"
    ),
    "the digits of an amount": (
        "UPDATE order_audit SET details = '{\"total\": 171.600}' WHERE id = 1", 1, "order_audit"
    ),
    "for whom": ("UPDATE order_audit SET customer_id = 2 WHERE id = 1", 1, "order_audit"),
    "for whom it was changed": ("UPDATE audit_log SET customer_id = 2 WHERE id = 1", 1, "audit_log"),
    "who sold": ("UPDATE order_audit SET performed_by = 'test_staff' WHERE id = 1", 1, "order_audit"),
    "when, by a microsecond": (
        "UPDATE order_audit SET performed_at = performed_at + INTERVAL '1 us' WHERE id = 1",
        1, "order_audit",
    ),
    "the transaction of a sale": ("UPDATE order_audit SET transaction_id = '3' WHERE id = 1", 1, "order_audit"),
    "the number of a row": (
        """WITH renumbered AS (DELETE FROM order_audit WHERE id = 1 RETURNING *)
        INSERT INTO order_audit OVERRIDING SYSTEM VALUE
        SELECT 100000, order_id, action, details, performed_by, customer_id, performed_at, transaction_id
        FROM renumbered""", 1, "order_audit",
    ),
    "a deleted row": ("DELETE FROM order_audit WHERE id = 5", 1, "order_audit"),
    "two rows swapped": (
        """UPDATE order_audit AS a SET order_id = b.order_id, details = b.details FROM order_audit AS b
        WHERE (a.id, b.id) IN ((1, 2), (2, 1))""", 1, "order_audit",
    ),
    "a row slipped in": (
        """INSERT INTO order_audit (order_id, action, transaction_id)
        SELECT 1, 'paid', transaction_id FROM order_audit WHERE id = 1""", 3, "order_audit",
    ),
    "a row slipped into the log": (
        """INSERT INTO audit_log (table_name, operation, transaction_id)
        SELECT 'x', 'TRUNCATE', transaction_id FROM audit_log WHERE id = 1""", 3, "audit_log",
    ),
    "a copy of a row in another month": (
        """INSERT INTO audit_log OVERRIDING SYSTEM VALUE SELECT id, table_name, operation, row_key,
        old_row, new_row, changed_by, customer_id, changed_at - INTERVAL '1 year', transaction_id
        FROM audit_log WHERE id = 1""", 1, "audit_log",
    ),
    "which table": ("UPDATE audit_log SET table_name = 'orders' WHERE id = 1", 1, "audit_log"),
    "what was done": ("UPDATE audit_log SET operation = 'DELETE', old_row = new_row, new_row = NULL "
                      "WHERE id = 2", 1, "audit_log"),
    "which row": ("UPDATE audit_log SET row_key = '{\"customer_id\": 2}' WHERE id = 1", 1, "audit_log"),
    "what was there before": ("UPDATE audit_log SET old_row = '{}' WHERE id = 1", 1, "audit_log"),
    "what was there after": ("UPDATE audit_log SET new_row = '{}' WHERE id = 1", 1, "audit_log"),
    "who changed": ("UPDATE audit_log SET changed_by = 'x' WHERE id = 1", 1, "audit_log"),
    "a change moved to another month": (
        "UPDATE audit_log SET changed_at = '2020-01-01' WHERE id = 1", 1, "audit_log"
    ),
    "a field shifted into the next": (
        "UPDATE audit_log SET table_name = table_name || E'\\n' || operation WHERE id = 1", 1, "audit_log"
    ),
    "the transaction of a change": ("UPDATE audit_log SET transaction_id = '3' WHERE id = 1", 1, "audit_log"),
    "a change that never was": ("DELETE FROM audit_log WHERE id = 3", 1, "audit_log"),
    "a whole batch": ("DELETE FROM order_audit WHERE order_id = 46", 2, "order_audit"),
    "all of the log": ("DELETE FROM audit_log", 1, "audit_log"),
    "the first seal deleted": ("DELETE FROM audit_seals WHERE batch = 1", 2, "audit_seals"),
    "a seal deleted": ("DELETE FROM audit_seals WHERE batch = 2", 3, "audit_seals"),
    "a seal deleted, the next renumbered": (
        "DELETE FROM audit_seals WHERE batch = 2; UPDATE audit_seals SET batch = 2 WHERE batch = 3",
        2, "audit_seals",
    ),
    "a seal's head": ("UPDATE audit_seals SET head = sha256('x') WHERE batch = 2", 2, "audit_seals"),
    "a seal's digest": (
        "UPDATE audit_seals SET digests = digests || '{\"order_audit\": \"x\"}' WHERE batch = 2",
        2, "audit_seals",
    ),
    "a row and the digest over it": (
        """UPDATE order_audit SET performed_by = 'x' WHERE order_id = 46;
        UPDATE audit_seals SET digests = _audit_digests(order_audit_ids, audit_log_ids)""",
        2, "audit_seals",
    ),
    "a row and the seal over it": (
        """UPDATE order_audit SET performed_by = 'x' WHERE order_id = 46;
        UPDATE audit_seals SET digests = _audit_digests(order_audit_ids, audit_log_ids);
        UPDATE audit_seals AS s SET head = _audit_seal_head(
            (SELECT p.head FROM audit_seals AS p WHERE p.batch = s.batch - 1), batch, order_audit_ids,
            audit_log_ids, digests, snapshot, system_identifier, sealed_at
        ) WHERE s.batch = 2""",
        3, "audit_seals",
    ),
    "rows a seal holds": ("UPDATE audit_seals SET audit_log_ids = '{}' WHERE batch = 3", 3, "audit_seals"),
    "a month a seal tells of": (
        "UPDATE audit_seals SET digests = digests || '{\"audit_log 2000-01\": \"x\"}' WHERE batch = 1",
        1, "audit_seals",
    ),
    "a payment": ("UPDATE payments SET amount = amount + 30 WHERE payment_id = 1", 1, "payments"),
    "a payment in ledger and order": (
        """UPDATE payments SET amount = 40 WHERE payment_id = 1;
        UPDATE orders SET paid_amount = 40 WHERE order_id = 1""", 1, "payments",
    ),
    "whose payment": ("UPDATE payments SET order_id = 2 WHERE payment_id = 1", 1, "payments"),
    "what kind of payment": ("UPDATE payments SET kind = 'refund' WHERE payment_id = 1", 1, "payments"),
    "who moved the money": ("UPDATE payments SET provider = 'x' WHERE payment_id = 1", 1, "payments"),
    "a payment's reference": (
        "UPDATE payments SET provider_reference = 'x' WHERE payment_id = 1", 1, "payments"
    ),
    "when it was paid": (
        "UPDATE payments SET occurred_at = occurred_at - INTERVAL '1 us' WHERE payment_id = 1", 1, "payments"
    ),
    "when a payment was recorded": (
        "UPDATE payments SET created_at = created_at + INTERVAL '1 us' WHERE payment_id = 1", 1, "payments"
    ),
    "a deleted payment": ("DELETE FROM payments WHERE payment_id = 1", 1, "payments"),
    "a payment nobody tells of": (
        """INSERT INTO payments (order_id, kind, amount, provider, provider_reference)
        VALUES (1, 'charge', 1, 'x', 'x')""", 3, "payments",
    ),
    "a credit": ("UPDATE credits SET net = net + 1 WHERE credit_id = 1", 1, "credits"),
    "a credit's tax": ("UPDATE credits SET net = net + tax, tax = 0 WHERE credit_id = 1", 1, "credits"),
    "what a credit was for": (
        "UPDATE credits SET kind = 'allowance', quantity = NULL WHERE credit_id = 1", 1, "credits"
    ),
    "what a credit takes from": (
        """UPDATE credits SET kind = 'cancellation', is_supplied = FALSE
        WHERE credit_id = 1""", 1, "credits",
    ),
    "when it was credited": (
        "UPDATE credits SET created_at = created_at - INTERVAL '1 month' WHERE credit_id = 1", 1, "credits"
    ),
    "a deleted credit": ("DELETE FROM credits WHERE credit_id = 1", 1, "credits"),
    "a credit nobody tells of": (
        """INSERT INTO credits (order_id, credit_no, line_no, kind, net, tax, is_supplied)
        VALUES (1, 9, 1, 'allowance', 1, 0, TRUE)""", 3, "credits",
    ),
    "a row of the future": (
        """INSERT INTO order_audit (order_id, action, transaction_id)
        VALUES (1, 'paid', '9000000000000000000')""", 3, "order_audit",
    ),
    "a change of the future": (
        """INSERT INTO audit_log (table_name, operation, transaction_id)
        VALUES ('x', 'TRUNCATE', '9000000000000000000')""", 3, "audit_log",
    ),
    "when a seal was made": ("UPDATE audit_seals SET sealed_at = '2020-01-01' WHERE batch = 1", 1, "audit_seals"),
    "what a seal could see": ("UPDATE audit_seals SET snapshot = '3:3:' WHERE batch = 3", 3, "audit_seals"),
    "where a seal was made": ("UPDATE audit_seals SET system_identifier = 1 WHERE batch = 3", 3, "audit_seals"),
    "who sold, on a document": (
        "UPDATE documents SET seller = seller || '{\"vat_id\": \"X\"}' WHERE document_id = 1", 1, "documents",
    ),
    "a document's day": ("UPDATE documents SET issued_on = issued_on + 1 WHERE document_id = 37", 1, "documents"),
    "two numbers swapped": (
        """UPDATE documents SET number = 900 WHERE document_id = 1;
        UPDATE documents SET number = 1 WHERE document_id = 2;
        UPDATE documents SET number = 2 WHERE document_id = 1""", 1, "documents",
    ),
    "a document that never was": ("DELETE FROM documents WHERE document_id = 37", 1, "documents"),
    "a document nobody told of": (
        """INSERT INTO documents (kind, series, number, order_id, shipment_id, issued_at, issued_on, country_code,
            seller, buyer, buyer_until)
        SELECT kind, 'OLD', 1, 1, 1, issued_at, issued_on, country_code, seller, buyer, buyer_until
        FROM documents WHERE document_id = 1""", 3, "documents",
    ),
}  # fmt: skip
VERIFY = "SELECT batch, table_name FROM verify_audit()"


def seal_three_times(owner):
    """Seal the seed, an order, and a change of each table."""
    heads = [seal(owner)]
    owner.execute("""SELECT place_order(1, '[{"product_id": 5, "quantity": 1}]')""")
    heads.append(seal(owner))
    owner.execute("UPDATE customers SET is_vip = NOT is_vip WHERE customer_id < 4")
    owner.execute("SELECT cancel_order(46, 'changed my mind')")
    heads.append(seal(owner))
    assert heads == heads_of(owner)


def not_found(superuser):
    """The kinds of tampering that verify_audit() does not find where they were done."""
    wrong = {}
    for kind, (tampering, batch, table) in TAMPERINGS.items():
        with superuser.transaction(force_rollback=True):
            superuser.execute("SET LOCAL session_replication_role = replica")
            superuser.execute(tampering)
            found = superuser.execute(VERIFY).fetchall()
        if found != [(batch, table)]:
            wrong[kind] = found
    return wrong


def seal(session):
    """Seal, and return the head."""
    return session.execute("SELECT seal_audit()").fetchone()[0]


def heads_of(session):
    """The heads of the chain, as somebody may have kept them."""
    query = "SELECT encode(head, 'hex') FROM audit_seals ORDER BY batch"
    return [head for (head,) in session.execute(query)]


def unsealed(session):
    """How many audit rows are in no seal."""
    query = """
        SELECT
            (SELECT count(*) FROM audit_log
                WHERE NOT id <@ (SELECT range_agg(audit_log_ids) FROM audit_seals))
            + (SELECT count(*) FROM order_audit
                WHERE NOT id <@ (SELECT range_agg(order_audit_ids) FROM audit_seals))
    """
    return session.execute(query).fetchone()[0]
