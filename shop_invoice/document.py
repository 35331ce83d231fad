"""One document as the store keeps it: who sold what to whom, read in one snapshot."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import psycopg

from shop_report.snapshot import snapshot

DOCUMENT = """
    SELECT
        documents.document_id, documents.kind, documents.series, documents.number,
        order_number(documents.order_id) AS order_number, documents.issued_on, documents.seller, documents.buyer, documents.buyer_until,
        (shipments.shipped_at AT TIME ZONE store_settings.time_zone)::DATE AS supplied_on,
        (orders.created_at AT TIME ZONE store_settings.time_zone)::DATE AS ordered_on,
        store_settings.currency, store_settings.currency_decimals
    FROM documents
    INNER JOIN orders ON documents.order_id = orders.order_id
    LEFT JOIN shipments ON documents.shipment_id = shipments.shipment_id
    CROSS JOIN store_settings
    WHERE documents.series = %s AND documents.number = %s"""
# A unit price is asked for without the tax, where prices include it too.
LINES = """
    SELECT
        document_lines.line_no, document_lines.description, order_items.sku, document_lines.quantity,
        document_lines.tax_rate, document_lines.net, document_lines.tax, order_items.unit_price,
        order_items.discount, orders.prices_include_tax
    FROM document_lines
    INNER JOIN documents ON document_lines.document_id = documents.document_id
    INNER JOIN orders ON documents.order_id = orders.order_id
    LEFT JOIN order_items
        ON documents.order_id = order_items.order_id AND document_lines.line_no = order_items.line_no
    WHERE document_lines.document_id = %s
    ORDER BY document_lines.line_no NULLS LAST"""
RATES = """
    SELECT tax_rate, sum(net) AS net, sum(tax) AS tax
    FROM document_lines
    WHERE document_id = %s
    GROUP BY tax_rate
    ORDER BY tax_rate DESC"""
CORRECTED = """
    SELECT
        documents.series, documents.number, documents.issued_on,
        (shipments.shipped_at AT TIME ZONE store_settings.time_zone)::DATE AS supplied_on
    FROM document_corrections
    INNER JOIN documents ON document_corrections.corrects_document_id = documents.document_id
    INNER JOIN shipments ON documents.shipment_id = shipments.shipment_id
    CROSS JOIN store_settings
    WHERE document_corrections.document_id = %s
    ORDER BY documents.document_id"""


@dataclass(frozen=True)
class Document:
    """Rows of the store, named as their columns."""

    head: Any
    lines: list
    rates: list
    corrected: list


def read_document(connection: psycopg.Connection, schema: str, series: str, number: int) -> Document | None:
    """Read it from one snapshot; None where there is none of that number."""
    with snapshot(connection, schema) as cursor:
        head: Any = cursor.execute(DOCUMENT, [series, number]).fetchone()
        if head is None:
            return None
        parts = [cursor.execute(query, [head.document_id]).fetchall() for query in (LINES, RATES, CORRECTED)]
        return Document(head, *parts)
