//! torch: probability distributions.

use super::super::super::judge::{Harmless, Role};

pub(super) const TABLE: &[Harmless] = &[
    Harmless::of("torch.distributions.bernoulli", Role::Made, "Bernoulli"),
    Harmless::of("torch.distributions.beta", Role::Made, "Beta"),
    Harmless::of("torch.distributions.binomial", Role::Made, "Binomial"),
    Harmless::of("torch.distributions.categorical", Role::Made, "Categorical"),
    Harmless::of("torch.distributions.cauchy", Role::Made, "Cauchy"),
    Harmless::of("torch.distributions.chi2", Role::Made, "Chi2"),
    Harmless::of(
        "torch.distributions.constraints",
        Role::Made,
        "Constraint MixtureSameFamilyConstraint _Boolean _Cat _CorrCholesky _Dependent _DependentProperty \
         _GreaterThan _GreaterThanEq _HalfOpenInterval _IndependentConstraint _IntegerGreaterThan \
         _IntegerInterval _IntegerLessThan _Interval _LessThan _LowerCholesky _LowerTriangular _Multinomial \
         _OneHot _PositiveDefinite _PositiveSemidefinite _Real _Simplex _Square _Stack _Symmetric",
    ),
    Harmless::of("torch.distributions.continuous_bernoulli", Role::Made, "ContinuousBernoulli"),
    Harmless::of("torch.distributions.dirichlet", Role::Made, "Dirichlet"),
    Harmless::of("torch.distributions.distribution", Role::Made, "Distribution"),
    Harmless::of("torch.distributions.exp_family", Role::Made, "ExponentialFamily"),
    Harmless::of("torch.distributions.exponential", Role::Made, "Exponential"),
    Harmless::of("torch.distributions.fishersnedecor", Role::Made, "FisherSnedecor"),
    Harmless::of("torch.distributions.gamma", Role::Made, "Gamma"),
    Harmless::of("torch.distributions.generalized_pareto", Role::Made, "GeneralizedPareto"),
    Harmless::of("torch.distributions.geometric", Role::Made, "Geometric"),
    Harmless::of("torch.distributions.gumbel", Role::Made, "Gumbel"),
    Harmless::of("torch.distributions.half_cauchy", Role::Made, "HalfCauchy"),
    Harmless::of("torch.distributions.half_normal", Role::Made, "HalfNormal"),
    Harmless::of("torch.distributions.independent", Role::Made, "Independent"),
    Harmless::of("torch.distributions.inverse_gamma", Role::Made, "InverseGamma"),
    Harmless::of("torch.distributions.kumaraswamy", Role::Made, "Kumaraswamy"),
    Harmless::of("torch.distributions.laplace", Role::Made, "Laplace"),
    Harmless::of("torch.distributions.lkj_cholesky", Role::Made, "LKJCholesky"),
    Harmless::of("torch.distributions.log_normal", Role::Made, "LogNormal"),
    Harmless::of("torch.distributions.logistic_normal", Role::Made, "LogisticNormal"),
    Harmless::of("torch.distributions.lowrank_multivariate_normal", Role::Made, "LowRankMultivariateNormal"),
    Harmless::of("torch.distributions.mixture_same_family", Role::Made, "MixtureSameFamily"),
    Harmless::of("torch.distributions.multinomial", Role::Made, "Multinomial"),
    Harmless::of("torch.distributions.multivariate_normal", Role::Made, "MultivariateNormal"),
    Harmless::of("torch.distributions.negative_binomial", Role::Made, "NegativeBinomial"),
    Harmless::of("torch.distributions.normal", Role::Made, "Normal"),
    Harmless::of(
        "torch.distributions.one_hot_categorical",
        Role::Made,
        "OneHotCategorical OneHotCategoricalStraightThrough",
    ),
    Harmless::of("torch.distributions.pareto", Role::Made, "Pareto"),
    Harmless::of("torch.distributions.poisson", Role::Made, "Poisson"),
    Harmless::of(
        "torch.distributions.relaxed_bernoulli",
        Role::Made,
        "LogitRelaxedBernoulli RelaxedBernoulli",
    ),
    Harmless::of(
        "torch.distributions.relaxed_categorical",
        Role::Made,
        "ExpRelaxedCategorical RelaxedOneHotCategorical",
    ),
    Harmless::of("torch.distributions.studentT", Role::Made, "StudentT"),
    Harmless::of("torch.distributions.transformed_distribution", Role::Made, "TransformedDistribution"),
    Harmless::of(
        "torch.distributions.transforms",
        Role::Made,
        "AbsTransform AffineTransform CatTransform ComposeTransform CorrCholeskyTransform \
         CumulativeDistributionTransform ExpTransform IndependentTransform LowerCholeskyTransform \
         PositiveDefiniteTransform PowerTransform ReshapeTransform SigmoidTransform SoftmaxTransform \
         SoftplusTransform StackTransform StickBreakingTransform TanhTransform Transform _InverseTransform",
    ),
    Harmless::of("torch.distributions.uniform", Role::Made, "Uniform"),
    Harmless::of("torch.distributions.von_mises", Role::Made, "VonMises"),
    Harmless::of("torch.distributions.weibull", Role::Made, "Weibull"),
    Harmless::of("torch.distributions.wishart", Role::Made, "Wishart"),
];
