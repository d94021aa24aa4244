"""The ledger's database: how to reach it, how to write so that doing it twice, or at the same time, does no harm.

Writing is one way for both databases: update, insert where there was nothing to update, and do the whole transaction
again where somebody else inserted first. What is written is not here; see ledger.
"""

import random
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, Table, and_, create_engine, event, literal, make_url, select
from sqlalchemy.engine import URL
from sqlalchemy.exc import (
    DBAPIError,
    IntegrityError,
    InterfaceError,
    OperationalError,
    SQLAlchemyError,
    StatementError,
)
from sqlalchemy.sql.elements import ColumnElement

from shared.errors import LedgerError, LedgerUnavailable, SettingsError

Row = Mapping[str, Any]
T = TypeVar("T")

TRIES = 6
FIRST_WAIT_SECONDS = 0.1
LONGEST_WAIT_SECONDS = 3.0
LONGEST_SECONDS = 20.0
"""After this, no further try is made: an outage should hold nobody up."""
LOGIN_SECONDS = 10
BUSY_MILLISECONDS = 30_000
RECYCLE_SECONDS = 1500
"""Azure SQL closes idle connections after 30 minutes."""

AZURE_SQL = "mssql+mssqlpython"
PASSING = (
    "deadlock",
    "timeout",
    "busy",
    "locked",
    "try again",
    "retry",
    "not currently available",
    "has been reached",
)
INSERTED_MEANWHILE = ("unique", "duplicate")
LASTING = ("invalid authorization", "login failed", "no such table", "no such column", "readonly")


def connect(url: str) -> Engine:
    """Return an engine; nothing is connected yet. Raises SettingsError."""
    address = make_url(url)
    if address.get_backend_name() == "sqlite":
        return _sqlite(address)
    if address.drivername == AZURE_SQL:
        return _azure_sql(address)
    raise SettingsError(
        f"SHELFCAST_LEDGER_URL: {address.drivername} is not known. "
        f"Give sqlite:///file or {AZURE_SQL}://server/database."
    )


def with_managed_identity(address: URL) -> URL:
    """Complete an address of Azure SQL; a user name is the client id of a user-assigned identity.

    Raises
    ------
    SettingsError
        If it holds a password.
    """
    if address.password or any(key.lower() in ("pwd", "password") for key in address.query):
        raise SettingsError(
            "SHELFCAST_LEDGER_URL holds a password; the app connects with its managed identity"
        )
    given = {key.lower(): value for key, value in address.query.items()}
    return address.set(query={"authentication": "ActiveDirectoryMSI", "encrypt": "yes", **given})


def _azure_sql(address: URL) -> Engine:
    return create_engine(
        with_managed_identity(address),
        pool_pre_ping=True,
        pool_recycle=RECYCLE_SECONDS,
        connect_args={"timeout": LOGIN_SECONDS},
    )


def _sqlite(address: URL) -> Engine:
    if address.database and address.database != ":memory:":
        Path(address.database).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(address)
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: Any, _record: object) -> None:
    connection.isolation_level = None  # the driver's own begin comes too late to keep other writers out
    for pragma in (
        f"busy_timeout={BUSY_MILLISECONDS}",
        "journal_mode=WAL",
        "synchronous=NORMAL",
        "foreign_keys=ON",
    ):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    writes = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def transact(
    engine: Engine,
    work: Callable[[Connection], T],
    *,
    writes: bool,
    pause: Callable[[float], None] = time.sleep,
) -> T:
    """Do some work in one transaction, again where it met a fault that passes or somebody who was first.

    Raises
    ------
    LedgerUnavailable
        If it went on failing so.
    LedgerError
        If the database refuses it.
    """
    engine, began = engine.execution_options(writes=writes), time.monotonic()
    for attempt in range(TRIES):
        try:
            with engine.begin() as connection:
                return work(connection)
        except SQLAlchemyError as exc:
            if not _passes(exc):
                raise LedgerError(_say(exc)) from exc
            if attempt + 1 == TRIES or time.monotonic() - began > LONGEST_SECONDS:
                refused = isinstance(exc, IntegrityError)
                raise (LedgerError if refused else LedgerUnavailable)(_say(exc)) from exc
            pause(_wait(attempt))
    raise AssertionError("unreachable")


def _wait(attempt: int) -> float:
    longest = min(FIRST_WAIT_SECONDS * 2**attempt, LONGEST_WAIT_SECONDS)
    return longest * random.uniform(0.5, 1.0)  # noqa: S311 - several writers spread out


def _passes(exc: SQLAlchemyError) -> bool:
    """Whether doing it again may help: a lost connection, a deadlock, a busy server, a row inserted meanwhile."""
    if not isinstance(exc, DBAPIError):
        return False
    if exc.connection_invalidated:
        return True
    words = str(exc.orig).lower()
    if isinstance(exc, IntegrityError):
        return any(phrase in words for phrase in INSERTED_MEANWHILE)
    if any(phrase in words for phrase in LASTING):
        return False
    known = any(phrase in words for phrase in (*PASSING, "already an object", "already exists"))
    return known or (
        isinstance(exc, OperationalError | InterfaceError) and "sqlite" not in type(exc.orig).__module__
    )


def _say(exc: SQLAlchemyError) -> str:
    """Return the database's words without the statement and its values."""
    return f"the ledger's database says: {exc.orig if isinstance(exc, StatementError) else exc}"


def upsert(
    connection: Connection, table: Table, row: Row, *, initial: Row | None = None, newer_by: str | None = None
) -> bool:
    """Write a row under its primary key; other columns of a row that is there stay as they are.

    Parameters
    ----------
    initial : mapping or None
        Columns that are written only if the row is new.
    newer_by : str or None
        A column: a row that is there and later by it stays, so that late news do not replace fresh ones.

    Returns
    -------
    bool
        Whether the row was written.
    """
    key = _key(table, row)
    changed = {column: value for column, value in row.items() if column not in table.primary_key.columns}
    fresh = [table.c[newer_by] <= row[newer_by]] if newer_by else []
    if changed and connection.execute(table.update().where(key, *fresh).values(changed)).rowcount:
        return True
    if (newer_by or not changed) and is_there(connection, table, key):
        return False
    connection.execute(table.insert().values({**(initial or {}), **row}))
    return True


def add_missing(connection: Connection, table: Table, rows: list[dict[str, Any]]) -> None:
    """Insert those rows that are not there yet; the others stay as they are."""
    new = [row for row in rows if not is_there(connection, table, _key(table, row))]
    if new:
        connection.execute(table.insert(), new)


def is_there(connection: Connection, table: Table, *conditions: ColumnElement[bool]) -> bool:
    """Whether a table has a row of that kind; written so that SQL Server, too, takes it."""
    found = select(literal(1)).select_from(table).where(*conditions).limit(1)
    return connection.scalar(found) is not None


def _key(table: Table, row: Row) -> ColumnElement[bool]:
    return and_(*(column == row[column.name] for column in table.primary_key.columns))
