//! scikit-learn: estimators and what they hold, as the library's own modules define them (0.18 to 1.9).
//!
//! An estimator's constructor and `__setstate__` only take attributes. Left out on purpose: classes that run things
//! (`utils.parallel`), test helpers, callbacks, and data set downloads.

use super::super::judge::{Harmless, Role};

pub(super) const TABLE: &[Harmless] = &[
    Harmless::of(
        "sklearn._loss._loss",
        Role::Class,
        "CyAbsoluteError CyExponentialLoss CyHalfBinomialLoss CyHalfGammaLoss CyHalfMultinomialLoss \
            CyHalfPoissonLoss CyHalfSquaredError CyHalfTweedieLoss CyHalfTweedieLossIdentity CyHuberLoss \
            CyLossFunction CyPinballLoss",
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
        "sklearn.base",
        Role::Class,
        "BaseEstimator BiclusterMixin ClassNamePrefixFeaturesOutMixin ClassifierMixin ClusterMixin \
            DensityMixin MetaEstimatorMixin MultiOutputMixin OneToOneFeatureMixin OutlierMixin \
            RegressorMixin TransformerMixin _UnstableArchMixin",
    ),
    Harmless::of(
        "sklearn.calibration",
        Role::Class,
        "CalibratedClassifierCV _CalibratedClassifier _SigmoidCalibration _TemperatureScaling",
    ),
    Harmless::of("sklearn.cluster._affinity_propagation", Role::Class, "AffinityPropagation"),
    Harmless::of(
        "sklearn.cluster._agglomerative",
        Role::Class,
        "AgglomerativeClustering FeatureAgglomeration",
    ),
    Harmless::of(
        "sklearn.cluster._bicluster",
        Role::Class,
        "BaseSpectral SpectralBiclustering SpectralCoclustering",
    ),
    Harmless::of("sklearn.cluster._birch", Role::Class, "Birch _CFNode _CFSubcluster"),
    Harmless::of("sklearn.cluster._bisect_k_means", Role::Class, "BisectingKMeans _BisectingTree"),
    Harmless::of("sklearn.cluster._dbscan", Role::Class, "DBSCAN"),
    Harmless::of("sklearn.cluster._feature_agglomeration", Role::Class, "AgglomerationTransform"),
    Harmless::of("sklearn.cluster._hdbscan._tree", Role::Class, "TreeUnionFind"),
    Harmless::of("sklearn.cluster._hdbscan.hdbscan", Role::Class, "HDBSCAN"),
    Harmless::of("sklearn.cluster._hierarchical_fast", Role::Class, "UnionFind WeightedEdge"),
    Harmless::of("sklearn.cluster._kmeans", Role::Class, "KMeans MiniBatchKMeans _BaseKMeans"),
    Harmless::of("sklearn.cluster._mean_shift", Role::Class, "MeanShift"),
    Harmless::of("sklearn.cluster._optics", Role::Class, "OPTICS"),
    Harmless::of("sklearn.cluster._spectral", Role::Class, "SpectralClustering"),
    Harmless::of("sklearn.cluster.birch", Role::Class, "Birch _CFNode _CFSubcluster"),
    Harmless::of("sklearn.cluster.dbscan_", Role::Class, "DBSCAN"),
    Harmless::of("sklearn.cluster.hierarchical", Role::Class, "AgglomerativeClustering FeatureAgglomeration"),
    Harmless::of("sklearn.cluster.k_means_", Role::Class, "KMeans MiniBatchKMeans"),
    Harmless::of(
        "sklearn.compose._column_transformer",
        Role::Class,
        "ColumnTransformer make_column_selector",
    ),
    Harmless::of("sklearn.compose._column_transformer", Role::Container, "_RemainderColsList"),
    Harmless::of("sklearn.compose._target", Role::Class, "TransformedTargetRegressor"),
    Harmless::of("sklearn.covariance._elliptic_envelope", Role::Class, "EllipticEnvelope"),
    Harmless::of("sklearn.covariance._empirical_covariance", Role::Class, "EmpiricalCovariance"),
    Harmless::of(
        "sklearn.covariance._graph_lasso",
        Role::Class,
        "BaseGraphicalLasso GraphicalLasso GraphicalLassoCV",
    ),
    Harmless::of("sklearn.covariance._robust_covariance", Role::Class, "MinCovDet"),
    Harmless::of("sklearn.covariance._shrunk_covariance", Role::Class, "LedoitWolf OAS ShrunkCovariance"),
    Harmless::of("sklearn.covariance.elliptic_envelope", Role::Class, "EllipticEnvelope"),
    Harmless::of(
        "sklearn.cross_decomposition._pls",
        Role::Class,
        "CCA PLSCanonical PLSRegression PLSSVD _PLS",
    ),
    Harmless::of("sklearn.decomposition._base", Role::Class, "_BasePCA"),
    Harmless::of(
        "sklearn.decomposition._dict_learning",
        Role::Class,
        "DictionaryLearning MiniBatchDictionaryLearning SparseCoder _BaseSparseCoding",
    ),
    Harmless::of("sklearn.decomposition._factor_analysis", Role::Class, "FactorAnalysis"),
    Harmless::of("sklearn.decomposition._fastica", Role::Class, "FastICA"),
    Harmless::of("sklearn.decomposition._incremental_pca", Role::Class, "IncrementalPCA"),
    Harmless::of("sklearn.decomposition._kernel_pca", Role::Class, "KernelPCA"),
    Harmless::of("sklearn.decomposition._lda", Role::Class, "LatentDirichletAllocation"),
    Harmless::of("sklearn.decomposition._nmf", Role::Class, "MiniBatchNMF NMF _BaseNMF"),
    Harmless::of("sklearn.decomposition._pca", Role::Class, "PCA"),
    Harmless::of(
        "sklearn.decomposition._sparse_pca",
        Role::Class,
        "MiniBatchSparsePCA SparsePCA _BaseSparsePCA",
    ),
    Harmless::of("sklearn.decomposition._truncated_svd", Role::Class, "TruncatedSVD"),
    Harmless::of("sklearn.decomposition.factor_analysis", Role::Class, "FactorAnalysis"),
    Harmless::of("sklearn.decomposition.fastica_", Role::Class, "FastICA"),
    Harmless::of("sklearn.decomposition.incremental_pca", Role::Class, "IncrementalPCA"),
    Harmless::of("sklearn.decomposition.kernel_pca", Role::Class, "KernelPCA"),
    Harmless::of("sklearn.decomposition.nmf", Role::Class, "NMF"),
    Harmless::of("sklearn.decomposition.online_lda", Role::Class, "LatentDirichletAllocation"),
    Harmless::of("sklearn.decomposition.pca", Role::Class, "PCA"),
    Harmless::of("sklearn.decomposition.truncated_svd", Role::Class, "TruncatedSVD"),
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
    Harmless::of(
        "sklearn.exceptions",
        Role::Class,
        "ConvergenceWarning DataConversionWarning DataDimensionalityWarning EfficiencyWarning \
            EstimatorCheckFailedWarning FitFailedWarning InconsistentVersionWarning NotFittedError \
            PositiveSpectrumWarning SkipTestWarning UndefinedMetricWarning UnsetMetadataPassedError",
    ),
    Harmless::of("sklearn.feature_extraction._dict_vectorizer", Role::Class, "DictVectorizer"),
    Harmless::of("sklearn.feature_extraction._hash", Role::Class, "FeatureHasher"),
    Harmless::of("sklearn.feature_extraction.dict_vectorizer", Role::Class, "DictVectorizer"),
    Harmless::of("sklearn.feature_extraction.hashing", Role::Class, "FeatureHasher"),
    Harmless::of("sklearn.feature_extraction.image", Role::Class, "PatchExtractor"),
    Harmless::of(
        "sklearn.feature_extraction.text",
        Role::Class,
        "CountVectorizer HashingVectorizer TfidfTransformer TfidfVectorizer _VectorizerMixin",
    ),
    Harmless::of("sklearn.feature_selection._base", Role::Class, "SelectorMixin"),
    Harmless::of("sklearn.feature_selection._from_model", Role::Class, "SelectFromModel"),
    Harmless::of("sklearn.feature_selection._rfe", Role::Class, "RFE RFECV"),
    Harmless::of("sklearn.feature_selection._sequential", Role::Class, "SequentialFeatureSelector"),
    Harmless::of(
        "sklearn.feature_selection._univariate_selection",
        Role::Class,
        "GenericUnivariateSelect SelectFdr SelectFpr SelectFwe SelectKBest SelectPercentile \
            _BaseFilter",
    ),
    Harmless::of("sklearn.feature_selection._variance_threshold", Role::Class, "VarianceThreshold"),
    Harmless::of("sklearn.feature_selection.from_model", Role::Class, "SelectFromModel"),
    Harmless::of("sklearn.feature_selection.rfe", Role::Class, "RFE RFECV"),
    Harmless::of(
        "sklearn.feature_selection.univariate_selection",
        Role::Class,
        "GenericUnivariateSelect SelectFdr SelectFpr SelectFwe SelectKBest SelectPercentile",
    ),
    Harmless::of("sklearn.feature_selection.variance_threshold", Role::Class, "VarianceThreshold"),
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
    Harmless::of("sklearn.impute", Role::Class, "MissingIndicator SimpleImputer"),
    Harmless::of("sklearn.impute._base", Role::Class, "MissingIndicator SimpleImputer _BaseImputer"),
    Harmless::of("sklearn.impute._iterative", Role::Class, "IterativeImputer _ImputerTriplet"),
    Harmless::of("sklearn.impute._knn", Role::Class, "KNNImputer"),
    Harmless::of("sklearn.isotonic", Role::Class, "IsotonicRegression"),
    Harmless::of(
        "sklearn.kernel_approximation",
        Role::Class,
        "AdditiveChi2Sampler Nystroem PolynomialCountSketch RBFSampler SkewedChi2Sampler",
    ),
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
    Harmless::of("sklearn.manifold._classical_mds", Role::Class, "ClassicalMDS"),
    Harmless::of("sklearn.manifold._isomap", Role::Class, "Isomap"),
    Harmless::of("sklearn.manifold._locally_linear", Role::Class, "LocallyLinearEmbedding"),
    Harmless::of("sklearn.manifold._mds", Role::Class, "MDS"),
    Harmless::of("sklearn.manifold._spectral_embedding", Role::Class, "SpectralEmbedding"),
    Harmless::of("sklearn.manifold._t_sne", Role::Class, "TSNE"),
    Harmless::of("sklearn.manifold.t_sne", Role::Class, "TSNE"),
    Harmless::of(
        "sklearn.metrics._dist_metrics",
        Role::Class,
        "BrayCurtisDistance32 BrayCurtisDistance64 CanberraDistance32 CanberraDistance64 \
            ChebyshevDistance ChebyshevDistance32 ChebyshevDistance64 DiceDistance32 DiceDistance64 \
            DistanceMetric DistanceMetric32 DistanceMetric64 EuclideanDistance EuclideanDistance32 \
            EuclideanDistance64 HammingDistance32 HammingDistance64 HaversineDistance32 \
            HaversineDistance64 JaccardDistance32 JaccardDistance64 KulsinskiDistance32 \
            KulsinskiDistance64 MahalanobisDistance32 MahalanobisDistance64 ManhattanDistance \
            ManhattanDistance32 ManhattanDistance64 MatchingDistance32 MatchingDistance64 \
            MinkowskiDistance MinkowskiDistance32 MinkowskiDistance64 PyFuncDistance32 PyFuncDistance64 \
            RogersTanimotoDistance32 RogersTanimotoDistance64 RussellRaoDistance32 RussellRaoDistance64 \
            SEuclideanDistance32 SEuclideanDistance64 SokalMichenerDistance32 SokalMichenerDistance64 \
            SokalSneathDistance32 SokalSneathDistance64",
    ),
    Harmless::of("sklearn.metrics._dist_metrics", Role::Makes, "newObj"),
    Harmless::of(
        "sklearn.metrics._scorer",
        Role::Class,
        "_BaseScorer _CurveScorer _MultimetricScorer _PassthroughScorer _PredictScorer _ProbaScorer \
            _Scorer _ThresholdScorer",
    ),
    Harmless::of("sklearn.metrics.scorer", Role::Class, "_PredictScorer _ProbaScorer _ThresholdScorer"),
    Harmless::of("sklearn.mixture._base", Role::Class, "BaseMixture"),
    Harmless::of("sklearn.mixture._bayesian_mixture", Role::Class, "BayesianGaussianMixture"),
    Harmless::of("sklearn.mixture._gaussian_mixture", Role::Class, "GaussianMixture"),
    Harmless::of("sklearn.mixture.bayesian_mixture", Role::Class, "BayesianGaussianMixture"),
    Harmless::of("sklearn.mixture.gaussian_mixture", Role::Class, "GaussianMixture"),
    Harmless::of(
        "sklearn.model_selection._classification_threshold",
        Role::Class,
        "BaseThresholdClassifier FixedThresholdClassifier TunedThresholdClassifierCV",
    ),
    Harmless::of(
        "sklearn.model_selection._search",
        Role::Class,
        "BaseSearchCV GridSearchCV ParameterGrid ParameterSampler RandomizedSearchCV",
    ),
    Harmless::of(
        "sklearn.model_selection._search_successive_halving",
        Role::Class,
        "BaseSuccessiveHalving HalvingGridSearchCV HalvingRandomSearchCV _SubsampleMetaSplitter",
    ),
    Harmless::of(
        "sklearn.model_selection._split",
        Role::Class,
        "BaseCrossValidator BaseShuffleSplit GroupKFold GroupShuffleSplit GroupsConsumerMixin KFold \
            LeaveOneGroupOut LeaveOneOut LeavePGroupsOut LeavePOut PredefinedSplit RepeatedKFold \
            RepeatedStratifiedKFold ShuffleSplit StratifiedGroupKFold StratifiedKFold \
            StratifiedShuffleSplit TimeSeriesSplit _BaseKFold _CVIterableWrapper _RepeatedSplits \
            _UnsupportedGroupCVMixin",
    ),
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
    Harmless::of("sklearn.neighbors.kd_tree", Role::Class, "KDTree"),
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
    Harmless::of("sklearn.pipeline", Role::Class, "FeatureUnion Pipeline"),
    Harmless::of(
        "sklearn.preprocessing._data",
        Role::Class,
        "Binarizer KernelCenterer MaxAbsScaler MinMaxScaler Normalizer PowerTransformer \
            QuantileTransformer RobustScaler StandardScaler",
    ),
    Harmless::of("sklearn.preprocessing._discretization", Role::Class, "KBinsDiscretizer"),
    Harmless::of("sklearn.preprocessing._encoders", Role::Class, "OneHotEncoder OrdinalEncoder _BaseEncoder"),
    Harmless::of("sklearn.preprocessing._function_transformer", Role::Class, "FunctionTransformer"),
    Harmless::of(
        "sklearn.preprocessing._label",
        Role::Class,
        "LabelBinarizer LabelEncoder MultiLabelBinarizer",
    ),
    Harmless::of("sklearn.preprocessing._polynomial", Role::Class, "PolynomialFeatures SplineTransformer"),
    Harmless::of("sklearn.preprocessing._target_encoder", Role::Class, "TargetEncoder"),
    Harmless::of(
        "sklearn.preprocessing.data",
        Role::Class,
        "Binarizer KernelCenterer MaxAbsScaler MinMaxScaler Normalizer OneHotEncoder \
            PolynomialFeatures PowerTransformer QuantileTransformer RobustScaler StandardScaler",
    ),
    Harmless::of("sklearn.preprocessing.imputation", Role::Class, "Imputer"),
    Harmless::of(
        "sklearn.preprocessing.label",
        Role::Class,
        "LabelBinarizer LabelEncoder MultiLabelBinarizer",
    ),
    Harmless::of(
        "sklearn.random_projection",
        Role::Class,
        "BaseRandomProjection GaussianRandomProjection SparseRandomProjection",
    ),
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
    Harmless::of("sklearn.utils", Role::Container, "Bunch"),
    Harmless::of("sklearn.utils._array_api", Role::Class, "NamespaceAndDevice"),
    Harmless::of("sklearn.utils._bunch", Role::Container, "Bunch"),
    Harmless::of("sklearn.utils._encode", Role::Class, "MissingValues _NaNCounter"),
    Harmless::of("sklearn.utils._encode", Role::Container, "_nandict"),
    Harmless::of("sklearn.utils._fast_dict", Role::Class, "IntFloatDict"),
    Harmless::of("sklearn.utils._isfinite", Role::Class, "FiniteStatus"),
    Harmless::of(
        "sklearn.utils._metadata_requests",
        Role::Class,
        "MetadataRequest MetadataRouter MethodMapping MethodMetadataRequest MethodPair RequestMethod \
            RouterMappingPair _MetadataRequester _RoutingNotSupportedMixin",
    ),
    Harmless::of(
        "sklearn.utils._param_validation",
        Role::Class,
        "HasMethods Hidden Interval InvalidParameterError MissingValues Options RealNotInt StrOptions \
            _ArrayLikes _Booleans _CVObjects _Callables _Constraint _InstancesOf _IterablesNotString \
            _NanConstraint _NoneConstraint _PandasNAConstraint _RandomStates _SparseMatrices \
            _VerboseHelper",
    ),
    Harmless::of(
        "sklearn.utils._set_output",
        Role::Class,
        "ContainerAdapterProtocol ContainerAdaptersManager PandasAdapter PolarsAdapter \
            _SetOutputMixin",
    ),
    Harmless::of(
        "sklearn.utils._tags",
        Role::Class,
        "ClassifierTags InputTags RegressorTags Tags TargetTags TransformerTags",
    ),
    Harmless::of("sklearn.utils._weight_vector", Role::Class, "WeightVector32 WeightVector64"),
    Harmless::of("sklearn.utils.deprecation", Role::Container, "DeprecationDict"),
    Harmless::of("sklearn.utils.metaestimators", Role::Class, "_BaseComposition"),
    Harmless::of("sklearn.utils.optimize", Role::Class, "_LineSearchError"),
    Harmless::of(
        "sklearn.feature_selection._mutual_info",
        Role::Named,
        "mutual_info_classif mutual_info_regression",
    ),
    Harmless::of(
        "sklearn.feature_selection._univariate_selection",
        Role::Named,
        "f_classif f_regression chi2 f_oneway r_regression",
    ),
    Harmless::of(
        "sklearn.feature_selection.univariate_selection",
        Role::Named,
        "f_classif f_regression chi2",
    ),
    Harmless::of(
        "sklearn.metrics._classification",
        Role::Named,
        "accuracy_score balanced_accuracy_score f1_score fbeta_score precision_score recall_score \
            log_loss matthews_corrcoef cohen_kappa_score jaccard_score hamming_loss zero_one_loss \
            brier_score_loss",
    ),
    Harmless::of(
        "sklearn.metrics._ranking",
        Role::Named,
        "roc_auc_score average_precision_score auc top_k_accuracy_score ndcg_score",
    ),
    Harmless::of(
        "sklearn.metrics._regression",
        Role::Named,
        "mean_squared_error mean_absolute_error r2_score median_absolute_error max_error \
            explained_variance_score mean_squared_log_error root_mean_squared_error \
            mean_absolute_percentage_error mean_pinball_loss",
    ),
    Harmless::of(
        "sklearn.metrics.pairwise",
        Role::Named,
        "rbf_kernel linear_kernel polynomial_kernel sigmoid_kernel cosine_similarity \
            euclidean_distances manhattan_distances chi2_kernel laplacian_kernel",
    ),
    Harmless::of("sklearn.utils._tags", Role::Named, "_safe_tags"),
    Harmless::of("sklearn.neighbors._kd_tree", Role::Makes, "newObj"),
    Harmless::of("sklearn.neighbors._ball_tree", Role::Makes, "newObj"),
    Harmless::of("sklearn.neighbors.kd_tree", Role::Makes, "newObj"),
    Harmless::of("sklearn.neighbors.ball_tree", Role::Makes, "newObj"),
    Harmless::of("sklearn.neighbors.dist_metrics", Role::Makes, "newObj"),
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
];
