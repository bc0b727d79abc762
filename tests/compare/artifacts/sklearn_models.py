"""scikit-learn: every estimator of the library fitted on a few rows, and what is built of them."""

import warnings

import numpy as np
import sklearn.base
import sklearn.ensemble as ensemble
import sklearn.linear_model as linear
import skops.io
from sklearn import compose, datasets, feature_extraction, feature_selection, gaussian_process, impute
from sklearn import metrics, model_selection, multiclass, multioutput, neighbors, pipeline, preprocessing, svm, tree
from sklearn.experimental import enable_halving_search_cv, enable_iterative_imputer  # noqa: F401
from sklearn.utils import all_estimators

from . import pickles

TEXTS = ["a model of a model", "some words", "more words here", "the end of words"] * 10


def _rows():
    features, target = datasets.make_classification(40, 6, random_state=1)
    return np.abs(features), target


def _fitted(estimator, features, target):
    """The estimator fitted with the first kind of data that it takes; unfitted when it takes none."""
    several = np.stack([target, 1 - target], axis=1)
    attempts = [
        (features, target), (features, several), (features,), (TEXTS, target), ([{"a": 1}] * 40, target),
        (np.arange(40.0), target.astype(float)), (target,), (features[:, :2] > 0, target), (features, features[:, :2]),
    ]
    for attempt in attempts:
        try:
            return sklearn.base.clone(estimator).fit(*attempt)
        except Exception:
            continue
    return estimator


def _instance(cls):
    """An instance of an estimator class; those that hold others get simple ones."""
    base = tree.DecisionTreeClassifier(max_depth=2)
    both = [("a", linear.LogisticRegression()), ("b", base)]
    attempts = [
        {}, {"estimator": base}, {"estimator": linear.LinearRegression()}, {"estimators": both},
        {"estimators": [("a", linear.LinearRegression()), ("b", linear.Ridge())]},
        {"transformers": [("s", preprocessing.StandardScaler(), [0, 1])]}, {"steps": both}, {"base_estimator": base},
        {"transformer_list": [("s", preprocessing.StandardScaler())]}, {"dictionary": np.eye(6)},
        {"estimator": base, "param_grid": {"max_depth": [1, 2]}},
        {"estimator": base, "param_distributions": {"max_depth": [1, 2, 3]}},
    ]
    for attempt in attempts:
        try:
            return cls(**attempt)
        except TypeError:
            continue
    raise TypeError(f"{cls.__name__} takes none of the known arguments")


