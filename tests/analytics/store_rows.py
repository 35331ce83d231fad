"""Rows of a store's tables, kept until they are written to one."""

COLUMNS = {
    "customers": "customer_id, email, created_at",
    "categories": "category_id, name, parent_id",
    "products": "product_id, sku, name, category_id, price, cost",
    "coupons": "coupon_code, kind, value, valid_from",
    "orders": """order_id, customer_id, status, prices_include_tax, subtotal, discount, shipping_fee,
        shipping_tax_rate, shipping_tax, tax, paid_amount, refunded_amount, coupon_code,
        ship_to_country, created_at, cancelled_at""",
    "order_items": """order_id, line_no, product_id, sku, product_name, unit_price, unit_cost,
        tax_rate, quantity, discount, tax, shipped_quantity, cancelled_quantity, returned_quantity""",
    "payments": "order_id, kind, amount, provider, provider_reference, created_at",
    "shipments": "shipment_id, order_id, carrier, shipped_at, delivered_at",
    "shipment_items": "shipment_id, order_id, line_no, quantity",
    "returns": "order_id, line_no, quantity, restocked, created_at",
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
