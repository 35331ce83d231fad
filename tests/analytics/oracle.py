"""Every report, computed a second time: from the base tables, in Python, sharing no line of SQL.

    rows = oracle.report("monthly_revenue", books)

A row is a dict in the report's column order. `as_text` writes rows of either side, the view's or
these, in one form that differs where a value, its scale, or its being known differs.
"""

from datetime import UTC, datetime

from tests.analytics import (
    catalogue_reports,
    customer_reports,
    desk_views,
    foundation_reports,
    month_reports,
    time_reports,
)

AFFINITY_MINIMUM = 2  # app.affinity_minimum of the stores tests make: theirs are small

REPORTS = {
    "monthly_revenue": month_reports.monthly_revenue,
    "sales_summary": month_reports.sales_summary,
    "tax_summary": month_reports.tax_summary,
    "vat_return": month_reports.vat_return,
    "customer_lifetime_value": customer_reports.customer_lifetime_value,
    "customer_segments": customer_reports.customer_segments,
    "cohort_retention": customer_reports.cohort_retention,
    "repeat_purchases": customer_reports.repeat_purchases,
    "new_and_returning_revenue": month_reports.new_and_returning_revenue,
    "product_rankings": catalogue_reports.product_rankings,
    "style_rankings": catalogue_reports.style_rankings,
    "category_revenue": catalogue_reports.category_revenue,
    "product_affinity": lambda books: catalogue_reports.product_affinity(books, AFFINITY_MINIMUM),
    "return_rates": catalogue_reports.return_rates,
    "coupon_performance": catalogue_reports.coupon_performance,
    "order_funnel": time_reports.order_funnel,
    "rolling_sales": time_reports.rolling_sales,
    "sales_by_hour": time_reports.sales_by_hour,
    "daily_sales": time_reports.daily_sales,
    "counted_lines": foundation_reports.counted_lines,
    "counted_credits": foundation_reports.counted_credits,
    "product_sales": foundation_reports.product_sales,
    "document_parts": foundation_reports.document_parts,
    "report_months": foundation_reports.report_months,
    "monthly_sales": month_reports.monthly_sales,
}
# Views for who runs the shop, some of which name its customers.
DESK = {
    "dashboard_kpis": desk_views.dashboard_kpis,
    "inventory_alerts": desk_views.inventory_alerts,
    "payment_reconciliation": desk_views.payment_reconciliation,
    "order_backlog": desk_views.order_backlog,
    "refunds_due": desk_views.refunds_due,
    "receivables": desk_views.receivables,
    "customer_overview": desk_views.customer_overview,
}
# Views of documents, which name what was sold.
DOCUMENTS = {
    "document_lines": desk_views.document_lines,
    "document_corrections": desk_views.document_corrections,
}


def report(name, books):
    """The rows of a report or view, in no promised order."""
    return (REPORTS | DESK | DOCUMENTS)[name](books)


def as_text(rows):
    """Rows as text, sorted: the same for two results if and only if they are the same."""
    return sorted([(column, value_as_text(value)) for column, value in row.items()] for row in rows)


def value_as_text(value):
    """A value as PostgreSQL writes it in a CSV, instants in UTC, NULL as nothing and no text as \"\"."""
    if value is None:
        return ""
    if value == "" or (isinstance(value, str) and set(value) & set(',"\n')):
        return '"' + value.replace('"', '""') + '"'
    if isinstance(value, bool):
        return "t" if value else "f"
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(sep=" ").replace("+00:00", "+00")
    return str(value)
