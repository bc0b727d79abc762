"""xgboost, lightgbm and catboost: their own formats, and pickles of their models."""

import catboost
import lightgbm
import numpy as np
import xgboost
from sklearn import datasets, pipeline, preprocessing

from . import pickles


def make(collection):
    features, classes = datasets.make_classification(60, 5, random_state=2)
    values, groups = features[:, 0] * 3, np.repeat(np.arange(6), 10)
    _xgboost(collection, features, classes, values, groups)
    _lightgbm(collection, features, classes, values, groups)
    _catboost(collection, features, classes, values, groups)


def _xgboost(collection, features, classes, values, groups):
    models = {
        "classifier": xgboost.XGBClassifier(n_estimators=3).fit(features, classes),
        "regressor": xgboost.XGBRegressor(n_estimators=3, booster="gblinear").fit(features, values),
        "dart": xgboost.XGBRegressor(n_estimators=3, booster="dart").fit(features, values),
        "ranker": xgboost.XGBRanker(n_estimators=3).fit(features, classes, qid=groups),
        "forest": xgboost.XGBRFClassifier(n_estimators=3).fit(features, classes),
        "forest-regressor": xgboost.XGBRFRegressor(n_estimators=3).fit(features, values),
        "stopping": xgboost.XGBClassifier(n_estimators=3, callbacks=[xgboost.callback.EarlyStopping(2)]).fit(
            features, classes, eval_set=[(features, classes)], verbose=False
        ),
        "unfitted": xgboost.XGBClassifier(),
    }
    models["pipeline"] = pipeline.make_pipeline(preprocessing.StandardScaler(), models["classifier"])
    models["booster"] = models["classifier"].get_booster()
    for name, model in models.items():
        pickles.some(collection, "xgboost", name, model, 3)
        for suffix in ("json", "ubj"):
            if hasattr(model, "save_model"):
                path = f"{name}.{suffix}"
                collection.add("xgboost", path, "xgboost", lambda path, model=model: model.save_model(path))


def _lightgbm(collection, features, classes, values, groups):
    quiet = {"n_estimators": 3, "verbose": -1}
    models = {
        "classifier": lightgbm.LGBMClassifier(**quiet).fit(features, classes),
        "regressor": lightgbm.LGBMRegressor(**quiet).fit(features, values),
        "dart": lightgbm.LGBMClassifier(boosting_type="dart", **quiet).fit(features, classes),
        "ranker": lightgbm.LGBMRanker(**quiet).fit(features, classes, group=[10] * 6),
        "unfitted": lightgbm.LGBMClassifier(),
    }
    models["booster"] = models["classifier"].booster_
    models["pipeline"] = pipeline.make_pipeline(preprocessing.MinMaxScaler(), models["regressor"])
    for name, model in models.items():
        pickles.some(collection, "lightgbm", name, model, 3)
        booster = getattr(model, "booster_", None) if name != "unfitted" else None
        if booster is not None:
            collection.add("lightgbm", f"{name}.txt", "lightgbm", lambda path, booster=booster: booster.save_model(path))


def _catboost(collection, features, classes, values, groups):
    quiet = {"iterations": 3, "verbose": False, "allow_writing_files": False}
    models = {
        "classifier": catboost.CatBoostClassifier(**quiet).fit(features, classes),
        "regressor": catboost.CatBoostRegressor(**quiet).fit(features, values),
        "ranker": catboost.CatBoostRanker(**quiet).fit(features, classes, group_id=groups),
        "plain": catboost.CatBoost(quiet).fit(features, values),
        "unfitted": catboost.CatBoostClassifier(),
    }
    for name, model in models.items():
        pickles.some(collection, "catboost", name, model, 3)
        for format in ("cbm", "json", "onnx", "cpp", "python"):
            if name != "unfitted" and not (format == "onnx" and name == "ranker"):
                suffix = {"python": "py"}.get(format, format)
                collection.add(
                    "catboost", f"{name}.{suffix}", "onnx" if format == "onnx" else "catboost",
                    lambda path, model=model, format=format: model.save_model(path, format=format),
                )
