"""The views of the shop's desk: what waits, who owes whom, what to order, how the month is going."""

from collections import Counter
from datetime import timedelta
from fractions import Fraction
from math import ceil

from tests.analytics.books import amount, month_after, total, units_sold
from tests.analytics.exact import growth, rounded

OPEN = ("pending", "paid", "shipped")


def balance(books, order):
    """What the customer owes, or, below 0, is owed: worth less the money that stayed."""
    worth = 0
    if order.status != "cancelled":
        worth = total(order) - sum(amount(credit) for credit in of_order(books.credits, order))
    return worth - sum(
        payment.amount if payment.kind == "charge" else -payment.amount for payment in of_order(books.payments, order)
    )


def of_order(rows, order):
    """The rows that belong to an order."""
    return [row for row in rows if row.order_id == order.order_id]


def last_chargeback(books, order):
    """When a bank last took money back, None where none did."""
    kind = "chargeback"
    return max((row.occurred_at for row in of_order(books.payments, order) if row.kind == kind), default=None)


def refunds_due(books):
    """What the store owes."""
    due = {order: -balance(books, order) for order in books.orders}
    return [
        {"order_id": order.order_id, "customer_id": order.customer_id, "amount_due": books.money(amount_due)}
        for order, amount_due in due.items()
        if amount_due > 0
    ]


def receivables(books):
    """What customers owe though the goods are theirs, or may be before they pay."""
    rows = []
    for order in books.orders:
        owed = balance(books, order)
        first_parcels = [parcel.shipped_at for parcel in of_order(books.shipments, order)]
        starts = first_parcels + [order.released_at] * (order.released_at is not None)
        credited = sum(amount(credit) for credit in of_order(books.credits, order))
        is_worth_nothing = order.status == "cancelled" or total(order) == credited
        if owed > 0 and (starts or is_worth_nothing) and order.written_off_at is None:
            chargeback = last_chargeback(books, order)
            since = [instant for instant in (min(starts, default=None), chargeback) if instant]
            rows.append(
                {
                    "order_id": order.order_id,
                    "customer_id": order.customer_id,
                    "amount_owed": books.money(owed),
                    "since": max(since),
                }
            )
    return rows


def order_backlog(books):
    """What each open order waits for, and since when."""
    rows = []
    for order in books.orders:
        if order.status not in OPEN:
            continue
        lines = of_order(books.lines, order)
        released, owed = order.released_at, balance(books, order)
        is_short = order.status == "pending" or (order.status == "paid" and owed > 0)
        if is_short and released is None:
            waits = "payment", max(filter(None, [order.created_at, last_chargeback(books, order)]))
        elif any(units_sold(line) > line.shipped_quantity for line in lines):
            waits = "shipment", min(filter(None, [order.paid_at, released]))
        else:
            waits = "delivery", max(parcel.shipped_at for parcel in under_way(books, order))
        rows.append(
            {
                "order_id": order.order_id,
                "customer_id": order.customer_id,
                "waiting_for": waits[0],
                "waiting_since": waits[1],
                "total": books.money(total(order)),
            }
        )
    return rows


def under_way(books, order):
    """Parcels neither delivered nor back as a whole: said to be, or holding but lines of which nothing is kept."""
    back = Counter()
    for returned in of_order(books.returns, order):
        back[returned.shipment_id, returned.line_no] += returned.quantity
    kept = {line.line_no for line in of_order(books.lines, order) if line.shipped_quantity > line.returned_quantity}
    holding = {
        item.shipment_id
        for item in books.parcel_items
        if item.line_no in kept and back[item.shipment_id, item.line_no] < item.quantity
    }
    return [
        parcel
        for parcel in of_order(books.shipments, order)
        if parcel.delivered_at is None and parcel.shipment_id in holding
    ]


def payment_reconciliation(books):
    """What each provider moved each day, cancelled orders' money too."""
    groups = {}
    for payment in books.payments:
        day = books.day(payment.occurred_at), payment.provider
        groups.setdefault(day, []).append(payment)
    rows = []
    for (day, provider), payments in groups.items():
        moved = {
            f"{kind}s": sum(payment.amount for payment in payments if payment.kind == kind)
            for kind in ("charge", "refund", "chargeback", "reversal")
        }
        rows.append(
            {
                "payment_date": day,
                "provider": provider,
                **{column: books.money(value) for column, value in moved.items()},
                "net": books.money(2 * moved["charges"] - sum(moved.values())),
                "payment_count": len(payments),
            }
        )
    return rows


def customer_overview(books):
    """Every customer with what they bought, what is open and who owes whom."""
    due, owed = Counter(), Counter()
    for row in refunds_due(books):
        due[row["customer_id"]] += row["amount_due"]
    for row in receivables(books):
        owed[row["customer_id"]] += row["amount_owed"]
    rows = []
    for customer in books.customers:
        orders = books.orders_of.get(customer.customer_id, [])
        credited = sum(amount(credit) for order in orders for credit in of_order(books.credits, order))
        rows.append(
            {
                "customer_id": customer.customer_id,
                "email": customer.email,
                "first_name": customer.first_name,
                "last_name": customer.last_name,
                "is_vip": customer.is_vip,
                "order_count": len(orders),
                "open_orders": sum(order.status in OPEN for order in orders),
                "net_revenue": books.money(sum(map(total, orders)) - credited),
                "amount_due": books.money(due[customer.customer_id]),
                "amount_owed": books.money(owed[customer.customer_id]),
                "last_order_at": orders[-1].created_at if orders else None,
            }
        )
    return rows


