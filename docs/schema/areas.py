"""The parts the schema falls into: which table belongs where, and what each part is about."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Area:
    """A diagram's worth of tables, in the order they are best read."""

    title: str
    about: str
    tables: tuple[str, ...]


AREAS = [
    Area(
        "The store and its catalogue",
        "What is sold, where to, at what price and tax. `products.price` is today's regular price; every "
        "earlier one stays in `price_history`, and of it and a sale of `sale_prices` the lower applies. "
        "A product may be a variant of one of the `styles`.",
        (
            "store_settings",
            "countries",
            "tax_classes",
            "tax_rates",
            "categories",
            "styles",
            "products",
            "price_history",
            "sale_prices",
        ),
    ),
    Area(
        "Stock",
        "One row of `inventory` a product: what lies on the shelf, and what of it is promised. Why "
        "it is as much as it is says the view `stock_movements`.",
        ("inventory", "stock_adjustments"),
    ),
    Area(
        "Customers and addresses",
        "Who buys. Personal data stands here, in the snapshots `orders.ship_to` and `bill_to`, and "
        "may stand in reasons; `erase_customer` empties them all.",
        ("customers", "addresses"),
    ),
    Area(
        "Orders, worth and money",
        "What was ordered, at the prices of that moment; what it is worth less since, in `credits`; "
        "and every movement of money, in `payments`: charges, refunds, chargebacks and reversals "
        "alike. `orders.balance` is where worth and money meet.",
        ("orders", "unsettled_orders", "order_items", "credits", "payments", "coupons", "order_transitions"),
    ),
    Area(
        "Parcels and returns",
        "What left, what it was worth, and what came back, line by line. An order may leave in several parcels.",
        ("shipments", "shipment_items", "returns"),
    ),
    Area(
        "Invoices and credit notes",
        "Who sold what to whom, numbered without a gap. Lines are the views `document_lines` and "
        "`document_corrections`, over rows of parcels and credits, which never change.",
        ("documents",),
    ),
    Area(
        "Audit and event feed",
        "What happened and who did it: `order_audit` for an order's life, `audit_log` for "
        "everything else. Nobody changes or deletes a row, and seals show it if somebody did.",
        ("order_audit", "audit_log", "audit_seals", "order_event_positions", "order_event_consumers", "watermarks"),
    ),
    Area(
        "Stored sums",
        "What reports would else add up from every line ever sold, as of the last refresh; what has changed since "
        "they find in the audit trail.",
        (
            "product_sales_rollup",
            "category_orders_rollup",
            "monthly_sales_rollup",
            "hourly_sales_rollup",
            "order_funnel_rollup",
            "product_pairs_rollup",
        ),
    ),
    Area(
        "Inside the machine",
        "What the store keeps for itself: no group role reads these tables.",
        ("call_keys", "signing_keys", "order_number_key", "deployed_files", "deployed_objects", "deploy_log"),
    ),
]

# What a diagram shows of a table beside its keys: what the table is there for.
TELLING_COLUMNS = {
    "store_settings": ("currency", "time_zone", "prices_include_tax"),
    "countries": ("name", "is_served"),
    "tax_rates": ("rate",),
    "products": ("name", "price", "is_active"),
    "styles": ("name", "option_names"),
    "price_history": ("price",),
    "sale_prices": ("price", "valid_from", "valid_until"),
    "inventory": ("on_hand", "reserved", "available"),
    "stock_adjustments": ("quantity", "reason"),
    "customers": ("is_vip", "erased_at"),
    "addresses": ("country_code", "region_code"),
    "orders": ("status", "total", "balance", "payment_status"),
    "order_items": ("quantity", "unit_price", "line_total"),
    "credits": ("kind", "amount"),
    "payments": ("kind", "amount"),
    "coupons": ("kind", "value"),
    "shipments": ("shipped_at", "delivered_at"),
    "shipment_items": ("quantity", "net", "tax"),
    "returns": ("quantity", "restocked"),
    "documents": ("kind", "series", "number", "issued_on"),
    "order_audit": ("action", "performed_by"),
    "audit_log": ("table_name", "operation"),
    "order_event_consumers": ("acknowledged_position",),
    "product_sales_rollup": ("units_sold", "revenue"),
    "category_orders_rollup": ("order_count",),
    "monthly_sales_rollup": ("order_count", "total_sales"),
    "hourly_sales_rollup": ("order_counts", "revenues"),
    "order_funnel_rollup": ("placed", "shipped"),
    "product_pairs_rollup": ("order_count",),
}

# Functions that no group role may call and yet somebody outside the store does: its owner, or the
# login of a scheduler.
FOR_OWNER_AND_SCHEDULER = (
    "run_maintenance",
    "seal_audit",
    "store_manifest",
    "set_signing_key",
    "retire_signing_key",
)
