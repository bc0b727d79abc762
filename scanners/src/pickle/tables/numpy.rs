//! numpy arrays, scalars and random state, joblib's array wrapper (numpy 1.8 to 2.5, joblib 0.8 to 1.6).

use super::super::judge::{Harmless, Role};

/// Scalar types.
const SCALARS: &str = "bool bool_ int8 int16 int32 int64 uint8 uint16 uint32 uint64 intc uintc int_ uint intp uintp \
                       longlong ulonglong float16 float32 float64 float_ longdouble float128 complex64 complex128 \
                       complex_ clongdouble complex256 str_ bytes_ string_ unicode_ void datetime64 timedelta64 \
                       object_ byte ubyte short ushort long ulong half single double csingle cdouble generic number \
                       integer signedinteger unsignedinteger floating inexact complexfloating flexible character";

/// Arrays that are made and then given their state.
const ARRAYS: &str = "ndarray matrix record recarray chararray";

const BIT_GENERATORS: &str = "MT19937 PCG64 PCG64DXSM Philox SFC64";

const RANDOM_CTORS: &str = "__bit_generator_ctor __generator_ctor __randomstate_ctor";

pub(super) const TABLE: &[Harmless] = &[
    Harmless::of("numpy", Role::Class, SCALARS),
    Harmless::of("numpy", Role::Made, ARRAYS),
    Harmless::of("numpy", Role::Dtype, "dtype"),
    Harmless::of("numpy", Role::Named, "nan inf pi newaxis"),
    // Elementwise functions that transformers and model selection name and never call while loading.
    Harmless::of(
        "numpy",
        Role::Named,
        "log log1p log2 log10 exp expm1 sqrt square abs absolute mean median std var sum min max amin amax \
         prod sin cos tan tanh sign round floor ceil clip reciprocal add subtract multiply divide true_divide power maximum \
         minimum fmax fmin logical_and logical_or logical_not isnan isfinite isinf arcsinh sinh cosh arctan cbrt exp2 \
         greater less equal not_equal argmax argmin nanmean nanmedian nanstd nansum nanmin nanmax percentile quantile \
         identity eye ones zeros",
    ),
    Harmless::of("numpy.core.multiarray", Role::Makes, "_reconstruct"),
    Harmless::of("numpy._core.multiarray", Role::Makes, "_reconstruct"),
    Harmless::of("numpy.core.multiarray", Role::Function, "scalar"),
    Harmless::of("numpy._core.multiarray", Role::Function, "scalar"),
    Harmless::of("numpy.core.multiarray", Role::Made, "ndarray"),
    Harmless::of("numpy._core.multiarray", Role::Made, "ndarray"),
    Harmless::of("numpy.core.numeric", Role::Function, "_frombuffer"),
    Harmless::of("numpy._core.numeric", Role::Function, "_frombuffer"),
    Harmless::of("numpy.core._internal", Role::Function, "_convert_to_stringdtype_kwargs"),
    Harmless::of("numpy._core._internal", Role::Function, "_convert_to_stringdtype_kwargs"),
    Harmless::of("numpy.core", Role::Named, "_ufunc_reconstruct"),
    Harmless::of(
        "numpy.dtypes",
        Role::Class,
        "StringDType Float64DType Float32DType Int64DType Int32DType BoolDType BytesDType CLongDoubleDType \
         Complex128DType Complex64DType DateTime64DType Float16DType Int16DType Int8DType LongDoubleDType \
         LongLongDType ObjectDType StrDType TimeDelta64DType UInt16DType UInt32DType UInt64DType UInt8DType \
         ULongLongDType VoidDType",
    ),
    Harmless::of("numpy.rec", Role::Made, "recarray record"),
    Harmless::of("numpy.core.records", Role::Made, "recarray record"),
    Harmless::of("numpy._core.records", Role::Made, "recarray record"),
    Harmless::of("numpy.ma", Role::Class, "MaskedArray"),
    Harmless::of("numpy.ma.core", Role::Class, "MaskedArray mvoid"),
    Harmless::of("numpy.ma.core", Role::Makes, "_mareconstruct"),
    Harmless::of("numpy.matrixlib.defmatrix", Role::Made, "matrix"),
    Harmless::of("numpy.random", Role::Class, "RandomState Generator"),
    Harmless::of("numpy.random.mtrand", Role::Class, "RandomState"),
    Harmless::of("numpy.random.mtrand", Role::Function, "__RandomState_ctor __randomstate_ctor"),
    Harmless::of("numpy.random", Role::Function, "__RandomState_ctor"),
    Harmless::of("numpy.random._pickle", Role::Calls, RANDOM_CTORS),
    Harmless::of("numpy.random._generator", Role::Class, "Generator"),
    Harmless::of("numpy.random", Role::Class, BIT_GENERATORS),
    Harmless::of("numpy.random._mt19937", Role::Class, "MT19937"),
    Harmless::of("numpy.random._pcg64", Role::Class, "PCG64 PCG64DXSM"),
    Harmless::of("numpy.random._philox", Role::Class, "Philox"),
    Harmless::of("numpy.random._sfc64", Role::Class, "SFC64"),
    Harmless::of("numpy.random.bit_generator", Role::Class, "SeedSequence SeedlessSeedSequence"),
    Harmless::of(
        "numpy.random.bit_generator",
        Role::Makes,
        "__pyx_unpickle_SeedSequence __pyx_unpickle_SeedlessSequence",
    ),
    Harmless::of("numpy.random._bit_generator", Role::Class, "SeedSequence"),
    Harmless::of("numpy.random._bit_generator", Role::Makes, "__pyx_unpickle_SeedSequence"),
    Harmless::of("numpy.polynomial.polynomial", Role::Class, "Polynomial"),
    Harmless::of("numpy.polynomial.chebyshev", Role::Class, "Chebyshev"),
    Harmless::of("numpy.lib._polynomial_impl", Role::Class, "poly1d"),
    Harmless::of("numpy.lib.polynomial", Role::Class, "poly1d"),
    Harmless::of("ml_dtypes", Role::Class, "bfloat16 float8_e4m3fn float8_e5m2 int4 uint4"),
    Harmless::of("joblib.numpy_pickle", Role::Class, "NumpyArrayWrapper"),
    Harmless::of(
        "numpy.linalg._linalg",
        Role::Class,
        "EigResult EighResult QRResult SVDResult SlogdetResult",
    ),
    Harmless::of("numpy.ma.mrecords", Role::Class, "MaskedRecords"),
    Harmless::of("numpy.polynomial.hermite", Role::Class, "Hermite"),
    Harmless::of("numpy.polynomial.hermite_e", Role::Class, "HermiteE"),
    Harmless::of("numpy.polynomial.laguerre", Role::Class, "Laguerre"),
    Harmless::of("numpy.polynomial.legendre", Role::Class, "Legendre"),
    Harmless::of("numpy", Role::Made, "poly1d"),
    Harmless::of("numpy.char", Role::Made, "chararray"),
    Harmless::of("numpy._core.defchararray", Role::Made, "chararray"),
];