def dashboard_kpis(books):
    """This month up to now against the last."""
    this_month = books.today.replace(day=1)
    last_month = month_after(this_month, -1)
    so_far = [order for order in books.counted if order.created_at <= books.now]
    current = [order for order in so_far if books.month(order.created_at) == this_month]
    previous = [order for order in so_far if books.month(order.created_at) == last_month]
    to_date = previous
    if books.today.day <= (this_month - timedelta(days=1)).day:
        now = books.wall_clock(books.now).replace(tzinfo=None)
        a_month_ago = books.instant(now.replace(year=last_month.year, month=last_month.month))
        to_date = [order for order in previous if order.created_at <= a_month_ago]
    revenue, before, before_to_date = (sum(map(total, part)) for part in (current, previous, to_date))
    pending = [order for order in so_far if order.status == "pending"]
    low = [row for row in books.products if row.is_active and row.on_hand - row.reserved <= row.reorder_point]
    return [
        {
            "current_revenue": books.money(revenue),
            "previous_revenue": books.money(before),
            "revenue_growth_pct": growth(revenue, before),
            "previous_revenue_to_date": books.money(before_to_date),
            "revenue_growth_to_date_pct": growth(revenue, before_to_date),
            "current_orders": len(current),
            "previous_orders": len(previous),
            "orders_growth_pct": growth(len(current), len(previous)),
            "current_customers": len({order.customer_id for order in current}),
            "average_order_value": books.average(revenue, len(current)),
            "pending_orders": len(pending),
            "pending_revenue": books.money(sum(total(order) for order in current if order in pending)),
            "low_stock_products": len(low),
        }
    ]


def inventory_alerts(books):
    """Active products that need attention, each with the first alert that fits."""
    rows = []
    for product in books.products:
        if not product.is_active:
            continue
        available = product.on_hand - product.reserved
        sold_in = {days: units_sold_in(books, product, days) for days in (30, 180)}
        days = days_of_stock(books, product)
        supply = Fraction(available * days, sold_in[30]) if sold_in[30] else None
        received = [
            row
            for row in books.adjustments
            if row.product_id == product.product_id and row.reason == "receipt" and books.is_within(row.created_at, 180)
        ]
        if available == 0:
            level = "out_of_stock"
        elif supply is not None and supply < product.lead_time_days:
            level = "critical"
        elif available <= product.reorder_point:
            level = "low"
        elif product.on_hand > 0 and not received and not sold_in[180]:
            level = "dead_stock"
        elif supply is not None and supply > 365:
            level = "overstock"
        else:
            continue
        expected = Fraction(sold_in[30] * product.lead_time_days, days)
        wanted = max(product.reorder_quantity, ceil(product.reorder_point + expected - available))
        rows.append(
            {
                "product_id": product.product_id,
                "sku": product.sku,
                "product_name": product.name,
                "on_hand": product.on_hand,
                "available": available,
                "reorder_point": product.reorder_point,
                "units_sold_30d": sold_in[30],
                "days_of_supply": rounded(supply),
                "alert_level": level,
                "suggested_order_quantity": wanted if level in ("out_of_stock", "critical", "low") else None,
            }
        )
    return rows


def units_sold_in(books, product, days):
    """Units ordered and not cancelled in so many days up to now."""
    return sum(
        units_sold(line)
        for order, line in books.sold
        if line.product_id == product.product_id and books.is_within(order.created_at, days)
    )


def days_of_stock(books, product):
    """Over how many days sales are known: 30, or fewer where stock first came less long ago."""
    first = min(
        (
            row.created_at
            for row in books.adjustments
            if row.product_id == product.product_id and row.quantity > 0 and row.created_at <= books.now
        ),
        default=None,
    )
    return 30 if first is None else min(30, max(1, (books.today - books.day(first)).days))


def document_lines(books):
    """What each document says."""
    return [
        {
            "document_id": line.document_id,
            "line_no": line.line_no,
            "description": line.description,
            "quantity": line.quantity,
            "tax_class": line.tax_class,
            "tax_rate": line.tax_rate,
            "net": line.net,
            "tax": line.tax,
        }
        for line in books.document_lines
    ]


def document_corrections(books):
    """Of each credit note the invoices of its order, issued before it, that have one of its lines."""
    line_nos = {document.document_id: set() for document in books.documents}
    for line in books.document_lines:
        line_nos[line.document_id].add(line.line_no)
    return [
        {"document_id": note.document_id, "corrects_document_id": invoice.document_id}
        for note in books.documents
        for invoice in books.documents
        if (note.kind, invoice.kind) == ("credit_note", "invoice")
        and note.order_id == invoice.order_id
        and (invoice.issued_at, invoice.document_id) < (note.issued_at, note.document_id)
        and line_nos[note.document_id] & line_nos[invoice.document_id]
    ]
