//! The architecture of a Keras model: `config.json` of a `.keras` archive, or the JSON of `model.to_json()`.
//!
//! Source: `keras/src/saving/serialization_lib.py` (Keras 3) and `legacy/serialization.py` (Keras 1 and 2). Loading turns
//! every `{module, class_name, config, registered_name}` into an object, which is code execution wherever the loader
//! imports what is named (CVE-2024-3660, CVE-2025-1550, CVE-2025-8747, CVE-2025-9906, CVE-2025-49655, CVE-2026-1462) and
//! reads files where a layer asks for them (CVE-2025-12058). Names are judged by allow-list, at every depth and in
//! duplicates too. Weights are not looked at.

use std::collections::BTreeSet;

use assay_core::{Format, Location, Rule, RuleId, Severity};

use crate::json::{self, Node, Value};
use crate::{Input, Limit, Probe, Report, Scanner, Stop};

/// The longest configuration that is read; a model of 10,000 layers has 20 MiB.
const MAX_JSON: usize = 100 << 20;

const LAMBDA_CODE: Rule = Rule {
    id: RuleId::new("keras-lambda-code"),
    severity: Severity::Critical,
    summary: "The model holds marshalled Python code that loading it runs",
    taxonomy: &["CWE-502", "CWE-94", "AML.T0010", "CVE-2024-3660", "CVE-2025-9905", "CVE-2026-12481"],
};

const LAMBDA_REFERENCE: Rule = Rule {
    id: RuleId::new("keras-lambda-reference"),
    severity: Severity::High,
    summary: "A Lambda layer calls a function that the model only names",
    taxonomy: &["CWE-470", "CVE-2025-1550"],
};

const UNSAFE_REFERENCE: Rule = Rule {
    id: RuleId::new("keras-unsafe-reference"),
    severity: Severity::Critical,
    summary: "The model names a function or class outside Keras, or one of Keras that acts, and loading it calls that",
    taxonomy: &["CWE-502", "CWE-470", "AML.T0010", "CVE-2025-1550", "CVE-2025-8747", "CVE-2025-9906"],
};

const UNKNOWN_CLASS: Rule = Rule {
    id: RuleId::new("keras-unknown-class"),
    severity: Severity::High,
    summary: "The model needs a class or function that is not part of Keras",
    taxonomy: &["CWE-470", "AML.T0010"],
};

const COMPANION_CLASS: Rule = Rule {
    id: RuleId::new("keras-companion-class"),
    severity: Severity::Medium,
    summary: "The model needs a class of a companion package that Keras trusts and we do not list",
    taxonomy: &["CWE-470"],
};

const EXTERNAL_FILE: Rule = Rule {
    id: RuleId::new("keras-external-file"),
    severity: Severity::High,
    summary: "Loading the model reads a file or an address that it names",
    taxonomy: &["CWE-73", "CWE-918", "CVE-2025-12058", "CVE-2026-1462"],
};

const PICKLED_MODULE: Rule = Rule {
    id: RuleId::new("keras-pickled-module"),
    severity: Severity::Critical,
    summary: "The model holds a pickled torch module that loading it unpickles",
    taxonomy: &["CWE-502", "AML.T0010", "CVE-2025-49655"],
};

const RULES: &[Rule] = &[
    LAMBDA_CODE,
    LAMBDA_REFERENCE,
    UNSAFE_REFERENCE,
    UNKNOWN_CLASS,
    COMPANION_CLASS,
    EXTERNAL_FILE,
    PICKLED_MODULE,
];

/// Scanner of Keras configurations.
pub(super) struct KerasConfig;

impl Scanner for KerasConfig {
    fn format(&self) -> Format {
        Format::KerasConfig
    }

    fn rules(&self) -> &'static [Rule] {
        RULES
    }

    fn recognises(&self, probe: &Probe<'_>) -> bool {
        let contains = |wanted: &[u8]| {
            [probe.head, probe.tail]
                .iter()
                .any(|part| part.windows(wanted.len()).any(|window| window == wanted))
        };
        // Under the name that Keras opens, padding and escapes must not hide the words.
        let hidden =
            probe.named(&["config.json"]) && (probe.size > probe.head.len() as u64 || contains(b"\\u00"));
        json::starts_object(probe.head) && (hidden || contains(b"\"class_name\"") && contains(b"\"config\""))
    }

    fn scan(&self, input: &Input<'_>, report: &mut Report<'_>) -> Result<(), Stop> {
        let bytes = json_bytes(input)?;
        let root = json::parse(&bytes, 0)?;
        // Inside an archive Keras takes any mapping apart; on its own such a file belongs to somebody else.
        if is_model(&root) || input.depth() > 0 && input.name().ends_with("config.json") {
            Scan { place: input.place(), report, seen: BTreeSet::new() }.walk(&root);
        }
        Ok(())
    }
}

