"""Rows of a store's tables, kept until they are written to one."""

COLUMNS = {
    "customers": "customer_id, email, created_at",
    "categories": "category_id, name, parent_id",
    "styles": "style_id, name, category_id, option_names",
    "products": "product_id, sku, name, category_id, price, cost, is_active, style_id, options",
    "stock_adjustments": "product_id, quantity, reason, created_at",
    "coupons": "coupon_code, kind, value, valid_from",
    "orders": """order_id, customer_id, status, prices_include_tax, decimals, subtotal, discount,
        shipping_fee, shipping_tax_class, shipping_tax_rate, shipping_tax, tax, paid_amount,
        refunded_amount, charged_back_amount, credited_amount, coupon_code, ship_to_country,
        ship_to_region, created_at, paid_at, released_at, written_off_at, cancelled_at,
        release_reason, write_off_reason, cancel_reason""",
    "order_items": """order_id, line_no, product_id, sku, product_name, unit_price, unit_cost,
        tax_class, tax_rate, quantity, discount, tax, shipped_quantity, cancelled_quantity,
        returned_quantity""",
    "payments": """payment_id, order_id, kind, amount, provider, provider_reference, of_payment_id,
        occurred_at, created_at""",
    "shipments": """shipment_id, order_id, carrier, shipped_at, delivered_at, delivery_net,
        delivery_tax""",
    "shipment_items": "shipment_id, order_id, line_no, quantity, net, tax",
    "returns": "order_id, line_no, shipment_id, quantity, restocked, created_at",
    "credits": """order_id, credit_no, line_no, kind, quantity, net, tax, is_supplied,
        created_at""",
    "documents": """document_id, kind, series, number, order_id, shipment_id, credit_no, issued_at,
        issued_on, country_code, region_code, seller, buyer, buyer_until""",
}


class StoreRows:
    """Rows by table, in the order the foreign keys ask for."""

    def __init__(self):
        self.tables = {table: [] for table in COLUMNS}

    def __getitem__(self, table):
        return self.tables[table]

    def add(self, table, *values):
        """Add a row, its values in the order of COLUMNS."""
        self.tables[table].append(values)

    def insert_into(self, connection):
        """Write them into an empty store, as its owner."""
        with connection.cursor() as cursor:
            for table, rows in self.tables.items():
                values = ", ".join(["%s"] * len(COLUMNS[table].split(",")))
                cursor.executemany(
                    f"INSERT INTO {table} ({COLUMNS[table]}) OVERRIDING SYSTEM VALUE VALUES ({values})",
                    rows,
                )
