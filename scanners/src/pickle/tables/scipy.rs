//! scipy: sparse matrices, curves, trees and results (0.18 to 1.18).
//!
//! Left out on purpose: the distributions of `scipy.stats`, which run a string of their own state as code when they are
//! loaded; they are judged by that string.

use super::super::judge::{Harmless, Role};

pub(super) const TABLE: &[Harmless] = &[
    Harmless::of("scipy._external.array_api_compat.numpy._aliases", Role::Named, "asarray"),
    Harmless::of("scipy.cluster.hierarchy._hierarchy_impl", Role::Class, "ClusterWarning"),
    Harmless::of("scipy.cluster.hierarchy._hierarchy_impl", Role::Made, "ClusterNode"),
    Harmless::of("scipy.integrate._ivp.base", Role::Made, "ConstantDenseOutput DenseOutput OdeSolver"),
    Harmless::of("scipy.integrate._ivp.bdf", Role::Made, "BDF BdfDenseOutput"),
    Harmless::of("scipy.integrate._ivp.common", Role::Made, "OdeSolution"),
    Harmless::of("scipy.integrate._ivp.ivp", Role::Container, "OdeResult"),
    Harmless::of("scipy.integrate._ivp.lsoda", Role::Made, "LSODA LsodaDenseOutput"),
    Harmless::of("scipy.integrate._ivp.radau", Role::Made, "Radau RadauDenseOutput"),
    Harmless::of(
        "scipy.integrate._ivp.rk",
        Role::Made,
        "DOP853 Dop853DenseOutput RK23 RK45 RkDenseOutput RungeKutta",
    ),
    Harmless::of("scipy.interpolate", Role::Class, "BSpline PPoly CubicSpline"),
    Harmless::of(
        "scipy.interpolate._bary_rational",
        Role::Made,
        "AAA FloaterHormannInterpolator _BarycentricRational",
    ),
    Harmless::of("scipy.interpolate._bsplines", Role::Class, "BSpline"),
    Harmless::of("scipy.interpolate._bsplines", Role::Made, "_BSpline"),
    Harmless::of(
        "scipy.interpolate._cubic",
        Role::Class,
        "CubicSpline PchipInterpolator Akima1DInterpolator",
    ),
    Harmless::of("scipy.interpolate._cubic", Role::Made, "CubicHermiteSpline"),
    Harmless::of("scipy.interpolate._fitpack", Role::Class, "error"),
    Harmless::of(
        "scipy.interpolate._fitpack2",
        Role::Made,
        "BivariateSpline InterpolatedUnivariateSpline LSQBivariateSpline LSQSphereBivariateSpline \
         LSQUnivariateSpline RectBivariateSpline RectSphereBivariateSpline SmoothBivariateSpline \
         SmoothSphereBivariateSpline SphereBivariateSpline UnivariateSpline _DerivedBivariateSpline",
    ),
    Harmless::of("scipy.interpolate._interpnd", Role::Class, "GradientEstimationWarning"),
    Harmless::of(
        "scipy.interpolate._interpnd",
        Role::Made,
        "CloughTocher2DInterpolator LinearNDInterpolator NDInterpolatorBase",
    ),
    Harmless::of("scipy.interpolate._interpolate", Role::Class, "interp1d PPoly"),
    Harmless::of("scipy.interpolate._interpolate", Role::Made, "BPoly NdPPoly _BPoly _PPoly interp2d"),
    Harmless::of("scipy.interpolate._ndbspline", Role::Made, "NdBSpline"),
    Harmless::of("scipy.interpolate._ndgriddata", Role::Made, "NearestNDInterpolator"),
    Harmless::of("scipy.interpolate._polyint", Role::Class, "BarycentricInterpolator"),
    Harmless::of(
        "scipy.interpolate._polyint",
        Role::Made,
        "KroghInterpolator _Interpolator1D _Interpolator1DWithDerivatives",
    ),
    Harmless::of("scipy.interpolate._rbf", Role::Made, "Rbf"),
    Harmless::of("scipy.interpolate._rbfinterp", Role::Made, "RBFInterpolator"),
    Harmless::of("scipy.interpolate._regrid", Role::Made, "PackedMatrix"),
    Harmless::of("scipy.interpolate._rgi", Role::Made, "RegularGridInterpolator"),
    Harmless::of("scipy.interpolate.interpolate", Role::Class, "interp1d PPoly"),
    Harmless::of(
        "scipy.optimize._constraints",
        Role::Made,
        "Bounds LinearConstraint NonlinearConstraint PreparedConstraint",
    ),
    Harmless::of(
        "scipy.optimize._hessian_update_strategy",
        Role::Made,
        "BFGS FullHessianUpdateStrategy HessianUpdateStrategy SR1",
    ),
    Harmless::of("scipy.optimize._lbfgsb_py", Role::Made, "LbfgsInvHessProduct"),
    Harmless::of("scipy.optimize._optimize", Role::Container, "OptimizeResult"),
    Harmless::of("scipy.optimize._zeros_py", Role::Container, "RootResults"),
    Harmless::of("scipy.optimize._zeros_py", Role::Made, "TOMS748Solver"),
    Harmless::of("scipy.optimize.optimize", Role::Container, "OptimizeResult"),
    Harmless::of("scipy.signal._czt", Role::Made, "CZT ZoomFFT"),
    Harmless::of(
        "scipy.signal._ltisys",
        Role::Made,
        "LinearTimeInvariant StateSpace StateSpaceContinuous StateSpaceDiscrete TransferFunction \
         TransferFunctionContinuous TransferFunctionDiscrete ZerosPolesGain ZerosPolesGainContinuous \
         ZerosPolesGainDiscrete dlti lti",
    ),
    Harmless::of(
        "scipy.sparse",
        Role::Class,
        "csr_matrix csc_matrix coo_matrix dok_matrix lil_matrix bsr_matrix dia_matrix csr_array csc_array \
         coo_array",
    ),
    Harmless::of(
        "scipy.sparse._base",
        Role::Class,
        "spmatrix SparseEfficiencyWarning SparseFormatWarning SparseWarning",
    ),
    Harmless::of("scipy.sparse._base", Role::Made, "_spbase sparray"),
    Harmless::of("scipy.sparse._bsr", Role::Class, "bsr_matrix bsr_array"),
    Harmless::of("scipy.sparse._coo", Role::Class, "coo_matrix coo_array"),
    Harmless::of("scipy.sparse._csc", Role::Class, "csc_matrix csc_array"),
    Harmless::of("scipy.sparse._csr", Role::Class, "csr_matrix csr_array"),
    Harmless::of("scipy.sparse._dia", Role::Class, "dia_matrix dia_array"),
    Harmless::of("scipy.sparse._dok", Role::Container, "dok_matrix dok_array"),
    Harmless::of("scipy.sparse._lil", Role::Class, "lil_matrix lil_array"),
    Harmless::of("scipy.sparse._matrix", Role::Made, "spmatrix"),
    Harmless::of("scipy.sparse.coo", Role::Class, "coo_matrix"),
    Harmless::of("scipy.sparse.csc", Role::Class, "csc_matrix"),
    Harmless::of("scipy.sparse.csr", Role::Class, "csr_matrix"),
    Harmless::of("scipy.sparse.dia", Role::Class, "dia_matrix"),
    Harmless::of(
        "scipy.sparse.linalg._interface",
        Role::Made,
        "IdentityOperator LinearOperator MatrixLinearOperator _AdjointLinearOperator _AdjointMatrixOperator \
         _CustomLinearOperator _PowerLinearOperator _ProductLinearOperator _ScaledLinearOperator \
         _SumLinearOperator _TransposedLinearOperator",
    ),
    Harmless::of("scipy.spatial._ckdtree", Role::Class, "cKDTree"),
    Harmless::of("scipy.spatial._kdtree", Role::Class, "KDTree"),
    Harmless::of("scipy.spatial._kdtree", Role::Made, "Rectangle"),
    Harmless::of("scipy.spatial._spherical_voronoi", Role::Made, "SphericalVoronoi"),
    Harmless::of("scipy.spatial.transform._rigid_transform", Role::Made, "RigidTransform"),
    Harmless::of("scipy.spatial.transform._rotation", Role::Class, "Rotation"),
    Harmless::of("scipy.spatial.transform._rotation", Role::Made, "Slerp"),
    Harmless::of("scipy.spatial.transform._rotation_spline", Role::Made, "RotationSpline"),
    Harmless::of("scipy.special._orthogonal", Role::Made, "orthopoly1d"),
    Harmless::of("scipy.stats._kde", Role::Class, "gaussian_kde"),
    Harmless::of("scipy.stats._stats", Role::Class, "gaussian_kernel_estimate"),
];

/// Methods that an interpolator holds, named by a walk from its class.
pub(super) const METHODS: &[Harmless] = &[Harmless::of(
    "scipy.interpolate._interpolate",
    Role::Named,
    "interp1d._call_linear interp1d._call_linear_np interp1d._call_nearest interp1d._call_spline \
     interp1d._call_previousnext interp1d._call_nan_spline",
)];
