//! pandas frames, indexes and extension arrays (0.20 to 3.1).

use super::super::judge::{Harmless, Role};

const PUBLIC: &str = "DataFrame Series Index RangeIndex MultiIndex CategoricalIndex DatetimeIndex TimedeltaIndex \
                      PeriodIndex IntervalIndex Categorical CategoricalDtype DatetimeTZDtype IntervalDtype PeriodDtype \
                      SparseDtype StringDtype BooleanDtype Int8Dtype Int16Dtype Int32Dtype Int64Dtype UInt8Dtype \
                      UInt16Dtype UInt32Dtype UInt64Dtype Float32Dtype Float64Dtype ArrowDtype Interval Period \
                      Timestamp Timedelta DateOffset Int64Index UInt64Index Float64Index";

const OFFSETS: &str = "Day Hour Minute Second Milli Micro Nano BusinessDay MonthEnd MonthBegin QuarterEnd QuarterBegin \
                       YearEnd YearBegin Week DateOffset BusinessMonthEnd BusinessMonthBegin CustomBusinessDay BDay";

pub(super) const TABLE: &[Harmless] = &[
    Harmless::of("pandas", Role::Class, PUBLIC),
    Harmless::of("pandas", Role::Named, "NA NaT"),
    Harmless::of("pandas.core.frame", Role::Class, "DataFrame"),
    Harmless::of("pandas.core.series", Role::Class, "Series TimeSeries"),
    Harmless::of("pandas.core.indexes.base", Role::Class, "Index"),
    Harmless::of("pandas.core.indexes.base", Role::Makes, "_new_Index"),
    Harmless::of("pandas.core.index", Role::Class, "Index Int64Index MultiIndex"),
    Harmless::of("pandas.core.index", Role::Makes, "_new_Index"),
    Harmless::of("pandas.indexes.base", Role::Makes, "_new_Index"),
    Harmless::of("pandas.indexes.base", Role::Class, "Index"),
    Harmless::of("pandas.core.indexes.datetimes", Role::Makes, "_new_DatetimeIndex"),
    Harmless::of("pandas.core.indexes.datetimes", Role::Class, "DatetimeIndex"),
    Harmless::of("pandas.core.indexes.period", Role::Makes, "_new_PeriodIndex"),
    Harmless::of("pandas.core.indexes.period", Role::Class, "PeriodIndex"),
    Harmless::of("pandas.core.indexes.interval", Role::Makes, "_new_IntervalIndex"),
    Harmless::of("pandas.core.indexes.interval", Role::Class, "IntervalIndex"),
    Harmless::of("pandas.core.indexes.timedeltas", Role::Class, "TimedeltaIndex"),
    Harmless::of("pandas.core.indexes.timedeltas", Role::Makes, "_new_TimedeltaIndex"),
    Harmless::of("pandas.core.indexes.range", Role::Class, "RangeIndex"),
    Harmless::of(
        "pandas.core.indexes.multi",
        Role::Class,
        "MultiIndex MultiIndexPyIntEngine MultiIndexUInt16Engine MultiIndexUInt32Engine \
         MultiIndexUInt64Engine MultiIndexUInt8Engine",
    ),
    Harmless::of("pandas.core.indexes.category", Role::Class, "CategoricalIndex"),
    Harmless::of(
        "pandas.core.indexes.numeric",
        Role::Class,
        "Int64Index UInt64Index Float64Index NumericIndex",
    ),
    Harmless::of("pandas.core.indexes.frozen", Role::Class, "FrozenList FrozenNDArray"),
    Harmless::of("pandas.core.internals", Role::Class, "BlockManager SingleBlockManager"),
    Harmless::of(
        "pandas.core.internals.managers",
        Role::Class,
        "BlockManager SingleBlockManager BaseBlockManager",
    ),
    Harmless::of("pandas.core.internals.blocks", Role::Function, "new_block"),
    Harmless::of(
        "pandas.core.internals.blocks",
        Role::Class,
        "Block NumericBlock ObjectBlock ExtensionBlock DatetimeLikeBlock EABackedBlock NumpyBlock",
    ),
    Harmless::of("pandas._libs.internals", Role::Function, "_unpickle_block"),
    Harmless::of("pandas._libs.internals", Role::Class, "BlockPlacement"),
    Harmless::of("pandas._libs.arrays", Role::Makes, "__pyx_unpickle_NDArrayBacked"),
    Harmless::of("pandas._libs.arrays", Role::Class, "NDArrayBacked"),
    Harmless::of("pandas._libs.interval", Role::Makes, "__pyx_unpickle_IntervalMixin"),
    Harmless::of("pandas._libs.interval", Role::Class, "Interval"),
    Harmless::of("pandas._libs.sparse", Role::Class, "IntIndex BlockIndex"),
    Harmless::of("pandas._libs.missing", Role::Class, "NAType"),
    Harmless::of("pandas._libs.missing", Role::Named, "NA"),
    Harmless::of("pandas._libs.tslibs.nattype", Role::Function, "_nat_unpickle __nat_unpickle"),
    Harmless::of("pandas._libs.tslibs.timestamps", Role::Function, "_unpickle_timestamp"),
    Harmless::of("pandas._libs.tslibs.timestamps", Role::Class, "Timestamp"),
    Harmless::of("pandas._libs.tslibs.timedeltas", Role::Function, "_timedelta_unpickle"),
    Harmless::of("pandas._libs.tslibs.timedeltas", Role::Class, "Timedelta"),
    Harmless::of("pandas._libs.tslibs.period", Role::Class, "Period"),
    Harmless::of("pandas._libs.tslibs.period", Role::Function, "_period_unpickle"),
    Harmless::of("pandas._libs.tslibs.offsets", Role::Class, OFFSETS),
    Harmless::of("pandas.tseries.offsets", Role::Class, OFFSETS),
    Harmless::of(
        "pandas.arrays",
        Role::Class,
        "ArrowExtensionArray ArrowStringArray BooleanArray DatetimeArray FloatingArray IntegerArray \
         IntervalArray NumpyExtensionArray PandasArray PeriodArray SparseArray StringArray TimedeltaArray \
         Categorical",
    ),
    Harmless::of("pandas.core.arrays.categorical", Role::Class, "Categorical"),
    Harmless::of("pandas.core.arrays.datetimes", Role::Class, "DatetimeArray"),
    Harmless::of("pandas.core.arrays.timedeltas", Role::Class, "TimedeltaArray"),
    Harmless::of("pandas.core.arrays.period", Role::Class, "PeriodArray"),
    Harmless::of("pandas.core.arrays.interval", Role::Class, "IntervalArray"),
    Harmless::of(
        "pandas.core.arrays.integer",
        Role::Class,
        "IntegerArray Int8Dtype Int16Dtype Int32Dtype Int64Dtype UInt8Dtype UInt16Dtype UInt32Dtype \
         UInt64Dtype IntegerDtype",
    ),
    Harmless::of(
        "pandas.core.arrays.floating",
        Role::Class,
        "FloatingArray Float32Dtype Float64Dtype FloatingDtype",
    ),
    Harmless::of("pandas.core.arrays.boolean", Role::Class, "BooleanArray BooleanDtype"),
    Harmless::of("pandas.core.arrays.string_", Role::Class, "StringArray StringDtype BaseStringArray"),
    Harmless::of(
        "pandas.core.arrays.string_arrow",
        Role::Class,
        "ArrowStringArray ArrowStringArrayNumpySemantics",
    ),
    Harmless::of("pandas.core.arrays.sparse.array", Role::Class, "SparseArray"),
    Harmless::of("pandas.core.arrays.sparse.dtype", Role::Class, "SparseDtype"),
    Harmless::of("pandas.core.arrays.numpy_", Role::Class, "PandasArray NumpyExtensionArray"),
    Harmless::of("pandas.core.arrays.arrow.array", Role::Class, "ArrowExtensionArray"),
    Harmless::of(
        "pandas.core.dtypes.dtypes",
        Role::Class,
        "CategoricalDtype DatetimeTZDtype IntervalDtype PeriodDtype ArrowDtype SparseDtype BaseMaskedDtype \
         CategoricalDtypeType NumpyEADtype PandasExtensionDtype",
    ),
    Harmless::of("pandas.core.flags", Role::Class, "Flags"),
    Harmless::of("pandas.core.generic", Role::Class, "NDFrame"),
    Harmless::of("pytz", Role::Function, "_UTC _p"),
    Harmless::of("pytz.tzinfo", Role::Function, "_p"),
    Harmless::of("dateutil.relativedelta", Role::Made, "relativedelta"),
    Harmless::of("dateutil.tz.tz", Role::Class, "tzutc tzlocal tzoffset"),
    Harmless::of(
        "pandas._libs.tslibs.dtypes",
        Role::Class,
        "FreqGroup NpyDatetimeUnit PeriodDtypeBase Resolution",
    ),
    Harmless::of(
        "pandas._libs.tslibs.offsets",
        Role::Class,
        "BHalfYearBegin BHalfYearEnd BQuarterBegin BQuarterEnd BYearBegin BYearEnd BusinessHour \
         CustomBusinessHour CustomBusinessMonthBegin CustomBusinessMonthEnd Easter FY5253 FY5253Quarter \
         HalfYearBegin HalfYearEnd HalfYearOffset LastWeekOfMonth MonthOffset QuarterOffset \
         RelativeDeltaOffset SemiMonthBegin SemiMonthEnd SemiMonthOffset Tick WeekOfMonth YearOffset",
    ),
    Harmless::of(
        "pandas.core.arrays.arrow.extension_types",
        Role::Class,
        "ArrowIntervalType ArrowPeriodType",
    ),
    Harmless::of("pandas.core.arrays.base", Role::Class, "ExtensionArrayNaResult"),
    Harmless::of("pandas.core.arrays.masked", Role::Class, "BaseMaskedArray"),
    Harmless::of("pandas.core.arrays.numeric", Role::Class, "NumericArray NumericDtype"),
    Harmless::of("pandas.core.dtypes.base", Role::Class, "StorageExtensionDtype"),
    Harmless::of("pandas.core.indexes.extension", Role::Class, "ExtensionIndex"),
    Harmless::of("pandas.core.internals.api", Role::Class, "_DatetimeTZBlock"),
    Harmless::of("pandas.core.internals.ops", Role::Class, "BlockPairInfo"),
];
