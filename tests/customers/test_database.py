"""Customer lists from databases: real SQLite files, and a real PostgreSQL where its server is installed."""

from __future__ import annotations

import re
import sqlite3
import sys
import traceback

import pytest
from support.postgres import PASSWORD, PASSWORD_IN_URL, USER

from wfp_ops.customers.read import read_customers
from wfp_ops.customers.set_aside import records_read, set_aside
from wfp_ops.errors import CustomerListError, MissingExtraError, SettingsError
from wfp_ops.frames.columns import CUSTOMERS
from wfp_ops.frames.provenance import ATTRS_KEY

ALL = "select * from customers"
TABLE = "create table customers (customer_id {}, name text, status text)"
HIDDEN = (USER, PASSWORD, PASSWORD_IN_URL, "hunter", "joe")


class Database:
    """One database that holds a table of customers, whichever kind it is."""

    def __init__(self, url, run):
        self.url, self.run = url, run

    def customers(self, *rows, kind="text"):
        self.run("drop table if exists customers", TABLE.format(kind))
        for row in rows:
            self.run("insert into customers values ({})".format(", ".join(row)))


@pytest.fixture
def sqlite_file(tmp_path):
    path = tmp_path / "crm.db"

    def run(*statements):
        with sqlite3.connect(path) as connection:
            for statement in statements:
                rows = connection.execute(statement).fetchall()
        connection.close()
        return rows

    return Database(f"sqlite:///{path}", run)


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request, sqlite_file):
    """Each test on both kinds."""
    if request.param == "sqlite":
        return sqlite_file
    server = request.getfixturevalue("postgres")
    return Database(server.url, server.run)


def refused(url, query=ALL, kind=CustomerListError, **options):
    """The message of a refusal, which holds nothing secret: neither it nor anything that hangs on it."""
    with pytest.raises(kind) as caught:
        read_customers(url, query=query, **options)
    error = caught.value
    whole = "".join(traceback.format_exception(error)) + repr(error) + error._repr_html_() + repr(vars(error))
    assert not [word for word in HIDDEN if word in whole.replace(__file__, "")]
    assert error.hint
    while error.__context__ is not None:
        error = error.__context__
        assert type(error).__module__.split(".")[0] not in ("sqlalchemy", "psycopg", "sqlite3")
    return str(caught.value)


# --- what comes back --------------------------------------------------------------------------


def test_rows_become_customers(database):
    """Columns are found by name, extras carried along; the record names the database without its user."""
    database.customers(("'007'", "'Ann'", "'active'"), ("' 8 '", "null", "'Cancelled'"))
    customers = read_customers(
        database.url, query="select *, 'EU' as region from customers", status={"Cancelled": "churned"}
    )
    CUSTOMERS.check(customers)
    assert customers["customer_id"].tolist() == ["007", "8"]
    assert customers["status"].tolist() == ["active", "churned"]
    assert customers["region"].tolist() == ["EU", "EU"]
    record = customers.attrs[ATTRS_KEY]
    assert record["source"] == re.sub("//.*@", "//", database.url)
    assert not [word for word in HIDDEN if word in repr(record)]


def test_ids_are_exact(database):
    """Long whole numbers lose no digit, also beside a null, whose record is set aside."""
    database.customers(
        ("9223372036854775807", "'a'", "'active'"),
        ("null", "'b'", "'active'"),
        ("9007199254740993", "'c'", "'active'"),
        kind="bigint",
    )
    customers = read_customers(database.url, query=ALL)
    assert customers["customer_id"].tolist() == ["9223372036854775807", "9007199254740993"]
    aside = set_aside(customers)
    assert aside["reason"].tolist() == ["it has no id"]
    assert not [word for word in HIDDEN if word in aside.to_csv()]


@pytest.mark.parametrize(
    ("value", "kind", "shown"),
    [
        ("99999999999999999999", "numeric", "99999999999999999999"),
        ("42.00", "numeric(10, 2)", "42"),
        ("'6F9619FF-8B86-D011-B42D-00C04FC964FF'", "uuid", "6f9619ff-8b86-d011-b42d-00c04fc964ff"),
        ("'007'", "char(5)", "007"),
        ("'عميل'", "text", "عميل"),
        ("12", "smallint", "12"),
    ],
)
def test_postgresql_types_of_ids(postgres, value, kind, shown):
    """Numeric, uuid, padded and other ids come out as the text that a person would write."""
    postgres.run(
        "drop table if exists customers", TABLE.format(kind), f"insert into customers values ({value})"
    )
    assert read_customers(postgres.url, query=ALL)["customer_id"].tolist() == [shown]