def composed(features, target):
    """Models as people build them."""
    scale, logistic = preprocessing.StandardScaler(), linear.LogisticRegression()
    forest = ensemble.RandomForestClassifier(5)
    yield "pipeline", pipeline.make_pipeline(scale, logistic).fit(features, target)
    union = pipeline.make_union(preprocessing.PolynomialFeatures(2), preprocessing.FunctionTransformer(np.log1p))
    yield "union", pipeline.make_pipeline(union, scale, forest).fit(features, target)
    columns = compose.make_column_transformer(
        (scale, [0, 1]), (preprocessing.OneHotEncoder(handle_unknown="ignore"), [2]), remainder="passthrough"
    )
    yield "columns", pipeline.make_pipeline(columns, svm.SVC(probability=True)).fit(features.round(), target)
    grid = model_selection.GridSearchCV(forest, {"max_depth": [1, 2]}, cv=2, scoring="roc_auc")
    yield "grid", grid.fit(features, target)
    random = model_selection.RandomizedSearchCV(logistic, {"C": np.logspace(-2, 2, 9)}, n_iter=3, cv=2)
    yield "random-search", random.fit(features, target)
    scored = {"accuracy": "accuracy", "f1": metrics.make_scorer(metrics.f1_score)}
    yield "scorers", model_selection.GridSearchCV(forest, {"n_estimators": [2]}, scoring=scored, refit="f1", cv=2).fit(features, target)
    yield "voting", ensemble.VotingClassifier([("a", logistic), ("b", forest)], voting="soft").fit(features, target)
    yield "stacking", ensemble.StackingClassifier([("a", logistic), ("b", forest)], cv=2).fit(features, target)
    yield "bagging", ensemble.BaggingClassifier(neighbors.KNeighborsClassifier(), 3).fit(features, target)
    yield "boosting", ensemble.HistGradientBoostingClassifier(max_iter=3).fit(features, target)
    for loss in ("squared_error", "absolute_error", "gamma", "poisson", "quantile"):
        options = {"quantile": 0.5} if loss == "quantile" else {}
        model = ensemble.HistGradientBoostingRegressor(loss=loss, max_iter=3, **options)
        yield f"hist-{loss}", model.fit(features, target + 0.5)
    for loss in ("huber", "quantile", "absolute_error"):
        yield f"gradient-{loss}", ensemble.GradientBoostingRegressor(loss=loss, n_estimators=3).fit(features, target)
    for loss in ("hinge", "log_loss", "modified_huber", "perceptron", "huber", "squared_epsilon_insensitive"):
        yield f"sgd-{loss}", linear.SGDClassifier(loss=loss).fit(features, target)
    for metric in ("manhattan", "chebyshev", "minkowski", "canberra", "haversine"):
        rows = features[:, :2] if metric == "haversine" else features
        yield f"neighbors-{metric}", neighbors.KNeighborsClassifier(metric=metric, algorithm="ball_tree").fit(rows, target)
    yield "kd-tree", neighbors.KNeighborsRegressor(algorithm="kd_tree").fit(features, target)
    kernels = gaussian_process.kernels
    kernel = kernels.ConstantKernel(1.0) * kernels.RBF(1.0) + kernels.WhiteKernel() + kernels.Matern() * kernels.DotProduct()
    yield "gaussian-process", gaussian_process.GaussianProcessRegressor(kernel).fit(features, target)
    more = kernels.RationalQuadratic() + kernels.ExpSineSquared() ** 2 + kernels.PairwiseKernel()
    yield "kernels", gaussian_process.GaussianProcessClassifier(more).fit(features, target)
    text = feature_extraction.text
    for name, words in {"tfidf": text.TfidfVectorizer(), "counts": text.CountVectorizer(stop_words="english"), "hashes": text.HashingVectorizer()}.items():
        yield f"text-{name}", pipeline.make_pipeline(words, logistic).fit(TEXTS, target)
    yield "selection", pipeline.make_pipeline(feature_selection.SelectKBest(feature_selection.f_classif, k=3), forest).fit(features, target)
    yield "chi2", feature_selection.SelectPercentile(feature_selection.chi2).fit(features, target)
    yield "imputed", pipeline.make_pipeline(impute.IterativeImputer(max_iter=2), scale).fit(features)
    yield "rest", multiclass.OneVsRestClassifier(svm.LinearSVC()).fit(features, target)
    yield "chain", multioutput.ClassifierChain(logistic).fit(features, np.stack([target, 1 - target], 1))
    yield "target", compose.TransformedTargetRegressor(linear.Ridge(), func=np.log1p, inverse_func=np.expm1).fit(features, target + 1.0)
    yield "halving", model_selection.HalvingGridSearchCV(base := tree.DecisionTreeClassifier(), {"max_depth": [1, 2]}, cv=2).fit(features, target) and base
    yield "splitters", [model_selection.KFold(3), model_selection.StratifiedKFold(2), model_selection.TimeSeriesSplit(), model_selection.GroupKFold()]
    yield "bunch", datasets.load_iris()
    yield "scorer", [metrics.get_scorer("accuracy"), metrics.get_scorer("neg_mean_squared_error"), metrics.make_scorer(metrics.fbeta_score, beta=2)]
    yield "report", metrics.classification_report(target, target, output_dict=True)
    yield "displays", metrics.ConfusionMatrixDisplay(metrics.confusion_matrix(target, target))


def make(collection):
    warnings.simplefilter("ignore")
    features, target = _rows()
    for name, cls in all_estimators():
        try:
            model = _fitted(_instance(cls), features, target)
        except TypeError as error:
            collection.failures.append(("scikit-learn", name, str(error)))
            continue
        pickles.some(collection, "scikit-learn", name, model, 2)
    for name, model in composed(features, target):
        pickles.some(collection, "scikit-learn", name, model, 2)
        if isinstance(model, sklearn.base.BaseEstimator):
            collection.add("skops", f"{name}.skops", "skops", lambda path, model=model: skops.io.dump(model, path))
    forest = ensemble.RandomForestClassifier(3).fit(features, target)
    pickles.every(collection, "scikit-learn", "forest", forest)