/// Takes JSON apart that Keras deserializes whatever it holds, such as an attribute of a legacy `.h5` model.
///
/// # Errors
/// [`Stop`] where it is not JSON or too long.
pub(super) fn take_apart(input: &Input<'_>, report: &mut Report<'_>) -> Result<(), Stop> {
    let bytes = json_bytes(input)?;
    let root = json::parse(&bytes, 0)?;
    Scan { place: input.place(), report, seen: BTreeSet::new() }.walk(&root);
    Ok(())
}

fn json_bytes(input: &Input<'_>) -> Result<Vec<u8>, Stop> {
    if input.size() > MAX_JSON as u64 {
        return Err(Stop::Limit(Limit::Length("JSON")));
    }
    input.window(0, MAX_JSON)
}

/// Whether Keras would deserialize this.
fn is_model(root: &Node<'_>) -> bool {
    let object = root.member("class_name").is_some() && root.member("config").is_some();
    object || root.member("model_config").is_some_and(|model| model.member("class_name").is_some())
}

struct Scan<'p, 'r, 's> {
    place: &'p Location,
    report: &'r mut Report<'s>,
    /// What was said already: a layer that stands fifty times is one fact.
    seen: BTreeSet<(&'static str, String)>,
}

impl Scan<'_, '_, '_> {
    /// Looks at every object; files are only read by what is or stands in an object with a class.
    fn walk(&mut self, root: &Node<'_>) {
        let mut open = vec![(root, false)];
        while let Some((node, inside)) = open.pop() {
            match &node.value {
                Value::Array(items) => open.extend(items.iter().map(|item| (item, inside))),
                Value::Object(members) => {
                    self.object(node, members);
                    let inside = inside || node.member("class_name").is_some();
                    for (key, value) in members.iter().filter(|_| inside) {
                        self.file(key, value);
                    }
                    open.extend(members.iter().map(|(_, value)| (value, inside)));
                }
                Value::Text(_) | Value::Number(_) | Value::Bool(_) | Value::Null => {}
            }
        }
    }

    fn hit(&mut self, rule: &Rule, node: &Node<'_>, name: &str) {
        if self.seen.insert((rule.summary, name.to_owned())) {
            let message = format!("{}: {name}", rule.summary);
            self.report.hit(rule, self.place.at(node.offset), &message, &[("name", name)]);
        }
    }

    /// Parsers disagree about which of two equal keys counts, so every `class_name` is judged with every `module`.
    fn object(&mut self, node: &Node<'_>, members: &[(std::borrow::Cow<'_, str>, Node<'_>)]) {
        let texts = |wanted: &str| -> Vec<&str> {
            members.iter().filter(|(key, _)| key == wanted).filter_map(|(_, value)| value.text()).collect()
        };
        let mut modules = texts("module");
        if modules.is_empty() {
            modules.push("");
        }
        for class in texts("class_name") {
            for module in &modules {
                self.reference(node, module, class, &texts("config"));
            }
            self.class(node, class);
        }
    }

    /// Judges what the loader would look up: a class by its name, or a function whose name is the config.
    fn reference(&mut self, node: &Node<'_>, module: &str, class: &str, config: &[&str]) {
        if class != "function" {
            return self.name(node, module, class, CLASSES.iter().any(|list| list.contains(&class)));
        }
        for function in config.iter().copied().chain(node.member("registered_name").and_then(Node::text)) {
            // Keras writes the word itself where a function was not registered.
            if function != "function" {
                self.name(node, module, function, FUNCTIONS.contains(&function));
            }
        }
    }

    fn name(&mut self, node: &Node<'_>, module: &str, name: &str, listed: bool) {
        let full = if module.is_empty() { name.to_owned() } else { format!("{module}.{name}") };
        let acts = ACTING.contains(&name) || name.contains("__") && !MARKS.contains(&name);
        let plain_function = module == "builtins" && !acts && !PYTHON.contains(&name);
        match namespace(module) {
            Namespace::Keras | Namespace::None if MARKS.contains(&name) => {}
            Namespace::Keras | Namespace::None if acts => self.hit(&UNSAFE_REFERENCE, node, &full),
            Namespace::Keras | Namespace::None if listed => {}
            Namespace::Operations if !acts && name.starts_with(|first: char| first.is_ascii_uppercase()) => {}
            Namespace::Companion if !acts => self.hit(&COMPANION_CLASS, node, &full),
            // Keras looks a function of `builtins` up among its own first.
            Namespace::Outside if plain_function && listed => {}
            Namespace::Outside if plain_function => self.hit(&UNKNOWN_CLASS, node, &full),
            Namespace::Keras | Namespace::None | Namespace::Operations | Namespace::Unknown if !acts => {
                self.hit(&UNKNOWN_CLASS, node, &full);
            }
            Namespace::Keras
            | Namespace::None
            | Namespace::Operations
            | Namespace::Companion
            | Namespace::Unknown
            | Namespace::Outside => self.hit(&UNSAFE_REFERENCE, node, &full),
        }
    }

    /// Classes that do more than compute.
    fn class(&mut self, node: &Node<'_>, class: &str) {
        match class {
            "__lambda__" => self.hit(&LAMBDA_CODE, node, class),
            "Lambda" => self.lambda(node),
            "TFSMLayer" => self.hit(&EXTERNAL_FILE, node, class),
            "TorchModuleWrapper" => self.hit(&PICKLED_MODULE, node, class),
            "TFOpLambda" | "SlicingOpLambda" | "ClassMethod" | "InstanceMethod" | "InstanceProperty" => {
                self.tensorflow_function(node);
            }
            _ => {}
        }
    }

    fn lambda(&mut self, node: &Node<'_>) {
        let Some(config) = node.member("config") else { return };
        let code = |key: &str| {
            // Keras 1 and 2: `[base64 of marshalled code, defaults, closure]`.
            let legacy = config.member(key).and_then(Node::items).and_then(<[Node<'_>]>::first);
            let marked = config.member(&format!("{key}_type")).and_then(Node::text) == Some("lambda");
            marked || legacy.is_some_and(|first| first.text().is_some())
        };
        let function = config.member("function");
        if ["function", "output_shape", "mask"].iter().any(|key| code(key)) {
            self.hit(&LAMBDA_CODE, node, "Lambda");
        } else if function.and_then(|function| function.member("class_name")).and_then(Node::text)
            != Some("__lambda__")
        {
            self.hit(&LAMBDA_REFERENCE, node, "Lambda");
        }
        for key in ["module", "output_shape_module"] {
            let module = config.member(key).and_then(Node::text).unwrap_or_default();
            if matches!(namespace(module), Namespace::Outside) && module != "builtins" {
                let name = function.and_then(Node::text).unwrap_or_default();
                self.hit(&UNSAFE_REFERENCE, node, &format!("{module}.{name}"));
            }
        }
    }

    /// Keras 2 keeps operations of TensorFlow as layers, by the operation's public name.
    fn tensorflow_function(&mut self, node: &Node<'_>) {
        let config = node.member("config");
        let Some(name) = config.and_then(|config| config.member("function")).and_then(Node::text) else {
            return;
        };
        let root = name.split('.').next().unwrap_or_default();
        if !OPERATIONS.contains(&root) || name.contains("py_function") {
            self.hit(&UNSAFE_REFERENCE, node, &format!("tensorflow.{name}"));
        }
    }

    /// A text where a file can be named: a vocabulary is a list, unless it is to be read from somewhere.
    fn file(&mut self, key: &str, value: &Node<'_>) {
        let Some(text) = value.text() else { return };
        let named = FILE_KEYS.contains(&key) && !text.is_empty();
        let address = text.split_once("://").is_some_and(|(scheme, rest)| {
            !rest.is_empty() && !scheme.is_empty() && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric())
        });
        if named || address {
            self.hit(&EXTERNAL_FILE, value, &format!("{key} = {text}"));
        }
    }
}

