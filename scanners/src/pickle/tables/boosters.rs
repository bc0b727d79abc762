//! xgboost (0.6 to 3.4), lightgbm (2.0 to 4.7) and catboost (0.10 to 1.2).
//!
//! A booster is only ever made empty and given its state, the bytes of a model: its constructor opens files.

use super::super::judge::{Harmless, Role};

pub(super) const TABLE: &[Harmless] = &[
    Harmless::of("catboost.core", Role::Made, "CatBoost CatBoostClassifier CatBoostRegressor CatBoostRanker"),
    Harmless::of(
        "catboost.core",
        Role::Class,
        "EFeaturesSelectionAlgorithm EFeaturesSelectionGrouping EFstrType EShapCalcType",
    ),
    Harmless::of(
        "catboost.metrics",
        Role::Made,
        "AUC AUCMulticlass Accuracy AverageGain BalancedAccuracy BalancedErrorRate BrierScore BuiltinMetric \
         Combination Cox CrossEntropy CtrFactor DCG ERR Expectile F F1 FairLoss FilteredDCG Focal \
         GroupQuantile HammingLoss HingeLoss Huber Kappa LogCosh LogLikelihoodOfPrediction LogLinQuantile \
         Logloss Lq MAE MAP MAPE MCC MRR MSLE MedianAbsoluteError MultiClass MultiClassOneVsAll \
         MultiCrossEntropy MultiLogloss MultiQuantile MultiRMSE MultiRMSEWithMissingValues NDCG \
         NormalizedGini NormalizedGiniMulticlass NumErrors PFound PRAUC PRAUCMulticlass PairAccuracy \
         PairLogit PairLogitPairwise Poisson Precision PrecisionAt Quantile QueryAUC QueryAUCMulticlass \
         QueryAverage QueryCrossEntropy QueryRMSE QuerySoftMax R2 RMSE RMSEWithUncertainty RMSPE Recall \
         RecallAt SMAPE SurvivalAft TotalF1 Tweedie UserPerObjMetric UserQuerywiseMetric WKappa ZeroOneLoss",
    ),
    Harmless::of("lightgbm.basic", Role::Made, "Booster"),
    Harmless::of("lightgbm.basic", Role::Class, "_MissingType"),
    Harmless::of(
        "lightgbm.callback",
        Role::Made,
        "_EarlyStoppingCallback _LogEvaluationCallback _RecordEvaluationCallback _ResetParameterCallback",
    ),
    Harmless::of(
        "lightgbm.sklearn",
        Role::Made,
        "LGBMClassifier LGBMRegressor LGBMRanker LGBMModel _LGBMLabelEncoder",
    ),
    Harmless::of("lightgbm.sklearn", Role::Made, "_EvalFunctionWrapper _ObjectiveFunctionWrapper"),
    Harmless::of(
        "xgboost.callback",
        Role::Made,
        "EarlyStopping EvaluationMonitor LearningRateScheduler TrainingCallback TrainingCheckPoint",
    ),
    Harmless::of("xgboost.collective", Role::Class, "Op"),
    Harmless::of("xgboost.collective", Role::Made, "Config"),
    Harmless::of("xgboost.core", Role::Made, "Booster"),
    Harmless::of("xgboost.core", Role::Named, "DataSplitMode"),
    Harmless::of("xgboost.objective", Role::Made, "Objective TreeObjective"),
    Harmless::of(
        "xgboost.sklearn",
        Role::Made,
        "XGBClassifier XGBRegressor XGBRanker XGBRFClassifier XGBRFRegressor XGBModel",
    ),
];
