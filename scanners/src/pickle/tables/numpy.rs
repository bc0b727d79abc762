//! numpy arrays, scalars and random state, scipy's sparse matrices, joblib's array wrapper.

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
    Harmless::of("numpy", Role::Class, ARRAYS),
    Harmless::of("numpy", Role::Dtype, "dtype"),
    Harmless::of("numpy", Role::Named, "nan inf pi newaxis"),
    // Elementwise functions that transformers and model selection name and never call while loading.
    Harmless::of(
        "numpy",
        Role::Function,
        "log log1p log2 log10 exp expm1 sqrt square abs absolute mean median std var sum min max amin amax prod \
         sin cos tan tanh sign round floor ceil clip reciprocal",
    ),
    Harmless::of("numpy.core.multiarray", Role::Makes, "_reconstruct"),
    Harmless::of("numpy._core.multiarray", Role::Makes, "_reconstruct"),
    Harmless::of("numpy.core.multiarray", Role::Function, "scalar"),
    Harmless::of("numpy._core.multiarray", Role::Function, "scalar"),
    Harmless::of("numpy.core.multiarray", Role::Class, "ndarray"),
    Harmless::of("numpy._core.multiarray", Role::Class, "ndarray"),
    Harmless::of("numpy.core.numeric", Role::Function, "_frombuffer"),
    Harmless::of("numpy._core.numeric", Role::Function, "_frombuffer"),
    Harmless::of("numpy.core._internal", Role::Function, "_convert_to_stringdtype_kwargs"),
    Harmless::of("numpy._core._internal", Role::Function, "_convert_to_stringdtype_kwargs"),
    Harmless::of("numpy.core", Role::Named, "_ufunc_reconstruct"),
    Harmless::of("numpy.dtypes", Role::Class, "StringDType Float64DType Float32DType Int64DType Int32DType"),
    Harmless::of("numpy.rec", Role::Class, "recarray record"),
    Harmless::of("numpy.core.records", Role::Class, "recarray record"),
    Harmless::of("numpy._core.records", Role::Class, "recarray record"),
    Harmless::of("numpy.ma", Role::Class, "MaskedArray"),
    Harmless::of("numpy.ma.core", Role::Class, "MaskedArray mvoid"),
    Harmless::of("numpy.ma.core", Role::Makes, "_mareconstruct"),
    Harmless::of("numpy.matrixlib.defmatrix", Role::Class, "matrix"),
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
    Harmless::of("sklearn.externals.joblib.numpy_pickle", Role::Class, "NumpyArrayWrapper"),
    Harmless::of(
        "scipy.sparse",
        Role::Class,
        "csr_matrix csc_matrix coo_matrix dok_matrix lil_matrix bsr_matrix dia_matrix csr_array csc_array coo_array",
    ),
    Harmless::of("scipy.sparse._csr", Role::Class, "csr_matrix csr_array"),
    Harmless::of("scipy.sparse._csc", Role::Class, "csc_matrix csc_array"),
    Harmless::of("scipy.sparse._coo", Role::Class, "coo_matrix coo_array"),
    Harmless::of("scipy.sparse._bsr", Role::Class, "bsr_matrix bsr_array"),
    Harmless::of("scipy.sparse._dia", Role::Class, "dia_matrix dia_array"),
    Harmless::of("scipy.sparse._lil", Role::Class, "lil_matrix lil_array"),
    Harmless::of("scipy.sparse._dok", Role::Container, "dok_matrix dok_array"),
    Harmless::of("scipy.sparse.csr", Role::Class, "csr_matrix"),
    Harmless::of("scipy.sparse.csc", Role::Class, "csc_matrix"),
    Harmless::of("scipy.sparse.coo", Role::Class, "coo_matrix"),
    Harmless::of("scipy.sparse.dia", Role::Class, "dia_matrix"),
    Harmless::of("scipy.sparse._base", Role::Class, "spmatrix"),
    Harmless::of("scipy.interpolate._bsplines", Role::Class, "BSpline"),
    Harmless::of("scipy.interpolate", Role::Class, "BSpline PPoly CubicSpline"),
    Harmless::of("scipy.interpolate._interpolate", Role::Class, "interp1d PPoly"),
    Harmless::of("scipy.interpolate.interpolate", Role::Class, "interp1d PPoly"),
    Harmless::of(
        "scipy.interpolate._cubic",
        Role::Class,
        "CubicSpline PchipInterpolator Akima1DInterpolator",
    ),
    Harmless::of("scipy.interpolate._polyint", Role::Class, "BarycentricInterpolator"),
    Harmless::of("scipy.stats._stats", Role::Class, "gaussian_kernel_estimate"),
    Harmless::of("scipy.stats._kde", Role::Class, "gaussian_kde"),
    Harmless::of("scipy.spatial._ckdtree", Role::Class, "cKDTree"),
    Harmless::of("scipy.spatial._kdtree", Role::Class, "KDTree"),
    Harmless::of("scipy.spatial.transform._rotation", Role::Class, "Rotation"),
    Harmless::of("scipy.optimize._optimize", Role::Container, "OptimizeResult"),
    Harmless::of("scipy.optimize.optimize", Role::Container, "OptimizeResult"),
];
