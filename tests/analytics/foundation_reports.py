"""What the other reports rest on: the store's day, what counts, and the months to show."""

from datetime import datetime, time
from zoneinfo import ZoneInfo

from tests.analytics.books import month_after, net, total
from tests.analytics.exact import rounded


def store_today(books):
    """The day on the store's clock."""
    return [{"time_zone": books.settings[0].time_zone, "today": books.today}]


def counted_lines(books):
    """Lines of orders that count, without tax."""
    return [
        {
            "order_id": order.order_id,
            "line_no": line.line_no,
            "product_id": line.product_id,
            "quantity": line.quantity,
            "returned_quantity": line.returned_quantity,
            "unit_cost": line.unit_cost,
            "tax_rate": line.tax_rate,
            "tax": line.tax,
            "net_value": rounded(net(order, line)),
            "ship_to_country": order.ship_to_country,
            "created_at": order.created_at,
        }
        for order, line in books.sold
    ]


def counted_refunds(books):
    """Money given or taken back on orders that count."""
    return [
        {
            "order_id": order.order_id,
            "customer_id": order.customer_id,
            "kind": payment.kind,
            "amount": payment.amount,
            "created_at": payment.created_at,
        }
        for order, payment in books.refunds
    ]


def report_months(books):
    """The months from the first to the last with an order that counts or a refund."""
    zone = ZoneInfo(books.settings[0].time_zone)
    return [
        {
            "month": month,
            "starts_at": datetime.combine(month, time(), zone),
            "ends_at": datetime.combine(month_after(month), time(), zone),
        }
        for month in books.months
    ]


def customer_months(books):
    """Who bought in each of the months, and for how much; nobody, where nobody did."""
    rows = []
    for month in report_months(books):
        orders = [order for order in books.counted if books.month(order.created_at) == month["month"]]
        for customer in {order.customer_id for order in orders} or {None}:
            owed = [total(order) for order in orders if order.customer_id == customer]
            rows.append(
                {
                    "month": month["month"],
                    "starts_at": month["starts_at"],
                    "customer_id": customer,
                    "revenue": rounded(sum(owed)) if owed else None,
                }
            )
    return rows
