"""The reports with a row a month: revenue, what it is made of, its tax and who brought it."""

from datetime import datetime, time
from zoneinfo import ZoneInfo

from tests.analytics.books import amount, month_after, net, net_fee, total
from tests.analytics.exact import growth, rounded


def monthly_revenue(books):
    """Revenue and credits month by month, beside the month and the year before."""
    placed = {month: [] for month in books.months}
    for order in books.counted:
        placed[books.month(order.created_at)].append(order)
    revenue = {month: sum(map(total, orders)) for month, orders in placed.items()}
    credited = credited_by_month(books)
    return [
        {
            "month": month,
            "total_orders": len(orders),
            "unique_customers": len({order.customer_id for order in orders}),
            "revenue": books.money(revenue[month]),
            "credits": books.money(credited[month]),
            "net_revenue": books.money(revenue[month] - credited[month]),
            "average_order_value": books.average(revenue[month], len(orders)),
            "previous_revenue": books.money(revenue.get(month_after(month, -1))),
            "growth_pct": growth(revenue[month], revenue.get(month_after(month, -1))),
            "year_over_year_pct": growth(revenue[month], revenue.get(month_after(month, -12))),
            "year_to_date_revenue": books.money(
                sum(value for other, value in revenue.items() if other.year == month.year and other <= month)
            ),
            "is_partial": books.today < month_after(month),
        }
        for month, orders in placed.items()
    ]


def monthly_sales(books):
    """What the others begin with: the same sums, and of how many orders and customers."""
    zone = ZoneInfo(books.settings[0].time_zone)
    rows = []
    for summary in sales_summary(books):
        month = summary.pop("month")
        del summary["net_sales"]
        customers = [order.customer_id for order in books.counted if books.month(order.created_at) == month]
        rows.append(
            {
                "month": month,
                "ends_at": datetime.combine(month_after(month), time(), zone),
                "order_count": len(customers),
                "customer_count": len(set(customers)),
                **summary,
            }
        )
    return rows


def credited_by_month(books, kind=None):
    """What orders turned out to be worth less, in the month that showed it."""
    credited = dict.fromkeys(books.months, 0)
    for _, credit in books.credited:
        if kind in (None, credit.kind):
            credited[books.month(credit.created_at)] += amount(credit)
    return credited


def sales_summary(books):
    """From gross to net sales."""
    credited = {
        "cancelled_items": credited_by_month(books, "cancellation"),
        "returns": credited_by_month(books, "return"),
        "allowances": credited_by_month(books, "allowance"),
        "delivery_credits": credited_by_month(books, "delivery"),
    }
    rows = []
    for month in books.months:
        orders = [order for order in books.counted if books.month(order.created_at) == month]
        gross_sales = sum(order.subtotal for order in orders)
        discounts = sum(order.discount for order in orders)
        shipping = sum(order.shipping_fee for order in orders)
        tax_added = sum(order.tax for order in orders if not order.prices_include_tax)
        tax_included = sum(order.tax for order in orders if order.prices_include_tax)
        total_sales = gross_sales - discounts + shipping + tax_added
        taken_off = {column: by_month[month] for column, by_month in credited.items()}
        rows.append(
            {
                "month": month,
                "gross_sales": books.money(gross_sales),
                "discounts": books.money(discounts),
                "shipping": books.money(shipping),
                "tax_added": books.money(tax_added),
                "total_sales": books.money(total_sales),
                "tax_included": books.money(tax_included),
                **{column: books.money(value) for column, value in taken_off.items()},
                "net_sales": books.money(total_sales - sum(taken_off.values())),
            }
        )
    return rows


def tax_summary(books):
    """Tax by month, place, class and rate, over goods and deliveries, as ordered and as credited."""
    groups = {}

    def group(order, instant, taxed):
        """The sums of an order's place and of the class and rate of its line, or of its delivery."""
        if taxed is None:
            tax_class, rate = order.shipping_tax_class, order.shipping_tax_rate
        else:
            tax_class, rate = taxed.tax_class, taxed.tax_rate
        place = order.ship_to_country, order.ship_to_region
        empty = {"orders": set(), "net": 0, "tax": 0, "credited_net": 0, "credited_tax": 0}
        return groups.setdefault((books.month(instant), *place, tax_class, rate), empty)

    def sell(order, taxed, value, tax):
        sums = group(order, order.created_at, taxed)
        sums["orders"].add(order.order_id)
        sums["net"] += value
        sums["tax"] += tax

    for order, line in books.sold:
        sell(order, line, net(order, line), line.tax)
    for order in books.counted:
        if order.shipping_fee:
            sell(order, None, net_fee(order), order.shipping_tax)
    lines = {(line.order_id, line.line_no): line for _, line in books.sold}
    for order, credit in books.credited:
        taxed = None if credit.line_no is None else lines[credit.order_id, credit.line_no]
        sums = group(order, credit.created_at, taxed)
        sums["credited_net"] += credit.net
        sums["credited_tax"] += credit.tax
    return [
        {
            "month": month,
            "country_code": country,
            "region_code": region,
            "tax_class": tax_class,
            "tax_rate": rounded(rate, 5),
            "order_count": len(sums["orders"]),
            "taxable_amount": books.money(sums["net"]),
            "tax": books.money(sums["tax"]),
            "credited_net": books.money(sums["credited_net"]),
            "credited_tax": books.money(sums["credited_tax"]),
            "net_taxable": books.money(sums["net"] - sums["credited_net"]),
            "net_tax": books.money(sums["tax"] - sums["credited_tax"]),
        }
        for (month, country, region, tax_class, rate), sums in groups.items()
    ]


def vat_return(books):
    """Tax by documents: invoices, and credit notes whose lines are negative."""
    documents = {document.document_id: document for document in books.documents}
    groups = {}
    for line in books.document_lines:
        document = documents[line.document_id]
        place = document.country_code, document.region_code
        key = document.issued_on.replace(day=1), *place, line.tax_class, line.tax_rate
        empty = {"invoice": set(), "credit_note": set(), "net": 0, "tax": 0}
        group = groups.setdefault(key, empty)
        group[document.kind].add(document.document_id)
        group["net"] += line.net
        group["tax"] += line.tax
    return [
        {
            "month": month,
            "country_code": country,
            "region_code": region,
            "tax_class": tax_class,
            "tax_rate": rounded(rate, 5),
            "invoices": len(group["invoice"]),
            "credit_notes": len(group["credit_note"]),
            "net": books.money(group["net"]),
            "tax": books.money(group["tax"]),
        }
        for (month, country, region, tax_class, rate), group in groups.items()
    ]


def new_and_returning_revenue(books):
    """Who brought each month's revenue: those who ordered for the first time in it, or the others."""
    first_month = {customer: books.month(orders[0].created_at) for customer, orders in books.orders_of.items()}
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
                "new_revenue": books.money(sum(map(total, new))),
                "returning_customers": len({order.customer_id for order in returning}),
                "returning_revenue": books.money(sum(map(total, returning))),
            }
        )
    return rows
