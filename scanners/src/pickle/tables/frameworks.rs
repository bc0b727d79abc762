//! Other libraries whose models are saved as pickles.

use super::super::judge::{Harmless, Role};

pub(super) const TABLE: &[Harmless] = &[
    Harmless::of("xgboost.core", Role::Class, "Booster"),
    Harmless::of("xgboost.core", Role::Named, "DataSplitMode"),
    Harmless::of(
        "xgboost.sklearn",
        Role::Class,
        "XGBClassifier XGBRegressor XGBRanker XGBRFClassifier XGBRFRegressor XGBModel",
    ),
    Harmless::of("lightgbm.basic", Role::Class, "Booster"),
    Harmless::of(
        "lightgbm.sklearn",
        Role::Class,
        "LGBMClassifier LGBMRegressor LGBMRanker LGBMModel _LGBMLabelEncoder",
    ),
    Harmless::of(
        "catboost.core",
        Role::Class,
        "CatBoost CatBoostClassifier CatBoostRegressor CatBoostRanker",
    ),
    Harmless::of("dill._dill", Role::Calls, "_create_array"),
    Harmless::of("transformers.training_args", Role::Class, "TrainingArguments OptimizerNames"),
    Harmless::of("transformers.training_args_seq2seq", Role::Class, "Seq2SeqTrainingArguments"),
    Harmless::of(
        "transformers.trainer_utils",
        Role::Class,
        "IntervalStrategy SchedulerType HubStrategy FSDPOption EvaluationStrategy SaveStrategy ShardedDDPOption",
    ),
    Harmless::of("transformers.trainer_pt_utils", Role::Class, "AcceleratorConfig"),
    Harmless::of("transformers.tokenization_utils_base", Role::Container, "BatchEncoding"),
    Harmless::of("accelerate.state", Role::Class, "PartialState AcceleratorState"),
    Harmless::of("accelerate.utils.dataclasses", Role::Class, "DistributedType DynamoBackend"),
    Harmless::of("keras.src.models.functional", Role::Named, "Functional"),
    Harmless::of("spacy.tokens.doc", Role::Named, "Doc"),
    Harmless::of("networkx.classes.graph", Role::Class, "Graph"),
    Harmless::of("networkx.classes.digraph", Role::Class, "DiGraph"),
    Harmless::of("flax.core.frozen_dict", Role::Class, "FrozenDict"),
    Harmless::of("tokenizers", Role::Class, "Tokenizer AddedToken"),
    Harmless::of("omegaconf.dictconfig", Role::Class, "DictConfig"),
    Harmless::of("omegaconf.listconfig", Role::Class, "ListConfig"),
    Harmless::of("omegaconf.base", Role::Class, "ContainerMetadata Metadata"),
    Harmless::of("omegaconf.nodes", Role::Class, "AnyNode StringNode IntegerNode FloatNode BooleanNode"),
    Harmless::of("typing", Role::Named, "Any Union Optional List Dict Tuple"),
    Harmless::of("easydict", Role::Container, "EasyDict"),
    Harmless::of("pytorch_lightning.callbacks.model_checkpoint", Role::Named, "ModelCheckpoint"),
    Harmless::of("pytorch_lightning.callbacks.early_stopping", Role::Named, "EarlyStopping"),
    Harmless::of("pytorch_lightning.utilities.parsing", Role::Container, "AttributeDict"),
    Harmless::of("lightning_fabric.utilities.data", Role::Container, "AttributeDict"),
    Harmless::of("lightning.fabric.utilities.data", Role::Container, "AttributeDict"),
];
