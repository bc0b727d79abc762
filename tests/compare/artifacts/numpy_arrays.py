"""numpy: arrays of every kind in .npy, .npz and pickles; scipy's matrices and curves."""

import datetime

import numpy as np
import scipy.interpolate
import scipy.optimize
import scipy.sparse
import scipy.spatial
import scipy.stats

from . import pickles

DTYPES = "? i1 i2 i4 i8 u1 u2 u4 u8 f2 f4 f8 g c8 c16 S5 U7 V3 M8[s] M8[D] m8[ms] >f8 <i4 >U3".split()


def arrays():
    for dtype in DTYPES:
        name = "".join(character if character.isalnum() else "_" for character in dtype)
        yield f"dtype-{name}", np.arange(24).astype("S5" if dtype[0] == "V" else "i8").astype(dtype).reshape(2, 3, 4)
    yield "empty", np.empty((0, 4))
    yield "scalar", np.array(3.5)
    yield "fortran", np.asfortranarray(np.arange(20.0).reshape(4, 5))
    yield "strided", np.arange(100)[::7]
    yield "structured", np.array([(1, 2.0, "a"), (2, 3.0, "b")], dtype=[("id", "i4"), ("x", "f8"), ("name", "U4")])
    yield "nested-structured", np.zeros(3, dtype=[("p", [("x", "f4"), ("y", "f4")]), ("v", "i2", (2, 2))])
    yield "aligned", np.zeros(2, dtype=np.dtype([("a", "i1"), ("b", "f8")], align=True))
    yield "titled", np.zeros(2, dtype=np.dtype({"names": ["a"], "formats": ["i4"], "titles": ["An a"]}))


def objects():
    yield "object-texts", np.array(["a", "bcd", None], dtype=object)
    yield "object-mixed", np.array([1, 2.5, "x", (1, 2), {"k": [3]}, datetime.date(2024, 1, 1)], dtype=object)
    yield "object-ragged", np.array([np.arange(2), np.arange(5)], dtype=object)
    yield "string-dtype", np.array(["a", "longer text"], dtype=np.dtypes.StringDType())
    yield "record", np.rec.array([(1, "a"), (2, "b")], names="id,name")
    yield "matrix", np.matrix([[1, 2], [3, 4]])
    yield "masked", np.ma.masked_greater(np.arange(6), 3)
    yield "masked-record", np.ma.array([(1, 2.0)], dtype=[("a", "i4"), ("b", "f4")], mask=[(0, 1)])
    yield "chararray", np.char.array(["ab", "cd"])
    yield "scalars", [np.float64(1.5), np.int8(3), np.bool_(True), np.str_("x"), np.datetime64("2024-01-01"), np.void(b"x")]
    yield "dtypes", [np.dtype("f4"), np.dtype([("a", "O")]), np.dtype("M8[ns]"), np.float32, np.ndarray]
    yield "ufuncs", [np.log1p, np.expm1, np.add, np.sqrt, np.maximum]
    yield "functions", [np.mean, np.median, np.std]
    yield "random-state", np.random.RandomState(1)
    for kind in ("MT19937", "PCG64", "PCG64DXSM", "Philox", "SFC64"):
        yield f"generator-{kind}", np.random.Generator(getattr(np.random, kind)(3))
    yield "seed-sequence", np.random.SeedSequence(5)
    yield "polynomials", [np.poly1d([1, 2, 3]), np.polynomial.Polynomial([1, 2]), np.polynomial.Chebyshev([1, 2, 3])]
    yield "more-polynomials", [np.polynomial.Legendre([1, 2]), np.polynomial.Hermite([1]), np.polynomial.Laguerre([1, 2])]


def scipy_values():
    grid = np.linspace(0, 1, 9)
    dense = np.eye(5)
    for layout in ("csr", "csc", "coo", "bsr", "dia", "lil", "dok"):
        yield f"sparse-{layout}", getattr(scipy.sparse, f"{layout}_matrix")(dense)
        yield f"sparse-array-{layout}", getattr(scipy.sparse, f"{layout}_array")(dense)
    yield "interp1d", scipy.interpolate.interp1d(grid, grid**2)
    yield "cubic", scipy.interpolate.CubicSpline(grid, grid**2)
    yield "pchip", scipy.interpolate.PchipInterpolator(grid, grid**2)
    yield "akima", scipy.interpolate.Akima1DInterpolator(grid, grid**2)
    yield "bspline", scipy.interpolate.make_interp_spline(grid, grid**2)
    yield "univariate", scipy.interpolate.UnivariateSpline(grid, grid**2)
    yield "rbf", scipy.interpolate.RBFInterpolator(np.random.rand(30, 3), np.arange(30.0))
    yield "regular-grid", scipy.interpolate.RegularGridInterpolator((grid, grid), np.outer(grid, grid))
    yield "kdtree", [scipy.spatial.KDTree(np.random.rand(20, 3)), scipy.spatial.cKDTree(np.random.rand(20, 3))]
    yield "hull", scipy.spatial.transform.Rotation.from_euler("z", 0.5)
    yield "kde", scipy.stats.gaussian_kde(np.random.rand(30))
    yield "optimum", scipy.optimize.minimize(lambda x: (x**2).sum(), [1.0, 2.0])


def make(collection):
    def add(name, format, write):
        collection.add("numpy", name, format, write)

    for name, array in arrays():
        add(f"{name}.npy", "npy", lambda path, array=array: np.save(path, array))
        pickles.some(collection, "numpy", name, array, 1)
    named = dict(arrays())
    add("many.npz", "npz", lambda path: np.savez(path, **named))
    add("packed.npz", "npz", lambda path: np.savez_compressed(path, **named))
    for name, value in objects():
        pickles.some(collection, "numpy", name, value, 2)
        if isinstance(value, np.ndarray) and value.dtype == object:
            add(f"{name}.npy", "npy", lambda path, value=value: np.save(path, value, allow_pickle=True))
            add(f"{name}.npz", "npz", lambda path, value=value: np.savez(path, a=value, b=np.arange(3)))
    pickles.every(collection, "numpy", "weights", {"w": np.random.rand(30, 30), "b": np.zeros(30, "f4")})
    for name, value in scipy_values():
        pickles.some(collection, "scipy", name, value, 2)
    add("sparse.npz", "npz", lambda path: scipy.sparse.save_npz(path, scipy.sparse.eye(5, format="csr")))
