//! Other libraries whose models are saved as pickles.

use super::super::judge::{Harmless, Role};

pub(super) const PACKAGES: &[&str] = &[
    "dill",
    "easydict",
    "flax",
    "jax",
    "keras",
    "lightning",
    "lightning_fabric",
    "networkx",
    "omegaconf",
    "pytorch_lightning",
    "spacy",
];

pub(super) const TABLE: &[Harmless] = &[
    Harmless::of("dill._dill", Role::Applies, "_create_array"),
    Harmless::of("keras.src.models.functional", Role::Named, "Functional"),
    Harmless::of("spacy.tokens.doc", Role::Named, "Doc"),
    Harmless::of("networkx.classes.graph", Role::Class, "Graph"),
    Harmless::of("networkx.classes.digraph", Role::Class, "DiGraph"),
    Harmless::of("flax.core.frozen_dict", Role::Class, "FrozenDict"),
    Harmless::of("omegaconf.dictconfig", Role::Class, "DictConfig"),
    Harmless::of("omegaconf.listconfig", Role::Class, "ListConfig"),
    Harmless::of("omegaconf.base", Role::Class, "ContainerMetadata Metadata"),
    Harmless::of("omegaconf.nodes", Role::Class, "AnyNode StringNode IntegerNode FloatNode BooleanNode"),
    Harmless::of("jax._src.array", Role::Applies, "_reconstruct_array"),
    Harmless::of("easydict", Role::Container, "EasyDict"),
    Harmless::of("pytorch_lightning.callbacks.model_checkpoint", Role::Named, "ModelCheckpoint"),
    Harmless::of("pytorch_lightning.callbacks.early_stopping", Role::Named, "EarlyStopping"),
    Harmless::of("pytorch_lightning.utilities.parsing", Role::Container, "AttributeDict"),
    Harmless::of("lightning_fabric.utilities.data", Role::Container, "AttributeDict"),
    Harmless::of("lightning.fabric.utilities.data", Role::Container, "AttributeDict"),
];

/// Types of Python that dill names by their own name.
pub(super) const DILL_TYPES: &str =
    "bool bytearray bytes complex dict float frozenset int list object range set slice str tuple";