/// Where a module's names come from.
enum Namespace {
    /// No module: the loader looks among Keras' own and registered objects.
    None,
    Keras,
    /// Keras' operations on tensors, which stand in functional models as nodes.
    Operations,
    /// Packages that Keras itself trusts.
    Companion,
    /// Python, its libraries, and frameworks: nothing a model needs.
    Outside,
    Unknown,
}

fn namespace(module: &str) -> Namespace {
    let under =
        |root: &str| module == root || module.strip_prefix(root).is_some_and(|rest| rest.starts_with('.'));
    if module.is_empty() {
        Namespace::None
    } else if ["keras.src.ops", "keras.ops"].iter().any(|root| under(root)) {
        Namespace::Operations
    } else if KERAS.iter().any(|root| under(root)) {
        Namespace::Keras
    } else if COMPANIONS.iter().any(|root| under(root)) {
        Namespace::Companion
    } else if OUTSIDE.iter().any(|root| under(root)) {
        Namespace::Outside
    } else {
        Namespace::Unknown
    }
}

/// Packages that are Keras.
const KERAS: &[&str] = &[
    "keras",
    "keras_core",
    "tf_keras",
    "tensorflow.keras",
    "tensorflow.python.keras",
    "tensorflow_core.keras",
    "tensorflow_core.python.keras",
];