def test_dates_amounts_and_mappings(postgres):
    """Typed columns come as what they are: a day, a moment, an exact amount."""
    query = (
        "select 1 as customer_id, date '2026-03-04' as started_on, 'ns-1' as namespace, 12.50 as mrr, "
        "timestamptz '2026-05-01 02:00+02' as churned_on"
    )
    row = read_customers(postgres.url, query=query).iloc[0]
    assert f"{row['started_on']:%Y-%m-%d}" == "2026-03-04"
    assert row["churned_on"].isoformat() == "2026-05-01T00:00:00+00:00"
    assert (row["namespace"], row["mrr"]) == ("ns-1", 12.5)


def test_many_chunks_are_one_list(database):
    """More rows than one chunk, with a gap and another type late in the column: all there, in order."""
    database.customers()
    numbers = (
        "with recursive n(i) as (select 1 union all select i + 1 from n where i < 25000) "
        "select i as customer_id, case when i > 15000 then 'late' end as name, "
        "case when i < 12000 then null else i end as region from n"
    )
    customers = read_customers(database.url, query=numbers)
    assert customers["customer_id"].tolist() == [str(number) for number in range(1, 25001)]
    assert customers["name"].notna().sum() == 10000
    assert customers["region"].iloc[-1] == 25000
    assert records_read(customers) == 25000


def test_the_hash_is_of_the_content(database):
    """The same rows in another order have the same hash; one changed cell gives another."""
    database.customers(("'1'", "'a'", "'active'"), ("'2'", "'b'", "'active'"))

    def hashed(query):
        return read_customers(database.url, query=query).attrs[ATTRS_KEY]["sha256"]

    first = hashed(f"{ALL} order by 1")
    assert hashed(f"{ALL} order by 1 desc") == first
    database.run("update customers set status = 'churned' where name = 'b'")
    assert hashed(f"{ALL} order by 1") != first


@pytest.mark.parametrize(
    "query",
    [
        "-- all of them\n select * from customers;",
        "/* 1; 2 */ select * from customers",
        "with c as (select * from customers) select * from c",
        "select * from customers where name like '%:a;%' or name is not null",
    ],
)
def test_queries_that_read(database, query):
    """Comments, brackets, a final semicolon, % and : within text are no obstacle."""
    database.customers(("'1'", "'x:a;y'", "'active'"))
    assert read_customers(database.url, query=query)["customer_id"].tolist() == ["1"]


def test_a_query_in_brackets(postgres):
    """PostgreSQL takes a whole query in brackets, and so do we."""
    assert read_customers(postgres.url, query="((select 1 as customer_id))")["customer_id"].tolist() == ["1"]


# --- nothing is ever changed ------------------------------------------------------------------


@pytest.mark.parametrize(
    "query",
    [
        "delete from customers",
        "insert into customers values ('9', 'n', 'active') returning customer_id",
        "update customers set name = 'x' returning customer_id",
        "drop table customers",
        "  /* select */ delete from customers returning *",
        "with gone as (delete from customers returning *) select * from gone",
        "with x as (select 1) delete from customers",
        "select * from customers; delete from customers",
        "select * from customers; commit; delete from customers; select 1",
        "select * into copied from customers",
        "create table copied as select * from customers",
        "vacuum into 'copied.db'",
        "attach 'copied.db' as copied",
        "explain analyze delete from customers",
        "pragma query_only = off",
        "set transaction read write",
        "",
    ],
)
def test_a_query_that_writes_changes_nothing(database, query, tmp_path, monkeypatch):
    """Whatever writes, opens or is several statements is refused, and every row is still there."""
    monkeypatch.chdir(tmp_path)
    database.customers(("'1'", "'a'", "'active'"))
    refused(database.url, query)
    assert database.run(ALL) == [("1", "a", "active")]
    assert not (tmp_path / "copied.db").exists()


def test_a_function_that_writes(postgres):
    """A SELECT that calls what writes is stopped by the read-only transaction."""
    postgres.run("drop table if exists customers", TABLE.format("text"), "drop table if exists seen")
    postgres.run(
        "create table seen (at timestamptz)",
        "create or replace function note() returns text language sql volatile as "
        "'insert into seen values (now()) returning ''1''::text'",
    )
    message = refused(postgres.url, "select note() as customer_id")
    assert "the query writes, and nothing was changed" in message
    assert postgres.run("select count(*) from seen") == [(0,)]


def test_a_sqlite_file_is_opened_for_reading_alone(sqlite_file, tmp_path):
    """Even its bytes stay, and nothing new lies beside it."""
    sqlite_file.customers(("'1'", "'a'", "'active'"))
    before = (tmp_path / "crm.db").read_bytes()
    read_customers(sqlite_file.url, query=ALL)
    assert (tmp_path / "crm.db").read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == ["crm.db"]


