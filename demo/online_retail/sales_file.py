"""The gzipped CSV file, read piece by piece, with a sentence for whatever is wrong with it."""

from __future__ import annotations

import csv
import gzip
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from demo.online_retail.load_error import LoadError

COLUMNS = [
    "line_no",
    "invoice_no",
    "stock_code",
    "description",
    "quantity",
    "invoice_ts",
    "unit_price",
    "customer_id",
    "country",
]
CHUNK = 1 << 18  # bytes of text at a time


class SalesFile:
    """The opened file: what is read of it is text, what progress counts is the compressed bytes behind it."""

    def __init__(self, path: Path, compressed: BinaryIO):
        self.path = path
        self.compressed = compressed
        self.text = gzip.GzipFile(fileobj=compressed)
        self.size = path.stat().st_size
        with self.readable():
            self.header = self.text.readline(CHUNK)
            self.first_line = next(iter(self.header.decode("utf-8-sig", "replace").splitlines()), "")
            self.columns = next(csv.reader([self.first_line]), [])

    def chunks(self) -> Iterator[bytes]:
        """The lines behind the header, piece by piece: the file is never in memory as a whole."""
        with self.readable():
            while chunk := self.text.read(CHUNK):
                yield chunk

    @contextmanager
    def readable(self) -> Iterator[None]:
        """Say in a sentence what is wrong with the file."""
        try:
            yield
        except gzip.BadGzipFile as error:
            raise LoadError(f"{self.path} is no gzip file, or a damaged one: {error}") from None
        except EOFError:
            raise LoadError(f"{self.path} ends too early: it was cut off, fetch it again") from None
        except (OSError, zlib.error, csv.Error) as error:
            raise LoadError(f"{self.path} cannot be read: {error}") from None


@contextmanager
def open_sales_file(path: Path) -> Iterator[SalesFile]:
    """Open the file and refuse one that has not exactly the columns the mapping reads, in any order."""
    try:
        compressed = path.open("rb")
    except OSError as error:
        raise LoadError(f"{path} cannot be read: {error.strerror}") from None
    with compressed:
        sales = SalesFile(path, compressed)
        if not sales.header:
            raise LoadError(f"{path} is empty")
        if missing := [column for column in COLUMNS if column not in sales.columns]:
            raise LoadError(
                f"{path} lacks the column{'s' * (len(missing) > 1)} {', '.join(missing)}; "
                f"its first line is {sales.first_line[:120]!r}"
            )
        if len(sales.columns) > len(COLUMNS):
            raise LoadError(f"{path} has {len(sales.columns)} columns instead of {len(COLUMNS)}")
        yield sales