/// Packages that Keras 3 loads from without asking.
const COMPANIONS: &[&str] = &[
    "keras_cv",
    "keras_hub",
    "keras_nlp",
    "keras_rs",
    "keras_tuner",
    "tensorflow_addons",
    "tensorflow_text",
];

/// Roots that no model needs.
const OUTSIDE: &[&str] = &[
    "__builtin__",
    "_io",
    "_operator",
    "_pickle",
    "_posixsubprocess",
    "_thread",
    "aiohttp",
    "ast",
    "asyncio",
    "bdb",
    "builtins",
    "cProfile",
    "cloudpickle",
    "code",
    "codecs",
    "codeop",
    "collections",
    "commands",
    "concurrent",
    "copyreg",
    "ctypes",
    "dill",
    "distutils",
    "doctest",
    "fileinput",
    "ftplib",
    "functools",
    "gc",
    "glob",
    "heapq",
    "http",
    "idlelib",
    "imaplib",
    "importlib",
    "inspect",
    "io",
    "itertools",
    "jax",
    "joblib",
    "lib2to3",
    "linecache",
    "logging",
    "marshal",
    "mmap",
    "multiprocessing",
    "nt",
    "ntpath",
    "numpy",
    "operator",
    "os",
    "pandas",
    "pathlib",
    "pdb",
    "pickle",
    "pickletools",
    "pip",
    "pkgutil",
    "platform",
    "posix",
    "posixpath",
    "profile",
    "pty",
    "pydoc",
    "queue",
    "re",
    "requests",
    "runpy",
    "scipy",
    "setuptools",
    "shelve",
    "shlex",
    "shutil",
    "signal",
    "site",
    "sklearn",
    "smtplib",
    "socket",
    "socketserver",
    "sqlite3",
    "ssl",
    "subprocess",
    "sys",
    "sysconfig",
    "tarfile",
    "telnetlib",
    "tempfile",
    "tensorflow",
    "threading",
    "timeit",
    "torch",
    "trace",
    "traceback",
    "types",
    "typing",
    "unittest",
    "urllib",
    "urllib3",
    "uuid",
    "venv",
    "warnings",
    "weakref",
    "webbrowser",
    "xml",
    "xmlrpc",
    "yaml",
    "zipfile",
    "zipimport",
];

/// Names of Python itself that act, where a function is looked up in `builtins`.
const PYTHON: &[&str] = &[
    "__build_class__",
    "__import__",
    "breakpoint",
    "classmethod",
    "compile",
    "delattr",
    "dir",
    "eval",
    "exec",
    "exit",
    "filter",
    "getattr",
    "globals",
    "help",
    "input",
    "locals",
    "map",
    "memoryview",
    "object",
    "open",
    "print",
    "property",
    "quit",
    "setattr",
    "staticmethod",
    "super",
    "type",
    "vars",
];

/// Names, of Keras or not, that read, write, download, load or switch safety off.
const ACTING: &[&str] = &[
    "clone_model",
    "deserialize",
    "deserialize_keras_object",
    "enable_unsafe_deserialization",
    "extract_archive",
    "from_pretrained",
    "get_custom_objects",
    "get_file",
    "get_json_type",
    "import_module",
    "load",
    "load_data",
    "load_img",
    "load_model",
    "load_weights",
    "model_from_json",
    "model_from_yaml",
    "open_resource",
    "pathlib_path",
    "plot_model",
    "register_keras_serializable",
    "run_script",
    "save_img",
    "save_model",
    "save_weights",
    "set_backend",
    "system",
    "popen",
    "Popen",
    "exec",
    "eval",
    "image_dataset_from_directory",
    "text_dataset_from_directory",
    "audio_dataset_from_directory",
    "array_to_img",
    "write_file",
    "read_file",
];

/// Names that the serializer itself writes for plain values.
const MARKS: &[&str] = &[
    "__bytes__",
    "__complex__",
    "__ellipsis__",
    "__keras_tensor__",
    "__lambda__",
    "__numpy__",
    "__slice__",
    "__tensor__",
    "__tuple__",
    "__typespec__",
    "CompositeTensor",
    "TensorShape",
    "TypeSpec",
    "__set__",
    "__numpy_dtype__",
];

/// Keys whose text is a file or an address.
const FILE_KEYS: &[&str] = &[
    "filename",
    "filepath",
    "file_path",
    "fname",
    "idf_weights",
    "origin",
    "saved_model_path",
    "url",
    "vocabulary",
    "vocabulary_file",
    "vocabulary_path",
    "weights_path",
];