@pytest.mark.parametrize("name", ["none.db", "folder/none.db", ""])
def test_a_sqlite_file_that_is_not_there_is_not_made(tmp_path, name):
    """A slip in the path is an error that says where it looked, and makes no file."""
    message = refused(f"sqlite:///{tmp_path / name}")
    assert "no such SQLite file" in message
    assert list(tmp_path.iterdir()) == []


# --- what goes wrong --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "said"),
    [
        (None, "a database needs a query"),
        ("select name, status from customers", "no column looks like the customer's id"),
        ("select * from customers where 1 = 0", "the query brings no rows"),
        ("select * from customer", "the query names a table that is not there"),
        ("select nmae from customers", "the query names a column that is not there"),
        ("select from where", "the query fails"),
    ],
)
def test_a_query_that_brings_no_customers(database, query, said):
    """Each says what is wrong, names the database, and says what to do."""
    database.customers(("'1'", "'a'", "'active'"))
    message = refused(database.url, query)
    assert said in message
    assert re.sub("//.*@", "//", database.url) in message


def test_a_database_that_is_down():
    """Nobody listens there: an error, soon, with the place and without the user."""
    message = refused("postgresql://joe:hunter2@127.0.0.1:9/crm?sslpassword=hunter3")
    assert "can't be reached" in message
    assert "postgresql://127.0.0.1:9/crm" in message


def test_a_refused_user_or_password(postgres):
    """Neither which of the two it was nor what they are can be read from the error."""
    for url in (postgres.url.replace("hunter2", "hunter3"), postgres.url.replace(USER, "joe")):
        assert "refuses the user or the password" in refused(url)
    assert "no such database" in refused(postgres.url.replace("/crm", "/hr").replace("//hr", "//crm"))


@pytest.mark.parametrize(
    ("url", "said", "hint"),
    [
        ("foo://joe:hunter2@db/crm", "no driver for 'foo'", "dialect"),
        ("mysql://joe:hunter2@db/crm", "driver MySQLdb is not installed", "pip install pymysql"),
        ("postgresql+psycopg2://joe:hunter2@db/crm", "driver psycopg2 is not installed", "wfp-ops[sql]"),
        ("postgresql://joe:hunter2@db:port/crm", "no database URL", "percent-encoded"),
        ("postgresql://joe:hunter2@no-such-host.invalid/crm", "host is not known", "check the host"),
        ("postgresql://joe:hun@ter/2@no-such-host.invalid/crm", "postgresql://…", ""),
        ("sqlite://", "names no SQLite file", "sqlite:///customers.db"),
        ("sqlite:///:memory:", "names no SQLite file", "sqlite:///customers.db"),
    ],
)
def test_urls_that_lead_nowhere(url, said, hint):
    """An unknown kind, a driver that is not installed, a slip: said in words, without the credentials."""
    message = refused(url)
    assert said in message
    assert hint in message


def test_a_file_that_is_no_database(tmp_path):
    """A CSV behind a sqlite URL is refused as what it is."""
    (tmp_path / "list.csv").write_text("customer_id\n1\n" * 100)
    assert "no SQLite database" in refused(f"sqlite:///{tmp_path / 'list.csv'}")


def test_a_value_that_python_can_not_hold(postgres):
    """PostgreSQL's infinite date has no counterpart: the error says to make it text."""
    message = refused(postgres.url, "select 1 as customer_id, 'infinity'::date as churned_on")
    assert "cast(started_on as text)" in message


def test_without_the_extra(monkeypatch, sqlite_file):
    """Without SQLAlchemy the error is the line to type."""
    monkeypatch.setitem(sys.modules, "sqlalchemy", None)
    message = refused(sqlite_file.url, kind=MissingExtraError)
    assert "pip install 'wfp-ops[sql]'" in message
    assert sqlite_file.url in message


def test_without_the_driver(monkeypatch):
    """Without psycopg, too."""
    monkeypatch.setitem(sys.modules, "psycopg", None)
    assert "pip install 'wfp-ops[sql]'" in refused("postgresql://joe:hunter2@127.0.0.1:9/crm")


def test_a_query_for_a_file(tmp_path):
    """A query beside a file is a slip, and is said to be one."""
    (tmp_path / "list.csv").write_text("customer_id\n1\n")
    with pytest.raises(SettingsError, match="no database") as caught:
        read_customers(tmp_path / "list.csv", query=ALL)
    assert caught.value.key == "customers.query"
