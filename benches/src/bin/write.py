"""Writes columns as JSON Lines with a wheel from PyPI, as a whole process.

`write.py FILE ENGINE ROUNDS`, where the engine is `duckdb` or `polars`. Reads the file of JSON
Lines into memory first, with the types that the engine finds out by itself, then writes all of it
to /dev/null, on one thread. Prints one JSON object: how many rows, and the CPU seconds of each
round. `cargo xtask bench write --wheels` runs it. pyarrow writes no JSON.
"""

import json
import os
import sys
import time

file, engine, rounds = sys.argv[1], sys.argv[2], int(sys.argv[3])
# It asks for this when it is imported.
os.environ["POLARS_MAX_THREADS"] = "1"


def duckdb_writer():
    import duckdb

    connection = duckdb.connect(config={"threads": 1})
    source = f"read_json('{file}', format = 'newline_delimited')"
    connection.sql(f"CREATE TABLE records AS SELECT * FROM {source}")
    rows = connection.sql("SELECT count(*) FROM records").fetchall()[0][0]
    return rows, lambda: connection.execute("COPY records TO '/dev/null' (FORMAT json)")


def polars_writer():
    import polars

    frame = polars.read_ndjson(file, infer_schema_length=None)
    return frame.height, lambda: frame.write_ndjson("/dev/null")


def main():
    rows, write = {"duckdb": duckdb_writer, "polars": polars_writer}[engine]()
    seconds = []
    for _ in range(rounds):
        begin = time.process_time()
        write()
        seconds.append(time.process_time() - begin)
    print(json.dumps({"rows": rows, "cpu": seconds}))


main()
