//! scikit-learn: what searches, splits and measures, and the shared parts of all estimators.

use super::super::super::judge::{Harmless, Role};

pub(super) const TABLE: &[Harmless] = &[
    Harmless::of(
        "sklearn.base",
        Role::Class,
        "BaseEstimator BiclusterMixin ClassNamePrefixFeaturesOutMixin ClassifierMixin ClusterMixin \
            DensityMixin MetaEstimatorMixin MultiOutputMixin OneToOneFeatureMixin OutlierMixin \
            RegressorMixin TransformerMixin _UnstableArchMixin",
    ),
    Harmless::of(
        "sklearn.exceptions",
        Role::Class,
        "ConvergenceWarning DataConversionWarning DataDimensionalityWarning EfficiencyWarning \
            EstimatorCheckFailedWarning FitFailedWarning InconsistentVersionWarning NotFittedError \
            PositiveSpectrumWarning SkipTestWarning UndefinedMetricWarning UnsetMetadataPassedError",
    ),
    Harmless::of("sklearn.inspection._plot.decision_boundary", Role::Made, "DecisionBoundaryDisplay"),
    Harmless::of("sklearn.inspection._plot.partial_dependence", Role::Made, "PartialDependenceDisplay"),
    Harmless::of(
        "sklearn.metrics._classification",
        Role::Named,
        "accuracy_score balanced_accuracy_score f1_score fbeta_score precision_score recall_score \
            log_loss matthews_corrcoef cohen_kappa_score jaccard_score hamming_loss zero_one_loss \
            brier_score_loss",
    ),
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
            MinkowskiDistance MinkowskiDistance32 MinkowskiDistance64 \
            RogersTanimotoDistance32 RogersTanimotoDistance64 RussellRaoDistance32 RussellRaoDistance64 \
            SEuclideanDistance32 SEuclideanDistance64 SokalMichenerDistance32 SokalMichenerDistance64 \
            SokalSneathDistance32 SokalSneathDistance64",
    ),
    // Made with a function, they call it.
    Harmless::of(
        "sklearn.metrics._dist_metrics",
        Role::Calls,
        "PyFuncDistance PyFuncDistance32 PyFuncDistance64",
    ),
    Harmless::of("sklearn.metrics._dist_metrics", Role::Makes, "newObj"),
    Harmless::of("sklearn.metrics._plot.confusion_matrix", Role::Made, "ConfusionMatrixDisplay"),
    Harmless::of("sklearn.metrics._plot.det_curve", Role::Made, "DetCurveDisplay"),
    Harmless::of("sklearn.metrics._plot.precision_recall_curve", Role::Made, "PrecisionRecallDisplay"),
    Harmless::of("sklearn.metrics._plot.regression", Role::Made, "PredictionErrorDisplay"),
    Harmless::of("sklearn.metrics._plot.roc_curve", Role::Made, "RocCurveDisplay"),
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
        "sklearn.metrics._scorer",
        Role::Class,
        "_BaseScorer _CurveScorer _MultimetricScorer _PassthroughScorer _PredictScorer _ProbaScorer \
            _Scorer _ThresholdScorer",
    ),
    Harmless::of(
        "sklearn.metrics.pairwise",
        Role::Named,
        "rbf_kernel linear_kernel polynomial_kernel sigmoid_kernel cosine_similarity \
            euclidean_distances manhattan_distances chi2_kernel laplacian_kernel",
    ),
    Harmless::of("sklearn.metrics.scorer", Role::Class, "_PredictScorer _ProbaScorer _ThresholdScorer"),
    Harmless::of(
        "sklearn.model_selection._classification_threshold",
        Role::Class,
        "BaseThresholdClassifier FixedThresholdClassifier TunedThresholdClassifierCV",
    ),
    Harmless::of(
        "sklearn.model_selection._plot",
        Role::Made,
        "LearningCurveDisplay ValidationCurveDisplay _BaseCurveDisplay",
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
    Harmless::of("sklearn.utils._repr_html.fitted_attributes", Role::Made, "AttrsDict"),
    Harmless::of("sklearn.utils._repr_html.params", Role::Made, "ParamsDict"),
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
    Harmless::of("sklearn.utils._tags", Role::Named, "_safe_tags"),
    Harmless::of("sklearn.utils._weight_vector", Role::Class, "WeightVector32 WeightVector64"),
    Harmless::of("sklearn.utils.deprecation", Role::Container, "DeprecationDict"),
    Harmless::of("sklearn.utils.metaestimators", Role::Class, "_BaseComposition"),
    Harmless::of("sklearn.utils.optimize", Role::Class, "_LineSearchError"),
    Harmless::of("sklearn.externals.joblib.numpy_pickle", Role::Class, "NumpyArrayWrapper"),
];
