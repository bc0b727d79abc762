//! Names in compiled code that no definition of a model needs.

/// Names that alone say that code, commands, libraries or connections are used.
const ALONE: &[&str] = &[
    "subprocess",
    "popen",
    "Popen",
    "check_output",
    "check_call",
    "getoutput",
    "execv",
    "execve",
    "execvp",
    "execl",
    "spawnv",
    "spawnl",
    "posix_spawn",
    "pty",
    "exec",
    "eval",
    "__import__",
    "marshal",
    "ctypes",
    "CDLL",
    "socket",
    "urlopen",
    "urlretrieve",
    "b64decode",
    "a85decode",
    "b85decode",
    "unhexlify",
    "dup2",
    "rmtree",
    "setuid",
    "runpy",
    "__subclasses__",
    "paramiko",
    "telnetlib",
    "smtplib",
    "ftplib",
    "pickle",
    "dill",
    "cloudpickle",
    "load_module",
    "import_module",
];

/// Names that say so beside the module they belong to.
const WITH: &[(&str, &[&str])] = &[
    ("system", &["os", "posix", "nt"]),
    ("startfile", &["os"]),
    ("fork", &["os", "posix"]),
    ("remove", &["os", "posix"]),
    ("unlink", &["os", "posix"]),
    ("loads", &["marshal", "pickle", "dill"]),
    ("get", &["requests", "httpx"]),
    ("post", &["requests", "httpx"]),
    ("decompress", &["zlib", "lzma", "bz2"]),
    ("main", &["pip"]),
    ("load", &["pickle", "joblib", "dill"]),
];

/// The first name that does harm, as it would be written.
pub(crate) fn dangerous(texts: &[String]) -> Option<String> {
    let has = |name: &str| texts.iter().any(|text| text == name);
    for (name, modules) in WITH {
        if let Some(module) = modules.iter().find(|module| has(name) && has(module)) {
            return Some(format!("{module}.{name}"));
        }
    }
    ALONE.iter().find(|name| has(name)).map(|name| (*name).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_common_name_counts_beside_its_module_only() {
        let texts = |all: &[&str]| all.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
        assert_eq!(dangerous(&texts(&["os", "system"])).as_deref(), Some("os.system"));
        assert_eq!(dangerous(&texts(&["system", "path", "get"])), None);
        assert_eq!(dangerous(&texts(&["eval"])).as_deref(), Some("eval"));
    }
}
