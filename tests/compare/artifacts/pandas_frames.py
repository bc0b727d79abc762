"""pandas and pyarrow: frames of every type, pickled and in columnar files."""

import datetime
import decimal

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.csv
import pyarrow.dataset
import pyarrow.feather
import pyarrow.orc
import pyarrow.parquet

from . import pickles


def frames():
    days = pd.date_range("2024-01-01", periods=5)
    yield "numbers", pd.DataFrame({"i": range(5), "f": np.linspace(0, 1, 5), "b": [True, False] * 2 + [True]})
    yield "texts", pd.DataFrame({"t": list("abcde"), "o": pd.Series([1, "x", None, 2.5, (1,)], dtype=object)})
    yield "categories", pd.DataFrame({"c": pd.Categorical(list("aabbc"), ordered=True)})
    yield "times", pd.DataFrame({"d": days, "z": days.tz_localize("Europe/Berlin"), "u": days.tz_localize("UTC")})
    yield "spans", pd.DataFrame({"p": pd.period_range("2024-01", periods=5, freq="M"), "t": pd.to_timedelta(range(5), "h")})
    yield "intervals", pd.DataFrame({"i": pd.interval_range(0, 5)})
    yield "nullable", pd.DataFrame({"i": pd.array([1, None, 3], "Int64"), "b": pd.array([True, None, False], "boolean"),
                                    "f": pd.array([1.5, None, 2], "Float32"), "u": pd.array([1, 2, None], "UInt8")})
    yield "strings", pd.DataFrame({"s": pd.array(["a", None], "string"), "p": pd.array(["a", "b"], "string[python]")})
    yield "arrow-types", pd.DataFrame({"a": pd.array([1, 2], "int64[pyarrow]"), "s": pd.array(["x", None], "string[pyarrow]")})
    yield "sparse", pd.DataFrame({"s": pd.arrays.SparseArray([0, 0, 1, 0])})
    yield "multi-index", pd.DataFrame({"v": range(4)}, index=pd.MultiIndex.from_product([["a", "b"], [1, 2]], names=["x", "y"]))
    yield "multi-columns", pd.DataFrame(np.ones((2, 2)), columns=pd.MultiIndex.from_tuples([("a", 1), ("b", 2)]))
    yield "range-series", pd.Series(range(5), name="s", index=pd.RangeIndex(5))
    yield "float-index", pd.Series(range(3), index=[0.5, 1.5, 2.5])
    yield "category-index", pd.Series(range(3), index=pd.CategoricalIndex(list("abc")))
    yield "interval-index", pd.Series(range(3), index=pd.interval_range(0, 3))
    yield "period-index", pd.Series(range(3), index=pd.period_range("2024", periods=3, freq="Q"))
    yield "delta-index", pd.Series(range(3), index=pd.timedelta_range("1 day", periods=3))
    yield "business-index", pd.Series(range(3), index=pd.bdate_range("2024-01-01", periods=3))
    yield "scalars", [pd.Timestamp("2024-01-01", tz="UTC"), pd.Timedelta("1 day"), pd.Period("2024-01"), pd.Interval(0, 1), pd.NaT, pd.NA]
    offsets = pd.offsets
    yield "offsets", [offsets.Day(2), offsets.MonthEnd(), offsets.BDay(), offsets.Week(weekday=1), offsets.QuarterEnd(), pd.DateOffset(months=1)]
    yield "more-offsets", [offsets.YearBegin(), offsets.BMonthEnd(), offsets.Hour(3), offsets.CustomBusinessDay(), offsets.SemiMonthEnd()]
    yield "dtypes", [pd.CategoricalDtype(["a"]), pd.Int64Dtype(), pd.StringDtype(), pd.DatetimeTZDtype("ns", "UTC"), pd.IntervalDtype("f8"), pd.PeriodDtype("D"), pd.SparseDtype("f8")]
    yield "attributes", pd.DataFrame({"a": [1]}).set_flags(allows_duplicate_labels=False)
    yield "decimals", pd.DataFrame({"d": [decimal.Decimal("1.5")], "t": [datetime.date(2024, 1, 1)], "n": [np.arange(3)]})
    yield "grouped", pd.DataFrame({"g": list("aab"), "v": [1, 2, 3]}).groupby("g").agg(["mean", "max"])
    yield "empty", pd.DataFrame()


def make(collection):
    for name, frame in frames():
        pickles.some(collection, "pandas", name, frame, 3)
        if isinstance(frame, pd.DataFrame):
            for suffix in ("parquet", "feather", "json", "csv"):
                write = getattr(frame, f"to_{suffix}")
                collection.add("pandas", f"{name}.{suffix}", suffix, write)
        if not isinstance(frame, list):
            for suffix in (".pkl", ".pkl.zip", ".pkl.gz", ".pkl.zst", ".pkl.tar"):
                collection.add("pandas", f"to-pickle-{name}{suffix}", "pickle", frame.to_pickle)
    _arrow(collection)


def _arrow(collection):
    table = pa.table({
        "ints": pa.array([1, 2, None]), "floats": pa.array([1.5, 2.5, None], pa.float32()), "texts": ["a", "b", None],
        "lists": [[1], [2, 3], None], "structs": [{"x": 1}] * 3, "maps": pa.array([[("k", 1)]] * 3, pa.map_(pa.string(), pa.int8())),
        "dictionary": pa.array(["a", "b", "a"]).dictionary_encode(), "decimals": pa.array([decimal.Decimal("1.25")] * 3),
        "times": pa.array([datetime.datetime(2024, 1, 1)] * 3), "binary": [b"x", b"yy", None],
        "tensors": pa.ExtensionArray.from_storage(pa.fixed_shape_tensor(pa.int8(), [2]), pa.array([[1, 2]] * 3, pa.list_(pa.int8(), 2))),
        "ids": pa.ExtensionArray.from_storage(pa.uuid(), pa.array([bytes(16)] * 3, pa.binary(16))),
    })
    plain = table.drop_columns(["tensors", "ids", "maps", "dictionary"])
    for codec in ("none", "snappy", "gzip", "zstd", "lz4", "brotli"):
        collection.add("pyarrow", f"table-{codec}.parquet", "parquet", lambda path, codec=codec: pyarrow.parquet.write_table(table, path, compression=codec))
    for codec in ("uncompressed", "lz4", "zstd"):
        collection.add("pyarrow", f"table-{codec}.feather", "feather", lambda path, codec=codec: pyarrow.feather.write_feather(table, str(path), compression=codec))
    collection.add("pyarrow", "table.arrow", "arrow", lambda path: _ipc(pa.ipc.new_file, table, path))
    collection.add("pyarrow", "table.arrows", "arrow", lambda path: _ipc(pa.ipc.new_stream, table, path))
    collection.add("pyarrow", "table.orc", "orc", lambda path: pyarrow.orc.write_table(plain, str(path)))
    collection.add("pyarrow", "dataset", "parquet", lambda path: pa.dataset.write_dataset(plain, path, format="parquet"))
    pickles.some(collection, "pyarrow", "table", plain, 3)
    pickles.some(collection, "pyarrow", "schema", table.schema, 2)
    pickles.some(collection, "pyarrow", "array", plain["texts"], 2)
    pickles.some(collection, "pyarrow", "types", [pa.int8(), pa.list_(pa.string()), pa.timestamp("s", "UTC")], 2)


def _ipc(opened, table, path):
    with opened(str(path), table.schema) as writer:
        writer.write_table(table)
