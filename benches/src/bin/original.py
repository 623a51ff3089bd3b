"""The tasks of `cargo xtask bench original` in the original, datason 0.4.0.

Prints one JSON object a task. `original.rs` beside this does the same tasks on the same data and
writes the same bytes: `cargo xtask bench original` compares the files.
"""

import json
import platform
import sys
import time
from importlib.metadata import version
from pathlib import Path

import datason
import numpy as np
import pandas as pd

CHUNK = 1_000


def spread(n):
    """A float below 1 with as many digits as floats have."""
    return (n * 2_654_435_761 % 2**32) / 2**32


def price(n):
    """A float with few digits."""
    return (n * 7_919 % 100_003) / 1_000


def records(count):
    return [{"id": n, "data": f"item_{n}", "value": price(n)} for n in range(count)]


def stream_records(path, count):
    data = records(count)
    start = time.process_time()
    with datason.stream_serialize(path) as stream:
        for record in data:
            stream.write(record)
    return time.process_time() - start


def save_list(path, count):
    data = records(count)
    start = time.process_time()
    datason.serialize_chunked(data, chunk_size=CHUNK).save_to_file(path)
    return time.process_time() - start


def save_table(path, count):
    rows = range(count)
    frame = pd.DataFrame(
        {
            "id": np.arange(count),
            "value": [price(n) for n in rows],
            "name": [f"name {n}" for n in rows],
        }
    )
    start = time.process_time()
    datason.serialize_chunked(frame, chunk_size=CHUNK).save_to_file(path)
    return time.process_time() - start


def save_array(path, count):
    array = np.array([spread(n) for n in range(count * 10)]).reshape(count, 10)
    start = time.process_time()
    datason.serialize_chunked(array, chunk_size=CHUNK).save_to_file(path)
    return time.process_time() - start


def read_chunks(path, count):
    datason.serialize_chunked(records(count), chunk_size=CHUNK).save_to_file(path)
    total = 0.0
    start = time.process_time()
    for chunk in datason.deserialize_chunked_file(path):
        for record in chunk:
            total += record["value"]
    seconds = time.process_time() - start
    assert total > 0
    return seconds


TASKS = [stream_records, save_list, save_table, save_array, read_chunks]


def main():
    folder, count = Path(sys.argv[1]), int(sys.argv[2])
    packages = ", ".join(f"{name} {version(name)}" for name in ["datason", "pandas", "numpy"])
    about = f"{packages}, Python {platform.python_version()}"
    for task in TASKS:
        path = folder / f"{task.__name__}.jsonl"
        seconds = task(path, count)
        line = {
            "task": task.__name__,
            "engine": "original",
            "items": count,
            "file": str(path),
            "seconds": seconds,
            "about": about,
        }
        print(json.dumps(line), flush=True)


main()
