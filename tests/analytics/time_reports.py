"""The reports on when orders came and what became of them: by day, by hour, and stage by stage."""

from datetime import timedelta
from fractions import Fraction

from tests.analytics.books import days_between, months_between, total
from tests.analytics.exact import median, percent, ratio


def daily_sales(books):
    """Each day with an order that counts."""
    return [
        {
            "sale_date": day,
            "orders": len(orders),
            "revenue": books.money(sum(map(total, orders))),
            "unique_customers": len({order.customer_id for order in orders}),
        }
        for day, orders in orders_by_day(books).items()
        if orders
    ]


def orders_by_day(books):
    """The orders of every day from the first to the last that has one."""
    placed = {day: [] for day in days_between(books.day(order.created_at) for order in books.counted)}
    for order in books.counted:
        placed[books.day(order.created_at)].append(order)
    return placed


def rolling_sales(books):
    """Each day beside the week and the four weeks it ends, and beside the same day of eight weeks."""
    placed = orders_by_day(books)
    revenue = {day: sum(map(total, orders)) for day, orders in placed.items()}

    def before(day, count, step=1):
        """The revenue of so many days, each so many days before the last."""
        earlier = [day - timedelta(days=step * number) for number in range(count)]
        return [revenue[other] for other in earlier if other in revenue]

    def average(day, count):
        values = before(day, count)
        return books.average(sum(values), count) if len(values) == count else None

    def z(day):
        weeks = before(day - timedelta(days=7), 8, step=7)
        if len(weeks) < 8:
            return None
        usual = median(weeks)
        deviation = median([abs(Fraction(value) - usual) for value in weeks])
        return ratio(Fraction(revenue[day]) - usual, Fraction("1.4826") * deviation)

    return [
        {
            "sale_date": day,
            "orders": len(orders),
            "revenue": books.money(revenue[day]),
            "revenue_7d_avg": average(day, 7),
            "revenue_28d_avg": average(day, 28),
            "same_weekday_z": z(day),
        }
        for day, orders in placed.items()
    ]


def sales_by_hour(books):
    """Every hour of the week on the store's wall clock."""
    placed = {(weekday, hour): [] for weekday in range(1, 8) for hour in range(24)}
    for order in books.counted:
        clock = books.wall_clock(order.created_at)
        placed[clock.isoweekday(), clock.hour].append(order)
    return [
        {
            "iso_weekday": weekday,
            "hour": hour,
            "orders": len(orders),
            "revenue": books.money(sum(map(total, orders))),
        }
        for (weekday, hour), orders in placed.items()
    ]


def order_funnel(books):
    """How far the orders placed in each month ever got, cancelled ones included."""
    parcels = {order.order_id: [] for order in books.orders}
    for shipment in books.shipments:
        parcels[shipment.order_id].append(shipment)
    rows = []
    for month in months_between(books.month(order.created_at) for order in books.orders):
        orders = [order for order in books.orders if books.month(order.created_at) == month]
        paid = [order for order in orders if order.paid_at]
        shipped = [order for order in orders if parcels[order.order_id]]
        seconds_to_ship = [
            (min(parcel.shipped_at for parcel in parcels[order.order_id]) - order.created_at) // timedelta(seconds=1)
            for order in shipped
        ]
        typical = median(seconds_to_ship)
        rows.append(
            {
                "month": month,
                "placed": len(orders),
                "paid": len(paid),
                "shipped": len(shipped),
                "delivered": sum(any(parcel.delivered_at for parcel in parcels[order.order_id]) for order in orders),
                "cancelled": sum(order.status == "cancelled" for order in orders),
                "returned": sum(order.status == "returned" for order in orders),
                "paid_pct": percent(len(paid), len(orders)),
                "median_hours_to_ship": None if typical is None else ratio(typical, 3600),
            }
        )
    return rows
