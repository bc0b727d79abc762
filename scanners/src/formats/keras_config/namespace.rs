//! Whose names a module holds.

/// Where a module's names come from.
pub(super) enum Namespace {
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

pub(super) fn namespace(module: &str) -> Namespace {
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
pub(super) const KERAS: &[&str] = &[
    "keras",
    "keras_core",
    "tf_keras",
    "tensorflow.keras",
    "tensorflow.python.keras",
    "tensorflow_core.keras",
    "tensorflow_core.python.keras",
];

/// Packages that Keras 3 loads from without asking.
pub(super) const COMPANIONS: &[&str] = &[
    "keras_cv",
    "keras_hub",
    "keras_nlp",
    "keras_rs",
    "keras_tuner",
    "tensorflow_addons",
    "tensorflow_text",
];

/// Roots that no model needs.
pub(super) const OUTSIDE: &[&str] = &[
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
