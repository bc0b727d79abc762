//! The messages of Core ML that hold code, names of code, or paths.

use crate::protobuf_walk::Part;

/// A message, named by what is in it for us.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Model,
    /// A pipeline in a message of its own.
    PipelineHolder,
    Pipeline,
    Network,
    Layer,
    CustomLayer,
    CustomModel,
    Branch,
    Loop,
    Linked,
    LinkedFile,
    LinkedName,
    LinkedPath,
    Serialized,
    Program,
    /// An entry of a map from names to functions, and the function.
    FunctionEntry,
    Function,
    BlockEntry,
    Block,
    Operation,
    ArgumentEntry,
    Argument,
    Binding,
    ValueEntry,
    Value,
    Immediate,
    /// A tuple or list of values.
    Values,
    Dictionary,
    Pair,
    Blob,
}

/// What each field of each message is.
pub(super) fn grammar(kind: Kind, field: u32) -> Part<Kind> {
    use Kind as K;
    let message = match (kind, field) {
        // Fields of an ONNX model, which starts alike.
        (K::Model, 3..=9 | 14 | 20 | 25 | 26) => return Part::Foreign,
        (K::CustomLayer | K::CustomModel, 10)
        | (K::LinkedName | K::LinkedPath | K::Blob | K::Operation | K::Serialized, 1) => return Part::Text,
        (K::Model, 200 | 201) => K::PipelineHolder,
        (K::Model, 202) | (K::PipelineHolder, 1) => K::Pipeline,
        (K::Pipeline, 1) => K::Model,
        (K::Model, 303 | 403 | 500) | (K::Branch, 1 | 2) | (K::Loop, 3 | 4) => K::Network,
        (K::Model, 502) => K::Program,
        (K::Model, 555) => K::CustomModel,
        (K::Model, 556) => K::Linked,
        (K::Model, 3000) => K::Serialized,
        (K::Network, 1) => K::Layer,
        (K::Layer, 500) => K::CustomLayer,
        (K::Layer, 605) => K::Branch,
        (K::Layer, 615) => K::Loop,
        (K::Linked, 1) => K::LinkedFile,
        (K::LinkedFile, 1) => K::LinkedName,
        (K::LinkedFile, 2) => K::LinkedPath,
        (K::Program, 2) => K::FunctionEntry,
        (K::FunctionEntry, 2) => K::Function,
        (K::Function, 3) => K::BlockEntry,
        (K::BlockEntry, 2) | (K::Operation, 4) => K::Block,
        (K::Block, 3) => K::Operation,
        (K::Operation, 2) => K::ArgumentEntry,
        (K::Program | K::Function | K::Block, 4) | (K::Operation, 5) => K::ValueEntry,
        (K::ArgumentEntry, 2) => K::Argument,
        (K::Argument, 1) => K::Binding,
        (K::Binding | K::ValueEntry, 2) | (K::Values, 1) | (K::Pair, 1 | 2) => K::Value,
        (K::Value, 3) => K::Immediate,
        (K::Value, 5) => K::Blob,
        (K::Immediate, 2 | 3) => K::Values,
        (K::Immediate, 4) => K::Dictionary,
        (K::Dictionary, 1) => K::Pair,
        _ => return Part::Skipped,
    };
    Part::Message(message)
}
