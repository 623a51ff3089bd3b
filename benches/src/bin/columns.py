"""Reads one file of JSON Lines to columns with a wheel from PyPI, as a whole process.

`columns.py FILE ENGINE THREADS [--check]`, where the engine is `duckdb`, `polars`, `pyarrow` or
`datafusion`. Prints one JSON object, as `columns.rs` beside this does: `cargo xtask bench columns --wheels`
runs both. Each engine hands out one batch of columns after the other, with the types that it
finds out by itself, which is part of what is timed; to start Python is not.
"""

import json
import os
import sys
import time

file, engine, threads = sys.argv[1], sys.argv[2], int(sys.argv[3])
check = "--check" in sys.argv
# It asks for this when it is imported.
os.environ["POLARS_MAX_THREADS"] = str(threads)


def duckdb_batches():
    import duckdb

    connection = duckdb.connect(config={"threads": threads})
    # Types that stand for texts (times, UUIDs) are what it looks for unless told otherwise.
    query = f"SELECT * FROM read_json('{file}', format = 'newline_delimited')"
    return lambda: connection.sql(query).to_arrow_reader(8_192)


def polars_batches():
    import polars

    def batches():
        lazy = polars.scan_ndjson(file, infer_schema_length=10_000)
        return lazy.collect_batches(chunk_size=8_192)

    return batches


def pyarrow_batches():
    import pyarrow
    import pyarrow.json

    pyarrow.set_cpu_count(threads)
    pyarrow.set_io_thread_count(1)
    options = pyarrow.json.ReadOptions(use_threads=threads > 1)
    return lambda: pyarrow.json.open_json(file, read_options=options)


def datafusion_batches():
    from datafusion import SessionConfig, SessionContext

    config = SessionConfig().with_target_partitions(threads).with_batch_size(8_192)
    context = SessionContext(config)

    def batches():
        frame = context.read_json(file, schema_infer_max_records=10_000)
        return (batch.to_pyarrow() for batch in frame.execute_stream())

    return batches


def identifiers(batch):
    """The sum over the column `id`; without it, over the lengths of the lists."""
    import pyarrow
    import pyarrow.compute as compute

    if "id" in batch.schema.names:
        return compute.sum(compute.cast(batch.column("id"), pyarrow.int64())).as_py()
    return compute.sum(compute.list_value_length(batch.column(0))).as_py()


def main():
    batches = {
        "duckdb": duckdb_batches,
        "polars": polars_batches,
        "pyarrow": pyarrow_batches,
        "datafusion": datafusion_batches,
    }
    make = batches[engine]()
    cpu, wall = time.process_time(), time.perf_counter()
    rows, checksum = 0, 0
    for batch in make():
        # A frame of polars is as good as a batch, and costs nothing to turn into one but for texts.
        rows += batch.height if engine == "polars" else batch.num_rows
        if check:
            checksum += identifiers(batch.to_arrow() if engine == "polars" else batch)
    cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    outcome = {"rows": rows, "checksum": checksum if check else None, "cpu": cpu, "wall": wall}
    print(json.dumps(outcome))


main()
