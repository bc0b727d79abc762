//! scikit-learn: models that predict, and what they hold.

use super::super::super::judge::{Harmless, Role};

pub(super) const TABLE: &[Harmless] = &[
    Harmless::of(
        "sklearn._loss._loss",
        Role::Class,
        "CyAbsoluteError CyExponentialLoss CyHalfBinomialLoss CyHalfGammaLoss CyHalfMultinomialLoss \
            CyHalfPoissonLoss CyHalfSquaredError CyHalfTweedieLoss CyHalfTweedieLossIdentity CyHuberLoss \
            CyLossFunction CyPinballLoss",
    ),
    Harmless::of(
        "sklearn._loss._loss",
        Role::Makes,
        "__pyx_unpickle_CyAbsoluteError __pyx_unpickle_CyExponentialLoss \
            __pyx_unpickle_CyHalfBinomialLoss __pyx_unpickle_CyHalfGammaLoss \
            __pyx_unpickle_CyHalfMultinomialLoss __pyx_unpickle_CyHalfPoissonLoss \
            __pyx_unpickle_CyHalfSquaredError __pyx_unpickle_CyHalfTweedieLoss \
            __pyx_unpickle_CyHalfTweedieLossIdentity __pyx_unpickle_CyHuberLoss \
            __pyx_unpickle_CyLossFunction __pyx_unpickle_CyPinballLoss",
    ),
    Harmless::of(
        "sklearn._loss.link",
        Role::Class,
        "BaseLink HalfLogitLink IdentityLink Interval LogLink LogitLink MultinomialLogit",
    ),
    Harmless::of(
        "sklearn._loss.loss",
        Role::Class,
        "AbsoluteError ArrayAPILossMixin BaseLoss ExponentialLoss HalfBinomialLoss \
            HalfBinomialLossArrayAPI HalfGammaLoss HalfMultinomialLoss HalfMultinomialLossArrayAPI \
            HalfPoissonLoss HalfPoissonLossArrayAPI HalfSquaredError HalfTweedieLoss \
            HalfTweedieLossIdentity HuberLoss PinballLoss",
    ),
    Harmless::of(
        "sklearn.calibration",
        Role::Class,
        "CalibratedClassifierCV _CalibratedClassifier _SigmoidCalibration _TemperatureScaling",
    ),
    Harmless::of("sklearn.calibration", Role::Made, "CalibrationDisplay"),
    Harmless::of(
        "sklearn.discriminant_analysis",
        Role::Class,
        "DiscriminantAnalysisPredictionMixin LinearDiscriminantAnalysis QuadraticDiscriminantAnalysis",
    ),
    Harmless::of("sklearn.dummy", Role::Class, "DummyClassifier DummyRegressor"),
    Harmless::of("sklearn.ensemble._bagging", Role::Class, "BaggingClassifier BaggingRegressor BaseBagging"),
    Harmless::of("sklearn.ensemble._base", Role::Class, "BaseEnsemble _BaseHeterogeneousEnsemble"),
    Harmless::of(
        "sklearn.ensemble._forest",
        Role::Class,
        "BaseForest ExtraTreesClassifier ExtraTreesRegressor ForestClassifier ForestRegressor \
            RandomForestClassifier RandomForestRegressor RandomTreesEmbedding",
    ),
    Harmless::of(
        "sklearn.ensemble._gb",
        Role::Class,
        "BaseGradientBoosting GradientBoostingClassifier GradientBoostingRegressor VerboseReporter",
    ),
    Harmless::of(
        "sklearn.ensemble._gb_losses",
        Role::Class,
        "BinomialDeviance ExponentialLoss HuberLossFunction LeastAbsoluteError LeastSquaresError \
            MultinomialDeviance QuantileLossFunction",
    ),
    Harmless::of("sklearn.ensemble._hist_gradient_boosting.binning", Role::Class, "_BinMapper"),
    Harmless::of("sklearn.ensemble._hist_gradient_boosting.common", Role::Class, "MonotonicConstraint"),
    Harmless::of(
        "sklearn.ensemble._hist_gradient_boosting.gradient_boosting",
        Role::Class,
        "BaseHistGradientBoosting HistGradientBoostingClassifier HistGradientBoostingRegressor",
    ),
    Harmless::of("sklearn.ensemble._hist_gradient_boosting.grower", Role::Class, "TreeGrower TreeNode"),
    Harmless::of("sklearn.ensemble._hist_gradient_boosting.histogram", Role::Class, "HistogramBuilder"),
    Harmless::of(
        "sklearn.ensemble._hist_gradient_boosting.loss",
        Role::Class,
        "BinaryCrossEntropy CategoricalCrossEntropy LeastAbsoluteDeviation LeastSquares Poisson",
    ),
    Harmless::of("sklearn.ensemble._hist_gradient_boosting.predictor", Role::Class, "TreePredictor"),
    Harmless::of("sklearn.ensemble._hist_gradient_boosting.splitting", Role::Class, "SplitInfo Splitter"),
    Harmless::of("sklearn.ensemble._iforest", Role::Class, "IsolationForest"),
    Harmless::of(
        "sklearn.ensemble._stacking",
        Role::Class,
        "StackingClassifier StackingRegressor _BaseStacking",
    ),
    Harmless::of("sklearn.ensemble._voting", Role::Class, "VotingClassifier VotingRegressor _BaseVoting"),
    Harmless::of(
        "sklearn.ensemble._weight_boosting",
        Role::Class,
        "AdaBoostClassifier AdaBoostRegressor BaseWeightBoosting",
    ),
    Harmless::of("sklearn.ensemble.bagging", Role::Class, "BaggingClassifier BaggingRegressor"),
    Harmless::of(
        "sklearn.ensemble.forest",
        Role::Class,
        "ExtraTreesClassifier ExtraTreesRegressor RandomForestClassifier RandomForestRegressor \
            RandomTreesEmbedding",
    ),
    Harmless::of(
        "sklearn.ensemble.gradient_boosting",
        Role::Class,
        "GradientBoostingClassifier GradientBoostingRegressor",
    ),
    Harmless::of("sklearn.ensemble.iforest", Role::Class, "IsolationForest"),
    Harmless::of("sklearn.ensemble.voting", Role::Class, "VotingClassifier VotingRegressor"),
    Harmless::of("sklearn.ensemble.weight_boosting", Role::Class, "AdaBoostClassifier AdaBoostRegressor"),
    Harmless::of("sklearn.frozen._frozen", Role::Class, "FrozenEstimator"),
    Harmless::of(
        "sklearn.gaussian_process._gpc",
        Role::Class,
        "GaussianProcessClassifier _BinaryGaussianProcessClassifierLaplace",
    ),
    Harmless::of("sklearn.gaussian_process._gpr", Role::Class, "GaussianProcessRegressor"),
    Harmless::of(
        "sklearn.gaussian_process.gpc",
        Role::Class,
        "GaussianProcessClassifier _BinaryGaussianProcessClassifierLaplace",
    ),
    Harmless::of("sklearn.gaussian_process.gpr", Role::Class, "GaussianProcessRegressor"),
    Harmless::of(
        "sklearn.gaussian_process.kernels",
        Role::Class,
        "CompoundKernel ConstantKernel DotProduct ExpSineSquared Exponentiation GenericKernelMixin \
            Hyperparameter Kernel KernelOperator Matern NormalizedKernelMixin PairwiseKernel Product RBF \
            RationalQuadratic StationaryKernelMixin Sum WhiteKernel",
    ),
    Harmless::of("sklearn.isotonic", Role::Class, "IsotonicRegression"),
    Harmless::of("sklearn.kernel_ridge", Role::Class, "KernelRidge"),
    Harmless::of("sklearn.linear_model", Role::Class, "LinearRegression LogisticRegression"),
    Harmless::of(
        "sklearn.linear_model._base",
        Role::Class,
        "LinearClassifierMixin LinearModel LinearRegression MultiOutputLinearModel SparseCoefMixin",
    ),
    Harmless::of("sklearn.linear_model._bayes", Role::Class, "ARDRegression BayesianRidge"),
    Harmless::of(
        "sklearn.linear_model._coordinate_descent",
        Role::Class,
        "ElasticNet ElasticNetCV Lasso LassoCV LinearModelCV MultiTaskElasticNet \
            MultiTaskElasticNetCV MultiTaskLasso MultiTaskLassoCV",
    ),
    Harmless::of(
        "sklearn.linear_model._glm._newton_solver",
        Role::Class,
        "NewtonCholeskySolver NewtonSolver",
    ),
    Harmless::of(
        "sklearn.linear_model._glm.glm",
        Role::Class,
        "GammaRegressor PoissonRegressor TweedieRegressor _GeneralizedLinearRegressor",
    ),
    Harmless::of("sklearn.linear_model._huber", Role::Class, "HuberRegressor"),
    Harmless::of(
        "sklearn.linear_model._least_angle",
        Role::Class,
        "Lars LarsCV LassoLars LassoLarsCV LassoLarsIC",
    ),
    Harmless::of("sklearn.linear_model._linear_loss", Role::Class, "LinearModelLoss"),
    Harmless::of(
        "sklearn.linear_model._logistic",
        Role::Class,
        "LogisticRegression LogisticRegressionCV _LbfgsCallbackBridge",
    ),
    Harmless::of(
        "sklearn.linear_model._omp",
        Role::Class,
        "OrthogonalMatchingPursuit OrthogonalMatchingPursuitCV",
    ),
    Harmless::of(
        "sklearn.linear_model._passive_aggressive",
        Role::Class,
        "PassiveAggressiveClassifier PassiveAggressiveRegressor",
    ),
    Harmless::of("sklearn.linear_model._perceptron", Role::Class, "Perceptron"),
    Harmless::of("sklearn.linear_model._quantile", Role::Class, "QuantileRegressor"),
    Harmless::of("sklearn.linear_model._ransac", Role::Class, "RANSACRegressor"),
    Harmless::of(
        "sklearn.linear_model._ridge",
        Role::Class,
        "Ridge RidgeCV RidgeClassifier RidgeClassifierCV _BaseRidge _BaseRidgeCV _IdentityClassifier \
            _IdentityRegressor _RidgeClassifierMixin _RidgeGCV _XT_CenterStackOp _X_CenterStackOp",
    ),
    Harmless::of(
        "sklearn.linear_model._sgd_fast",
        Role::Class,
        "Classification EpsilonInsensitive Hinge ModifiedHuber Regression SquaredEpsilonInsensitive \
            SquaredHinge",
    ),
    Harmless::of(
        "sklearn.linear_model._stochastic_gradient",
        Role::Class,
        "BaseSGD BaseSGDClassifier BaseSGDRegressor SGDClassifier SGDOneClassSVM SGDRegressor \
            _ValidationScoreCallback",
    ),
    Harmless::of("sklearn.linear_model._theil_sen", Role::Class, "TheilSenRegressor"),
    Harmless::of("sklearn.linear_model.base", Role::Class, "LinearRegression"),
    Harmless::of("sklearn.linear_model.bayes", Role::Class, "ARDRegression BayesianRidge"),
    Harmless::of(
        "sklearn.linear_model.coordinate_descent",
        Role::Class,
        "ElasticNet ElasticNetCV Lasso LassoCV MultiTaskElasticNet MultiTaskLasso",
    ),
    Harmless::of("sklearn.linear_model.logistic", Role::Class, "LogisticRegression LogisticRegressionCV"),
    Harmless::of("sklearn.linear_model.perceptron", Role::Class, "Perceptron"),
    Harmless::of(
        "sklearn.linear_model.ridge",
        Role::Class,
        "Ridge RidgeCV RidgeClassifier RidgeClassifierCV",
    ),
    Harmless::of(
        "sklearn.linear_model.sgd_fast",
        Role::Class,
        "EpsilonInsensitive Hinge Huber Log ModifiedHuber SquaredEpsilonInsensitive SquaredHinge \
            SquaredLoss",
    ),
    Harmless::of("sklearn.linear_model.stochastic_gradient", Role::Class, "SGDClassifier SGDRegressor"),
    Harmless::of(
        "sklearn.multiclass",
        Role::Class,
        "OneVsOneClassifier OneVsRestClassifier OutputCodeClassifier _ConstantPredictor",
    ),
    Harmless::of(
        "sklearn.multioutput",
        Role::Class,
        "ClassifierChain MultiOutputClassifier MultiOutputRegressor RegressorChain _BaseChain \
            _MultiOutputEstimator",
    ),
    Harmless::of(
        "sklearn.naive_bayes",
        Role::Class,
        "BernoulliNB CategoricalNB ComplementNB GaussianNB MultinomialNB _BaseDiscreteNB _BaseNB",
    ),
    Harmless::of(
        "sklearn.neighbors._ball_tree",
        Role::Class,
        "BallTree BallTree32 BallTree64 BinaryTree32 BinaryTree64 NeighborsHeap32 NeighborsHeap64 \
            NodeHeap",
    ),
    Harmless::of("sklearn.neighbors._ball_tree", Role::Makes, "newObj"),
    Harmless::of(
        "sklearn.neighbors._base",
        Role::Class,
        "KNeighborsMixin NeighborsBase RadiusNeighborsMixin",
    ),
    Harmless::of(
        "sklearn.neighbors._classification",
        Role::Class,
        "KNeighborsClassifier RadiusNeighborsClassifier",
    ),
    Harmless::of("sklearn.neighbors._graph", Role::Class, "KNeighborsTransformer RadiusNeighborsTransformer"),
    Harmless::of(
        "sklearn.neighbors._kd_tree",
        Role::Class,
        "BinaryTree32 BinaryTree64 KDTree KDTree32 KDTree64 NeighborsHeap32 NeighborsHeap64 NodeHeap",
    ),
    Harmless::of("sklearn.neighbors._kd_tree", Role::Makes, "newObj"),
    Harmless::of("sklearn.neighbors._kde", Role::Class, "KernelDensity"),
    Harmless::of("sklearn.neighbors._lof", Role::Class, "LocalOutlierFactor"),
    Harmless::of("sklearn.neighbors._nca", Role::Class, "NeighborhoodComponentsAnalysis"),
    Harmless::of("sklearn.neighbors._nearest_centroid", Role::Class, "NearestCentroid"),
    Harmless::of("sklearn.neighbors._quad_tree", Role::Class, "_QuadTree"),
    Harmless::of(
        "sklearn.neighbors._regression",
        Role::Class,
        "KNeighborsRegressor RadiusNeighborsRegressor",
    ),
    Harmless::of("sklearn.neighbors._unsupervised", Role::Class, "NearestNeighbors"),
    Harmless::of("sklearn.neighbors.ball_tree", Role::Class, "BallTree"),
    Harmless::of("sklearn.neighbors.ball_tree", Role::Makes, "newObj"),
    Harmless::of(
        "sklearn.neighbors.classification",
        Role::Class,
        "KNeighborsClassifier RadiusNeighborsClassifier",
    ),
    Harmless::of(
        "sklearn.neighbors.dist_metrics",
        Role::Class,
        "ChebyshevDistance EuclideanDistance ManhattanDistance MinkowskiDistance",
    ),
    Harmless::of("sklearn.neighbors.dist_metrics", Role::Makes, "newObj"),
    Harmless::of("sklearn.neighbors.kd_tree", Role::Class, "KDTree"),
    Harmless::of("sklearn.neighbors.kd_tree", Role::Makes, "newObj"),
    Harmless::of("sklearn.neighbors.kde", Role::Class, "KernelDensity"),
    Harmless::of("sklearn.neighbors.lof", Role::Class, "LocalOutlierFactor"),
    Harmless::of("sklearn.neighbors.nearest_centroid", Role::Class, "NearestCentroid"),
    Harmless::of("sklearn.neighbors.regression", Role::Class, "KNeighborsRegressor RadiusNeighborsRegressor"),
    Harmless::of("sklearn.neighbors.unsupervised", Role::Class, "NearestNeighbors"),
    Harmless::of(
        "sklearn.neural_network._multilayer_perceptron",
        Role::Class,
        "BaseMultilayerPerceptron MLPClassifier MLPRegressor",
    ),
    Harmless::of("sklearn.neural_network._rbm", Role::Class, "BernoulliRBM"),
    Harmless::of(
        "sklearn.neural_network._stochastic_optimizers",
        Role::Class,
        "AdamOptimizer BaseOptimizer SGDOptimizer",
    ),
    Harmless::of("sklearn.neural_network.multilayer_perceptron", Role::Class, "MLPClassifier MLPRegressor"),
    Harmless::of("sklearn.neural_network.rbm", Role::Class, "BernoulliRBM"),
    Harmless::of(
        "sklearn.semi_supervised._label_propagation",
        Role::Class,
        "BaseLabelPropagation LabelPropagation LabelSpreading",
    ),
    Harmless::of("sklearn.semi_supervised._self_training", Role::Class, "SelfTrainingClassifier"),
    Harmless::of("sklearn.svm._base", Role::Class, "BaseLibSVM BaseSVC"),
    Harmless::of("sklearn.svm._classes", Role::Class, "LinearSVC LinearSVR NuSVC NuSVR OneClassSVM SVC SVR"),
    Harmless::of("sklearn.svm.classes", Role::Class, "LinearSVC LinearSVR NuSVC NuSVR OneClassSVM SVC SVR"),
    Harmless::of("sklearn.tree", Role::Class, "DecisionTreeClassifier DecisionTreeRegressor"),
    Harmless::of(
        "sklearn.tree._classes",
        Role::Class,
        "BaseDecisionTree DecisionTreeClassifier DecisionTreeRegressor ExtraTreeClassifier \
            ExtraTreeRegressor",
    ),
    Harmless::of(
        "sklearn.tree._criterion",
        Role::Class,
        "ClassificationCriterion Criterion Entropy Gini MAE MSE Poisson RegressionCriterion",
    ),
    Harmless::of("sklearn.tree._partitioner", Role::Class, "DensePartitioner SparsePartitioner"),
    Harmless::of(
        "sklearn.tree._splitter",
        Role::Class,
        "BestSparseSplitter BestSplitter RandomSparseSplitter RandomSplitter Splitter",
    ),
    Harmless::of(
        "sklearn.tree._tree",
        Role::Class,
        "BestFirstTreeBuilder DepthFirstTreeBuilder Tree TreeBuilder _AlphaPruner _CCPPruneController \
            _PathFinder",
    ),
    Harmless::of("sklearn.tree._utils", Role::Class, "WeightedFenwickTree"),
    Harmless::of(
        "sklearn.tree.tree",
        Role::Class,
        "DecisionTreeClassifier DecisionTreeRegressor ExtraTreeClassifier ExtraTreeRegressor",
    ),
];
