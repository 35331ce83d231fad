"""The reports on customers: what each is worth, who comes back, and when."""

from datetime import date
from fractions import Fraction

from tests.analytics.books import amount, months_between, total
from tests.analytics.exact import median, percent, percentile, ranks, ratio, rounded

DAYS_IN_A_MONTH = Fraction("30.4375")


def net_revenue_of(books, customer, until=date.max):
    """What a customer brought up to the end of a month, each order and credit by its own date."""
    orders = books.orders_of.get(customer, [])
    revenue = sum(total(order) for order in orders if books.month(order.created_at) <= until)
    return revenue - sum(
        amount(credit)
        for order, credit in books.credited
        if order.customer_id == customer and books.month(credit.created_at) <= until
    )


def customer_lifetime_value(books):
    """Every customer, those without an order and the erased too."""
    everyone = [customer.customer_id for customer in books.customers]
    net_revenue = {customer: net_revenue_of(books, customer) for customer in everyone}
    rank = ranks(net_revenue)
    rows = []
    for customer in everyone:
        orders = books.orders_of.get(customer, [])
        revenue = sum(map(total, orders))
        tenure = (books.today - books.day(orders[0].created_at)).days if orders else 0
        rows.append(
            {
                "customer_id": customer,
                "order_count": len(orders),
                "revenue": books.money(revenue),
                "credits": books.money(revenue - net_revenue[customer]),
                "net_revenue": books.money(net_revenue[customer]),
                "average_order_value": books.average(revenue, len(orders)),
                "first_order_at": orders[0].created_at if orders else None,
                "last_order_at": orders[-1].created_at if orders else None,
                "tenure_days": tenure,
                "orders_per_month": ratio(len(orders) * DAYS_IN_A_MONTH, tenure),
                "net_revenue_rank": rank[customer],
                "net_revenue_decile": 1 + (rank[customer] - 1) * 10 // len(everyone),
            }
        )
    return rows


def customer_segments(books):
    """Customers with an order, by how lately, how often and for how much they bought."""
    recency = {
        customer: (books.today - books.day(orders[-1].created_at)).days for customer, orders in books.orders_of.items()
    }
    frequency = {customer: len(orders) for customer, orders in books.orders_of.items()}
    monetary = {customer: net_revenue_of(books, customer) for customer in books.orders_of}
    recency_score = scores(recency, worst=max)
    frequency_score = scores(frequency, worst=min)
    monetary_score = scores(monetary, worst=min)
    return [
        {
            "customer_id": customer,
            "recency_days": recency[customer],
            "frequency": frequency[customer],
            "monetary": books.money(monetary[customer]),
            "recency_score": recency_score[customer],
            "frequency_score": frequency_score[customer],
            "monetary_score": monetary_score[customer],
            "segment": segment(
                recency_score[customer],
                frequency_score[customer],
                monetary_score[customer],
                frequency[customer],
            ),
        }
        for customer in books.orders_of
    ]


def scores(values, worst):
    """A fifth of the customers each, 5 the best; equal values share the lower one's score."""
    return {customer: 1 + (rank - 1) * 5 // len(values) for customer, rank in ranks(values, best=worst).items()}


def segment(recency, frequency, monetary, orders):
    """The first name that fits the three scores and the number of orders."""
    if recency >= 4 and frequency >= 4 and monetary >= 4:
        return "champions"
    if recency >= 3 and frequency >= 4:
        return "loyal"
    if recency >= 4 and orders == 1:
        return "new"
    if recency >= 3:
        return "promising"
    if frequency >= 4 or monetary >= 4:
        return "at_risk"
    return "hibernating" if recency == 2 else "lost"


def cohort_retention(books):
    """Who first ordered in the same month, month by month since."""
    cohorts = {}
    for customer, orders in books.orders_of.items():
        cohorts.setdefault(books.month(orders[0].created_at), []).append(customer)
    this_month = books.today.replace(day=1)
    rows = []
    for cohort, customers in cohorts.items():
        if cohort > this_month:
            continue
        for since, month in enumerate(months_between([cohort, this_month])):
            active = [
                customer
                for customer in customers
                if any(books.month(order.created_at) == month for order in books.orders_of[customer])
            ]
            rows.append(
                {
                    "cohort_month": cohort,
                    "months_since": since,
                    "cohort_size": len(customers),
                    "active_customers": len(active),
                    "retention_pct": percent(len(active), len(customers)),
                    "cumulative_net_revenue": books.money(
                        sum(net_revenue_of(books, customer, month) for customer in customers)
                    ),
                }
            )
    return rows


def repeat_purchases(books):
    """Whether buyers come back, and after how many days."""
    days = [[books.day(order.created_at) for order in orders] for orders in books.orders_of.values()]
    gaps = [(after - before).days for ordered in days for before, after in zip(ordered, ordered[1:], strict=False)]
    long_known = [ordered for ordered in days if (books.today - ordered[0]).days >= 90]
    repeat_buyers = [ordered for ordered in days if len(ordered) > 1]
    soon = [ordered for ordered in long_known if len(ordered) > 1 and (ordered[1] - ordered[0]).days <= 90]
    return [
        {
            "buyers": len(days),
            "repeat_buyers": len(repeat_buyers),
            "repeat_rate_pct": percent(len(repeat_buyers), len(days)),
            "repeat_within_90_days_pct": percent(len(soon), len(long_known)),
            "median_days_between_orders": rounded(median(gaps)),
            "p90_days_between_orders": rounded(percentile(gaps, Fraction(9, 10))),
        }
    ]