/// First parts of TensorFlow's names that only compute.
const OPERATIONS: &[&str] = &[
    "__operators__",
    "abs",
    "add",
    "argmax",
    "argmin",
    "bitcast",
    "boolean_mask",
    "broadcast_to",
    "cast",
    "clip_by_value",
    "compat",
    "concat",
    "convert_to_tensor",
    "cumsum",
    "divide",
    "einsum",
    "equal",
    "exp",
    "expand_dims",
    "eye",
    "fill",
    "gather",
    "gather_nd",
    "greater",
    "greater_equal",
    "identity",
    "image",
    "keras",
    "less",
    "less_equal",
    "linalg",
    "linspace",
    "logical_and",
    "logical_not",
    "logical_or",
    "math",
    "matmul",
    "maximum",
    "meshgrid",
    "minimum",
    "multiply",
    "negative",
    "nn",
    "norm",
    "not_equal",
    "one_hot",
    "ones",
    "ones_like",
    "pad",
    "pow",
    "random",
    "range",
    "rank",
    "realdiv",
    "reduce_max",
    "reduce_mean",
    "reduce_min",
    "reduce_prod",
    "reduce_sum",
    "repeat",
    "reshape",
    "reverse",
    "roll",
    "round",
    "scatter_nd",
    "shape",
    "sigmoid",
    "sign",
    "signal",
    "size",
    "slice",
    "sort",
    "space_to_depth",
    "split",
    "sqrt",
    "square",
    "squeeze",
    "stack",
    "stop_gradient",
    "strided_slice",
    "strings",
    "subtract",
    "tanh",
    "tensordot",
    "tile",
    "transpose",
    "truediv",
    "unstack",
    "where",
    "zeros",
    "zeros_like",
];

/// Functions of Keras that only compute: activations, losses, metrics, initializers.
const FUNCTIONS: &[&str] = &[
    "accuracy",
    "bce",
    "binary_accuracy",
    "binary_crossentropy",
    "binary_focal_crossentropy",
    "categorical_accuracy",
    "categorical_crossentropy",
    "categorical_focal_crossentropy",
    "categorical_hinge",
    "celu",
    "cosine_similarity",
    "ctc",
    "dice",
    "elu",
    "exponential",
    "gelu",
    "glu",
    "hard_shrink",
    "hard_sigmoid",
    "hard_silu",
    "hard_swish",
    "hard_tanh",
    "hinge",
    "huber",
    "huber_loss",
    "kl_divergence",
    "kld",
    "kullback_leibler_divergence",
    "leaky_relu",
    "linear",
    "log_cosh",
    "log_sigmoid",
    "log_softmax",
    "logcosh",
    "mae",
    "mape",
    "mean_absolute_error",
    "mean_absolute_percentage_error",
    "mean_squared_error",
    "mean_squared_logarithmic_error",
    "mish",
    "mse",
    "msle",
    "poisson",
    "relu",
    "relu6",
    "selu",
    "sigmoid",
    "silu",
    "soft_shrink",
    "softmax",
    "softplus",
    "softsign",
    "sparse_categorical_accuracy",
    "sparse_categorical_crossentropy",
    "sparse_plus",
    "sparse_sigmoid",
    "sparse_top_k_categorical_accuracy",
    "sparsemax",
    "squared_hinge",
    "squareplus",
    "swish",
    "tanh",
    "tanh_shrink",
    "threshold",
    "top_k_categorical_accuracy",
    "tversky",
];

/// Classes of Keras: models and layers, then everything else.
const CLASSES: &[&[&str]] = &[LAYERS, OBJECTS];

