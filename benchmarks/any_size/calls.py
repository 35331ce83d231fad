"""What is asked of a store of any size, and what of its history each call may read.

A call is of one day, month, product, order or customer, or of what is new: it reads the same however long the history.
Or it is a whole report, as one about a single customer's rank is, too: it compares all of them. Names in braces are found
by subjects.sql, the same in a short history and in a long one.
"""

FLAT = {
    "day": {
        "daily_sales": "SELECT * FROM daily_sales WHERE sale_date = '{day}'",
        "rolling_sales": "SELECT * FROM rolling_sales WHERE sale_date = '{day}'",
        "payment_reconciliation": "SELECT * FROM payment_reconciliation WHERE payment_date = '{day}'",
        "the day's events": "SELECT * FROM order_audit WHERE performed_at >= '{day}' AND performed_at < '{day}'::DATE + 1",
        "the day's orders": "SELECT * FROM orders WHERE created_at >= '{day}' AND created_at < '{day}'::DATE + 1",
    },
    "month": {
        "monthly_revenue": "SELECT * FROM monthly_revenue WHERE month = '{month}'",
        "sales_summary": "SELECT * FROM sales_summary WHERE month = '{month}'",
        "tax_summary": "SELECT * FROM tax_summary WHERE month = '{month}'",
        "vat_return": "SELECT * FROM vat_return WHERE month = '{month}'",
        "order_funnel": "SELECT * FROM order_funnel WHERE month = '{month}'",
        "dashboard_kpis": "SELECT * FROM dashboard_kpis",
    },
    "product": {
        "stock_movements": "SELECT * FROM stock_movements WHERE product_id = {product}",
        "inventory_valuation": "SELECT * FROM inventory_valuation WHERE product_id = {product}",
        "inventory_alerts": "SELECT * FROM inventory_alerts WHERE product_id = {product}",
        "return_rates": "SELECT * FROM return_rates WHERE product_id = {product}",
        "product_affinity": "SELECT * FROM product_affinity WHERE product_a_id = {product} OR product_b_id = {product}",
        "storefront_products": "SELECT * FROM storefront_products WHERE product_id = {product}",
        "price_at": "SELECT price_at({product}, now())",
        "prior_price": "SELECT prior_price({product}, now())",
        "search_products": "SELECT * FROM search_products('SKU-{product:07}')",
        "quote_order": "SELECT * FROM quote_order('{items}')",
        "receive_stock": "SELECT receive_stock({product}, 5, 'note')",
        "adjust_stock": "SELECT adjust_stock({product}, -1, 'damage')",
        "count_stock": "SELECT count_stock({product}, 500)",
    },
    "order": {
        "its rows": """SELECT * FROM orders JOIN order_items USING (order_id) LEFT JOIN shipment_items
            USING (order_id, line_no) WHERE order_id = {order}""",
        "order_backlog": "SELECT * FROM order_backlog",
        "refunds_due": "SELECT * FROM refunds_due",
        "receivables": "SELECT * FROM receivables",
        "document_lines": "SELECT * FROM documents JOIN document_lines USING (document_id) WHERE order_id = {order}",
        "document_corrections": "SELECT * FROM document_corrections WHERE document_id = {credit_note}",
        "order_number": "SELECT order_id_of(order_number({order}))",
        "place_order": "SELECT place_order({customer}, '{items}', 'key', NULL, {customer})",
        "record_payment": "SELECT record_payment({pending}, 'bank', 'b1', 10)",
        "release_order": "SELECT release_order({pending}, 'on account')",
        "redirect_order": "SELECT redirect_order({paid}, (SELECT customer_id FROM orders WHERE order_id = {paid}))",
        "change_hold": "SELECT change_hold({pending}, now() + INTERVAL '1 day')",
        "cancel_order": "SELECT cancel_order({paid}, 'changed my mind')",
        "ship_order": "SELECT ship_order({paid}, 'DHL', 'T1')",
        "deliver_order": "SELECT deliver_order({shipped})",
        "return_items": """SELECT return_items({order}, '[{{"line_no": 2, "quantity": 1}}]')""",
        "grant_allowance": "SELECT grant_allowance({order}, 1, 'goodwill')",
        "refund_order": "SELECT refund_order({order}, 'bank', 'r1', 1, 'goodwill', TRUE)",
        "record_chargeback": "SELECT record_chargeback({order}, 'bank', 'c1', 1)",
        "reverse_payment": "SELECT reverse_payment({payment}, 'wrong order', {pending})",
        "write_off": "SELECT record_chargeback({order}, 'bank', 'c2', 1), write_off({order}, 'hopeless')",
    },
    "customer": {
        "customer_overview": "SELECT * FROM customer_overview WHERE customer_id = {customer}",
        "register_customer": "SELECT register_customer('new@example.com', 'A', 'B')",
        "export_customer": "SELECT export_customer({customer})",
        "erase_customer": "SELECT erase_customer({customer})",
    },
    "nothing new": {
        "read_order_events": "SELECT * FROM read_order_events('anew', 10)",
        "acknowledge_order_events": "SELECT acknowledge_order_events('anew', 10)",
        "expire_unpaid_orders": "SELECT expire_unpaid_orders()",
        "monitor_tables": "SELECT * FROM monitor_tables",
        "monitor_indexes": "SELECT * FROM monitor_indexes",
        "monitor_sequences": "SELECT * FROM monitor_sequences",
        "issue_documents": "SELECT issue_documents()",
        "seal_audit": "SELECT seal_audit()",
        "refresh_daily_sales": "SELECT refresh_daily_sales()",
        "refresh_product_sales": "SELECT refresh_product_sales()",
        "run_maintenance": "SELECT run_maintenance()",
        "check_integrity": "SELECT * FROM check_integrity(now() - INTERVAL '1 hour')",
    },
}
# After twenty orders placed, each a transaction.
NEW = {
    "read_order_events": "SELECT count(*) FROM read_order_events('anew', 1000)",
    "seal_audit": "SELECT seal_audit()",
    "issue_documents": "SELECT issue_documents()",
    "daily_sales": "SELECT * FROM daily_sales WHERE sale_date >= current_date - 1",
    "monthly_revenue": "SELECT * FROM monthly_revenue WHERE month >= current_date - 31",
    "return_rates": "SELECT * FROM return_rates WHERE product_id = {product}",
    "refresh_daily_sales": "SELECT refresh_daily_sales()",
    "refresh_product_sales": "SELECT refresh_product_sales()",
    "run_maintenance": "SELECT run_maintenance()",
    "check_integrity": "SELECT * FROM check_integrity(now() - INTERVAL '1 hour')",
}
# The first of each reads everything, in memory that has an end.
FIRST = {
    "seal_audit": "SELECT seal_audit()",
    "store_manifest": "SELECT store_manifest()",
    "refresh_reports": "SELECT refresh_reports()",
    "issue_documents": "SELECT issue_documents()",
    "run_maintenance": "SELECT run_maintenance()",
}
# How often the table read most may be: once, and once more for the orders or lines that credits are of.
WHOLE = {
    "monthly_revenue": 1,
    "sales_summary": 1,
    "tax_summary": 1,
    "vat_return": 1,
    "customer_lifetime_value": 1,
    "customer_segments": 1,
    "cohort_retention": 2,
    "repeat_purchases": 1,
    "new_and_returning_revenue": 1,
    "product_rankings": 2,
    "style_rankings": 2,
    "category_revenue": 2,
    "return_rates": 2,
    "coupon_performance": 1,
    "order_funnel": 1,
    "rolling_sales": 1,
    "sales_by_hour": 1,
    "daily_sales": 1,
    "stock_movements": 1,
    "inventory_valuation": 1,
    "inventory_alerts": 1,
    "payment_reconciliation": 1,
    "customer_overview": 2,
    "storefront_products": 1,
    "storefront_styles": 1,
    "document_lines": 2,
    "document_corrections": 1,
    "product_affinity": 1,
    "mv_daily_sales": 1,
    # Each new order changes the share of every pair.
    "refresh_reports()": 2,
    # Every fact is read for each thing that must agree with it: months, hours and funnel too.
    "integrity_violations": 16,
    "verify_audit()": 5,
}
# These read the catalogue besides, or what is kept of each product or day, of which a longer history has more.
OF_SMALL_TABLES = {"dashboard_kpis", "check_integrity", "refresh_product_sales", "rolling_sales", "run_maintenance"}
