"""What the other reports rest on: the store's day, what counts, and the months to show."""

from datetime import datetime, time
from zoneinfo import ZoneInfo

from tests.analytics.books import amount, month_after, net, units_sold
from tests.analytics.catalogue_reports import gross_margin, lines_of, returned_value, revenue_of, units_restocked


def counted_lines(books):
    """Lines of orders that count, as ordered and without tax."""
    return [
        {
            "order_id": order.order_id,
            "line_no": line.line_no,
            "product_id": line.product_id,
            "units_sold": units_sold(line),
            "units_returned": line.returned_quantity,
            "unit_cost": line.unit_cost,
            "net_value": books.money(net(order, line)),
        }
        for order, line in books.sold
    ]


def counted_credits(books):
    """What orders that count are worth less."""
    return [
        {
            "order_id": order.order_id,
            "line_no": credit.line_no,
            "customer_id": order.customer_id,
            "kind": credit.kind,
            "net": credit.net,
            "tax": credit.tax,
            "amount": amount(credit),
            "created_at": credit.created_at,
        }
        for order, credit in books.credited
    ]


def product_sales(books):
    """Products with a line that counts, as known by now."""
    restocked = units_restocked(books)
    return [
        {
            "product_id": product,
            "units_sold": sum(units_sold(line) for _, line in sales),
            "units_returned": sum(line.returned_quantity for _, line in sales),
            "revenue": revenue_of(books, sales),
            "gross_margin": gross_margin(books, sales),
            "returned_value": returned_value(books, sales),
            "units_restocked": sum(restocked[line.order_id, line.line_no] for _, line in sales),
        }
        for product, sales in lines_of(books).items()
        if sales
    ]


def report_months(books):
    """The months from the first to the last with an order that counts or a credit."""
    zone = ZoneInfo(books.settings[0].time_zone)
    return [
        {
            "month": month,
            "starts_at": datetime.combine(month, time(), zone),
            "ends_at": datetime.combine(month_after(month), time(), zone),
        }
        for month in books.months
    ]


def document_parts(books):
    """Lines of documents, where they are taxed and when they were issued."""
    documents = {document.document_id: document for document in books.documents}
    return [
        {
            "document_id": line.document_id,
            "kind": documents[line.document_id].kind,
            "order_id": documents[line.document_id].order_id,
            "issued_on": documents[line.document_id].issued_on,
            "country_code": documents[line.document_id].country_code,
            "region_code": documents[line.document_id].region_code,
            "line_no": line.line_no,
            "quantity": line.quantity,
            "tax_class": line.tax_class,
            "tax_rate": line.tax_rate,
            "net": line.net,
            "tax": line.tax,
        }
        for line in books.document_lines
    ]