const LAYERS: &[&str] = &[
    "AbstractRNNCell",
    "Activation",
    "ActivityRegularization",
    "AdaptiveAveragePooling1D",
    "AdaptiveAveragePooling2D",
    "AdaptiveAveragePooling3D",
    "AdaptiveMaxPooling1D",
    "AdaptiveMaxPooling2D",
    "AdaptiveMaxPooling3D",
    "Add",
    "AdditiveAttention",
    "AlphaDropout",
    "Attention",
    "AugMix",
    "AutoContrast",
    "Average",
    "AveragePooling1D",
    "AveragePooling2D",
    "AveragePooling3D",
    "BatchNormalization",
    "BatchNormalizationV1",
    "BatchNormalizationV2",
    "Bidirectional",
    "CategoryEncoding",
    "CenterCrop",
    "Concatenate",
    "Conv1D",
    "Conv1DTranspose",
    "Conv2D",
    "Conv2DTranspose",
    "Conv3D",
    "Conv3DTranspose",
    "ConvLSTM1D",
    "ConvLSTM2D",
    "ConvLSTM3D",
    "Convolution1D",
    "Convolution2D",
    "Convolution3D",
    "Cropping1D",
    "Cropping2D",
    "Cropping3D",
    "CuDNNGRU",
    "CuDNNLSTM",
    "CutMix",
    "Dense",
    "DepthwiseConv1D",
    "DepthwiseConv2D",
    "Discretization",
    "Dot",
    "Dropout",
    "ELU",
    "EinsumDense",
    "Embedding",
    "Equalization",
    "FeatureSpace",
    "Flatten",
    "Functional",
    "GRU",
    "GRUCell",
    "GRUV2",
    "GaussianDropout",
    "GaussianNoise",
    "GlobalAveragePooling1D",
    "GlobalAveragePooling2D",
    "GlobalAveragePooling3D",
    "GlobalMaxPooling1D",
    "GlobalMaxPooling2D",
    "GlobalMaxPooling3D",
    "GroupNormalization",
    "GroupQueryAttention",
    "GroupedQueryAttention",
    "HashedCrossing",
    "Hashing",
    "Identity",
    "InputLayer",
    "InputSpec",
    "IntegerLookup",
    "LSTM",
    "LSTMCell",
    "LSTMV2",
    "Lambda",
    "Layer",
    "LayerNormalization",
    "LeakyReLU",
    "LocallyConnected1D",
    "LocallyConnected2D",
    "Masking",
    "MaxNumBoundingBoxes",
    "MaxPooling1D",
    "MaxPooling2D",
    "MaxPooling3D",
    "Maximum",
    "MelSpectrogram",
    "Merge",
    "Minimum",
    "MixUp",
    "Model",
    "MultiHeadAttention",
    "Multiply",
    "Normalization",
    "PReLU",
    "Permute",
    "Pipeline",
    "RMSNormalization",
    "RNN",
    "RandAugment",
    "RandomBrightness",
    "RandomColorDegeneration",
    "RandomColorJitter",
    "RandomContrast",
    "RandomCrop",
    "RandomElasticTransform",
    "RandomErasing",
    "RandomFlip",
    "RandomGaussianBlur",
    "RandomGrayscale",
    "RandomHeight",
    "RandomHue",
    "RandomInvert",
    "RandomPerspective",
    "RandomPosterization",
    "RandomRotation",
    "RandomSaturation",
    "RandomSharpness",
    "RandomShear",
    "RandomTranslation",
    "RandomWidth",
    "RandomZoom",
    "ReLU",
    "RepeatVector",
    "Rescaling",
    "Reshape",
    "Resizing",
    "ReversibleEmbedding",
    "STFTSpectrogram",
    "SeparableConv1D",
    "SeparableConv2D",
    "SeparableConvolution1D",
    "SeparableConvolution2D",
    "Sequential",
    "SimpleRNN",
    "SimpleRNNCell",
    "SlicingOpLambda",
    "Softmax",
    "Solarization",
    "SpatialDropout1D",
    "SpatialDropout2D",
    "SpatialDropout3D",
    "SpectralNormalization",
    "StackedRNNCells",
    "StringLookup",
    "Subtract",
    "SyncBatchNormalization",
    "TFOpLambda",
    "TFSMLayer",
    "TextVectorization",
    "ThresholdedReLU",
    "TimeDistributed",
    "TorchModuleWrapper",
    "UnitNormalization",
    "UpSampling1D",
    "UpSampling2D",
    "UpSampling3D",
    "WeightNormalization",
    "Wrapper",
    "ZeroPadding1D",
    "ZeroPadding2D",
    "ZeroPadding3D",
    "ClassMethod",
    "InstanceMethod",
    "InstanceProperty",
];

