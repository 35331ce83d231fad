"""The reports with a row a month: revenue, what it is made of, its tax and who brought it."""

from tests.analytics.books import month_after, total
from tests.analytics.exact import growth, ratio, rounded


def monthly_revenue(books):
    """Revenue and refunds month by month, beside the month and the year before."""
    placed = {month: [] for month in books.months}
    for order in books.counted:
        placed[books.month(order.created_at)].append(order)
    revenue = {month: sum(map(total, orders)) for month, orders in placed.items()}
    refunds = refunds_by_month(books, ("refund", "chargeback"))
    return [
        {
            "month": month,
            "total_orders": len(orders),
            "unique_customers": len({order.customer_id for order in orders}),
            "revenue": rounded(revenue[month]),
            "refunds": rounded(refunds[month]),
            "net_revenue": rounded(revenue[month] - refunds[month]),
            "average_order_value": ratio(revenue[month], len(orders)),
            "previous_revenue": rounded(revenue.get(month_after(month, -1))),
            "growth_pct": growth(revenue[month], revenue.get(month_after(month, -1))),
            "year_over_year_pct": growth(revenue[month], revenue.get(month_after(month, -12))),
            "year_to_date_revenue": rounded(
                sum(
                    value
                    for other, value in revenue.items()
                    if other.year == month.year and other <= month
                )
            ),
            "is_partial": books.today < month_after(month),
        }
        for month, orders in placed.items()
    ]


def refunds_by_month(books, kinds):
    """What was given back in each month, dated when it was."""
    given_back = dict.fromkeys(books.months, 0)
    for _, payment in books.refunds:
        if payment.kind in kinds:
            given_back[books.month(payment.created_at)] += payment.amount
    return given_back


def sales_summary(books):
    """From gross to net sales."""
    refunds = refunds_by_month(books, ("refund",))
    chargebacks = refunds_by_month(books, ("chargeback",))
    rows = []
    for month in books.months:
        orders = [order for order in books.counted if books.month(order.created_at) == month]
        gross_sales = sum(order.subtotal for order in orders)
        discounts = sum(order.discount for order in orders)
        shipping = sum(order.shipping_fee for order in orders)
        tax_added = sum(order.tax for order in orders if not order.prices_include_tax)
        tax_included = sum(order.tax for order in orders if order.prices_include_tax)
        total_sales = gross_sales - discounts + shipping + tax_added
        rows.append(
            {
                "month": month,
                "gross_sales": rounded(gross_sales),
                "discounts": rounded(discounts),
                "shipping": rounded(shipping),
                "tax_added": rounded(tax_added),
                "total_sales": rounded(total_sales),
                "tax_included": rounded(tax_included),
                "refunds": rounded(refunds[month]),
                "chargebacks": rounded(chargebacks[month]),
                "net_sales": rounded(total_sales - refunds[month] - chargebacks[month]),
            }
        )
    return rows


def tax_summary(books):
    """Tax by month, country and rate, over goods and shipping."""
    taxed = []  # (order, rate, amount with the tax where prices include it, tax)
    for order, line in books.sold:
        line_total = line.quantity * line.unit_price - line.discount
        taxed.append((order, line.tax_rate, line_total, line.tax))
    for order in books.counted:
        if order.shipping_fee:
            taxed.append((order, order.shipping_tax_rate, order.shipping_fee, order.shipping_tax))
    groups = {}
    for order, rate, amount, tax in taxed:
        key = books.month(order.created_at), books.country(order), rate
        group = groups.setdefault(key, {"orders": set(), "amount": 0, "tax": 0})
        group["orders"].add(order.order_id)
        group["amount"] += amount - tax if order.prices_include_tax else amount
        group["tax"] += tax
    return [
        {
            "month": month,
            "country_code": country,
            "tax_rate": rounded(rate, 5),
            "order_count": len(group["orders"]),
            "taxable_amount": rounded(group["amount"]),
            "tax": rounded(group["tax"]),
        }
        for (month, country, rate), group in groups.items()
    ]


def new_and_returning_revenue(books):
    """Who brought each month's revenue: those who ordered for the first time in it, or the others."""
    first_month = {
        customer: books.month(orders[0].created_at) for customer, orders in books.orders_of.items()
    }
    rows = []
    for month in books.months:
        new, returning = [], []
        for order in books.counted:
            if books.month(order.created_at) == month:
                (new if first_month[order.customer_id] == month else returning).append(order)
        rows.append(
            {
                "month": month,
                "new_customers": len({order.customer_id for order in new}),
                "new_revenue": rounded(sum(map(total, new))),
                "returning_customers": len({order.customer_id for order in returning}),
                "returning_revenue": rounded(sum(map(total, returning))),
            }
        )
    return rows
