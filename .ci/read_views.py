"""Reads every view of a catalog in the ways of other tools: read_views.py CATALOG BIN"""

import json
import sqlite3
import subprocess
import sys
import urllib.parse
from pathlib import Path

catalog, bin_directory = sys.argv[1], Path(sys.argv[2])
uri = f"file:{catalog}?mode=ro"


def run(*command):
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True, timeout=60)
    if done.returncode != 0:
        raise RuntimeError(done.stderr.strip()[-300:])
    return done.stdout


def by_python(view):
    connection = sqlite3.connect(uri, uri=True)
    try:
        return len(connection.execute(f'SELECT * FROM "{view}"').fetchall())
    finally:
        connection.close()


def by_sqlite3(view):
    return len(json.loads(run("sqlite3", "-json", uri, f'SELECT * FROM "{view}"') or "[]"))


def by_sqlite_utils(view):
    return len(json.loads(run(bin_directory / "sqlite-utils", "rows", catalog, view)))


def by_datasette(view):
    get = f"/catalog.json?_shape=array&sql={urllib.parse.quote(f'SELECT count(*) AS n, * FROM [{view}]')}"
    page = f"/catalog/{view}.json?_shape=array&_size=5"
    run(bin_directory / "datasette", "--get", page, catalog)
    return json.loads(run(bin_directory / "datasette", "--get", get, catalog))[0]["n"]


def by_duckdb(view):
    # In a process of its own: closing a file in one copy of SQLite drops the locks of another copy beside it.
    return int(run(sys.executable, "-c", read_by_duckdb, catalog, view))


read_by_duckdb = """
import sys, duckdb
from importlib.resources import files
extension = next(files("duckdb_extension_sqlite_scanner").glob("extensions/*/*.duckdb_extension"))
connection = duckdb.connect()
connection.execute(f"LOAD '{extension}'")
connection.execute(f"ATTACH '{sys.argv[1]}' AS tally (TYPE sqlite, READ_ONLY)")
print(len(connection.execute(f'SELECT * FROM tally."{sys.argv[2]}"').fetchall()))
"""

readers = {
    "python sqlite3": by_python,
    "sqlite3": by_sqlite3,
    "sqlite-utils": by_sqlite_utils,
    "datasette": by_datasette,
    "duckdb": by_duckdb,
}
views = [name for (name,) in sqlite3.connect(uri, uri=True).execute(
    "SELECT name FROM sqlite_master WHERE type = 'view' ORDER BY name")]
failures = 0
for reader, read in readers.items():
    rows = 0
    for view in views:
        try:
            rows += read(view)
        except Exception as error:  # whatever a tool throws is a finding
            failures += 1
            print(f"{reader}: {view}: {error}")
    print(f"{reader}: {len(views)} views, {rows} rows")
sys.exit(1 if failures else 0)