const OBJECTS: &[&str] = &[
    "AUC",
    "AbsMaxQuantizer",
    "Accuracy",
    "Adadelta",
    "Adafactor",
    "Adagrad",
    "Adam",
    "AdamW",
    "Adamax",
    "BinaryAccuracy",
    "BinaryCrossentropy",
    "BinaryFocalCrossentropy",
    "BinaryIoU",
    "CTC",
    "CategoricalAccuracy",
    "CategoricalCrossentropy",
    "CategoricalFocalCrossentropy",
    "CategoricalGeneralizedCrossEntropy",
    "CategoricalHinge",
    "Circle",
    "ConcordanceCorrelation",
    "Constant",
    "CosineDecay",
    "CosineDecayRestarts",
    "CosineSimilarity",
    "Cross",
    "DTypePolicy",
    "DTypePolicyMap",
    "Dice",
    "ExponentialDecay",
    "F1Score",
    "FBetaScore",
    "FalseNegatives",
    "FalsePositives",
    "Feature",
    "Float8DTypePolicy",
    "FloatDTypePolicy",
    "Ftrl",
    "GlorotNormal",
    "GlorotUniform",
    "GPTQDTypePolicy",
    "HeNormal",
    "HeUniform",
    "Hinge",
    "Huber",
    "IdentityInitializer",
    "InverseTimeDecay",
    "IoU",
    "KLDivergence",
    "L1",
    "L1L2",
    "L2",
    "LecunNormal",
    "LecunUniform",
    "Lion",
    "LogCosh",
    "LogCoshError",
    "LossScaleOptimizer",
    "MaxNorm",
    "Mean",
    "MeanAbsoluteError",
    "MeanAbsolutePercentageError",
    "MeanIoU",
    "MeanMetricWrapper",
    "MeanRelativeError",
    "MeanSquaredError",
    "MeanSquaredLogarithmicError",
    "MinMaxNorm",
    "Muon",
    "Nadam",
    "NonNeg",
    "OneHotIoU",
    "OneHotMeanIoU",
    "Ones",
    "Orthogonal",
    "OrthogonalRegularizer",
    "PearsonCorrelation",
    "PiecewiseConstantDecay",
    "Poisson",
    "Policy",
    "PolynomialDecay",
    "Precision",
    "PrecisionAtRecall",
    "QuantizedDTypePolicy",
    "QuantizedFloat8DTypePolicy",
    "R2Score",
    "RMSprop",
    "RadialConstraint",
    "RandomNormal",
    "RandomUniform",
    "Recall",
    "RecallAtPrecision",
    "RootMeanSquaredError",
    "SGD",
    "STFT",
    "SeedGenerator",
    "SensitivityAtSpecificity",
    "SparseCategoricalAccuracy",
    "SparseCategoricalCrossentropy",
    "SparseTopKCategoricalAccuracy",
    "SpecificityAtSensitivity",
    "SquaredHinge",
    "Sum",
    "TopKCategoricalAccuracy",
    "TrueNegatives",
    "TruePositives",
    "TruncatedNormal",
    "Tversky",
    "UnitNorm",
    "VarianceScaling",
    "Zeros",
    "MeanTensor",
    "SumOverBatchSize",
    "Loss",
    "Metric",
    "Optimizer",
    "CompileLoss",
    "CompileMetrics",
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::scan;

    /// A model with one layer.
    fn rules(layer: &str) -> Vec<String> {
        let json = format!(
            r#"{{"module":"keras","class_name":"Sequential","config":{{"name":"s","layers":[{layer}]}},"registered_name":null}}"#
        );
        scan(&KerasConfig, "config.json", json.as_bytes()).rules().into_iter().map(str::to_owned).collect()
    }

    fn activation(module: &str, function: &str) -> String {
        format!(
            r#"{{"module":"keras.layers","class_name":"Dense","config":{{"activation":
            {{"module":"{module}","class_name":"function","config":"{function}","registered_name":"{function}"}}}}}}"#
        )
    }

    #[test]
    fn functions_outside_keras_are_critical() {
        for (module, function) in [
            ("os", "system"),
            ("builtins", "eval"),
            ("heapq", "nsmallest"),
            ("pip._internal", "main"),
            ("tensorflow.io", "write_file"),
            ("numpy", "load"),
            ("keras.src.utils.file_utils", "get_file"),
            ("keras.src.models.cloning", "clone_model"),
            ("keras.src.saving.serialization_lib", "enable_unsafe_deserialization"),
            ("keras_hub.src.utils", "from_pretrained"),
            ("keras.src.ops.numpy", "load"),
        ] {
            assert_eq!(
                rules(&activation(module, function)),
                ["keras-unsafe-reference"],
                "{module}.{function}"
            );
        }
    }

    #[test]
    fn functions_of_keras_and_of_nobody_differ() {
        assert!(rules(&activation("keras.activations", "gelu")).is_empty());
        assert!(rules(&activation("builtins", "relu")).is_empty());
        assert_eq!(rules(&activation("builtins", "my_activation")), ["keras-unknown-class"]);
        assert_eq!(rules(&activation("mine.layers", "f")), ["keras-unknown-class"]);
        assert_eq!(rules(&activation("kerasx", "relu")), ["keras-unknown-class"]);
    }

    #[test]
    fn classes_are_judged_with_their_module() {
        for (layer, rule) in [
            (r#"{"module":"os","class_name":"system","config":{}}"#, "keras-unsafe-reference"),
            (r#"{"module":"subprocess","class_name":"Dense","config":{}}"#, "keras-unsafe-reference"),
            (
                r#"{"module":null,"class_name":"MyLayer","config":{},"registered_name":"Custom>MyLayer"}"#,
                "keras-unknown-class",
            ),
            (r#"{"class_name":"MyLayer","config":{}}"#, "keras-unknown-class"),
            (
                r#"{"module":"keras_hub.src.models","class_name":"GemmaBackbone","config":{}}"#,
                "keras-companion-class",
            ),
            (
                r#"{"module":"os","module":"keras.layers","class_name":"Dense","config":{}}"#,
                "keras-unsafe-reference",
            ),
            (
                r#"{"class_name":"TFOpLambda","config":{"function":"io.write_file"}}"#,
                "keras-unsafe-reference",
            ),
        ] {
            assert_eq!(rules(layer), [rule], "{layer}");
        }
        assert!(rules(r#"{"class_name":"TFOpLambda","config":{"function":"math.add"}}"#).is_empty());
        assert!(rules(r#"{"module":"keras.src.ops.numpy","class_name":"Mean","config":{}}"#).is_empty());
    }

    #[test]
    fn code_is_found_in_every_form_and_place() {
        let code = r#"{"class_name":"__lambda__","config":{"code":"4wAA","defaults":null,"closure":null}}"#;
        for layer in [
            format!(r#"{{"class_name":"Lambda","config":{{"function":{code}}}}}"#),
            format!(r#"{{"class_name":"Dense","config":{{"kernel_initializer":{code}}}}}"#),
            r#"{"class_name":"Lambda","config":{"function":["4wAA",null,null],"function_type":"lambda"}}"#
                .to_owned(),
            r#"{"class_name":"Lambda","config":{"function":"f","output_shape":["4wAA",null,null]}}"#
                .to_owned(),
        ] {
            assert_eq!(rules(&layer), ["keras-lambda-code"], "{layer}");
            let wrapped = format!(r#"{{"class_name":"TimeDistributed","config":{{"layer":{layer}}}}}"#);
            assert_eq!(rules(&wrapped), ["keras-lambda-code"], "{wrapped}");
        }
    }

    #[test]
    fn a_lambda_that_names_a_function_is_found_with_its_module() {
        let named = r#"{"class_name":"Lambda","config":{"function":"f","function_type":"function"}}"#;
        assert_eq!(rules(named), ["keras-lambda-reference"]);
        let system = r#"{"class_name":"Lambda","config":{"function":"system","module":"os"}}"#;
        assert_eq!(rules(system), ["keras-lambda-reference", "keras-unsafe-reference"]);
    }

    #[test]
    fn files_and_addresses_are_found_and_lists_are_not() {
        for layer in [
            r#"{"class_name":"StringLookup","config":{"vocabulary":"/etc/passwd"}}"#,
            r#"{"class_name":"TextVectorization","config":{"vocabulary":"http://192.0.2.1/"}}"#,
            r#"{"class_name":"Dense","config":{"name":"gs://bucket/x"}}"#,
            r#"{"class_name":"TFSMLayer","config":{"filepath":"model"}}"#,
        ] {
            assert_eq!(rules(layer), ["keras-external-file"], "{layer}");
        }
        assert!(rules(r#"{"class_name":"StringLookup","config":{"vocabulary":["a","/b"]}}"#).is_empty());
    }

    #[test]
    fn json_that_is_no_model_says_nothing() {
        let json = r#"{"a": {"class_name": "Thing", "config": {}}, "b": [{"class_name": "system"}]}"#;
        assert!(scan(&KerasConfig, "config.json", json.as_bytes()).is_clean());
    }

    #[test]
    fn inside_an_archive_every_mapping_is_taken_apart() {
        let hidden = r#"{"a": {"module": "os", "class_name": "function", "config": "system"}, "url": "https://x.invalid/"}"#;
        let budget = crate::Budget::new(
            assay_core::Limits::default(),
            std::time::Instant::now() + std::time::Duration::from_secs(60),
        );
        let (spool, bytes) = (crate::MemorySpool::default(), hidden.as_bytes());
        let archive = Input::file("m.keras", &bytes, &budget, &spool);
        let mut facts = crate::Collected::default();
        let member = archive.member("config.json", 0, bytes.len() as u64).unwrap();
        KerasConfig.scan(&member, &mut Report::new(&mut facts, 10)).unwrap();
        assert_eq!(facts.rules(), ["keras-unsafe-reference"]);
        assert!(scan(&KerasConfig, "config.json", bytes).is_clean());
    }

    #[test]
    fn lists_do_not_contradict_each_other() {
        for name in ACTING.iter().chain(PYTHON) {
            assert!(!FUNCTIONS.contains(name) && !CLASSES.iter().any(|list| list.contains(name)), "{name}");
        }
        assert!(!OUTSIDE.iter().any(|root| KERAS.contains(root) || COMPANIONS.contains(root)));
    }
}
