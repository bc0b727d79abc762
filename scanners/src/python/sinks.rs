//! What calls do that no definition of a model needs, by the path that leads to them.
//!
//! These tables name what runs commands and code, loads pickles and libraries, and reaches the network. A call in none of
//! them is not judged: model code calls thousands of harmless functions.

/// What a call does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Effect {
    /// Runs a command or replaces the process.
    Command,
    /// Runs one of the programs that media and build code calls, without a shell.
    Tool,
    /// Runs code that is given as text or as a code object.
    Code,
    /// Evaluates an expression that is given as text.
    Expression,
    /// Calls what nobody can name before it runs.
    Computed,
    /// Installs packages.
    Install,
    /// Loads code from elsewhere and runs it.
    RemoteCode,
    /// Talks through a raw connection.
    Socket,
    /// Fetches from or sends to the network.
    Network,
    /// Loads a pickle, or a format that is one inside.
    Unpickle,
    /// Loads a native library.
    Native,
    /// Changes how the interpreter imports or what its builtins are.
    Hook,
    /// Removes or moves files.
    Remove,
    /// Writes a file.
    Write,
    /// Opens a file that holds credentials.
    Secret,
}

impl Effect {
    /// As the end of "importing the file …".
    pub(super) const fn verb(self) -> &'static str {
        match self {
            Self::Command => "runs a command",
            Self::Tool => "runs a program",
            Self::Code => "runs code given as text",
            Self::Expression => "evaluates text as code",
            Self::Computed => "calls something whose name is computed",
            Self::Install => "installs packages",
            Self::RemoteCode => "loads and runs code from elsewhere",
            Self::Socket => "opens a connection",
            Self::Network => "reaches the network",
            Self::Unpickle => "loads a pickle",
            Self::Native => "loads a native library",
            Self::Hook => "changes the interpreter or the system",
            Self::Remove => "removes files",
            Self::Write => "writes a file",
            Self::Secret => "opens a file of credentials",
        }
    }

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Command => "command",
            Self::Tool => "tool",
            Self::Code => "code",
            Self::Expression => "expression",
            Self::Computed => "computed",
            Self::Install => "install",
            Self::RemoteCode => "remote-code",
            Self::Socket => "socket",
            Self::Network => "network",
            Self::Unpickle => "unpickle",
            Self::Native => "native",
            Self::Hook => "hook",
            Self::Remove => "remove",
            Self::Write => "write",
            Self::Secret => "secret",
        }
    }
}

/// Module, the names in it, and what calling them does. `*` is everything in it and below it.
const CALLS: &[(&str, &str, Effect)] = &[
    (
        "os",
        "system popen popen2 popen3 popen4 startfile execl execle execlp execlpe execv execve execvp execvpe \
         spawnl spawnle spawnlp spawnlpe spawnv spawnve spawnvp spawnvpe posix_spawn posix_spawnp fork forkpty dup2 \
         _execvpe",
        Effect::Command,
    ),
    ("os", "remove unlink rmdir removedirs rename renames replace truncate", Effect::Remove),
    ("subprocess", "run call check_call check_output Popen getoutput getstatusoutput", Effect::Command),
    ("_posixsubprocess", "*", Effect::Command),
    ("commands", "*", Effect::Command),
    ("popen2", "*", Effect::Command),
    ("pty", "spawn fork", Effect::Command),
    ("pexpect", "spawn run", Effect::Command),
    ("sh", "*", Effect::Command),
    ("plumbum", "*", Effect::Command),
    ("fabric", "*", Effect::Command),
    ("invoke", "run", Effect::Command),
    ("asyncio", "create_subprocess_shell create_subprocess_exec", Effect::Command),
    ("asyncio.subprocess", "create_subprocess_shell create_subprocess_exec", Effect::Command),
    ("multiprocessing.util", "spawnv_passfds", Effect::Command),
    ("distutils.spawn", "spawn", Effect::Command),
    ("setuptools._distutils.spawn", "spawn", Effect::Command),
    ("numpy.distutils.exec_command", "*", Effect::Command),
    ("torch.utils.collect_env", "run run_and_read_all", Effect::Command),
    ("IPython", "get_ipython().system get_ipython().getoutput", Effect::Command),
    ("builtins.get_ipython()", "system getoutput", Effect::Command),
    ("builtins.get_ipython()", "run_cell ex", Effect::Code),
    ("builtins", "exec execfile", Effect::Code),
    ("builtins", "eval", Effect::Expression),
    ("builtins", "breakpoint", Effect::Command),
    ("types", "FunctionType() LambdaType() CodeType()", Effect::Code),
    ("code", "interact InteractiveInterpreter().runcode InteractiveInterpreter().runsource", Effect::Code),
    ("code", "InteractiveConsole().push InteractiveConsole().runcode", Effect::Code),
    ("runpy", "run_path run_module", Effect::Code),
    ("timeit", "timeit repeat", Effect::Code),
    ("cProfile", "run runctx", Effect::Code),
    ("profile", "run runctx", Effect::Code),
    ("trace", "Trace().run", Effect::Code),
    ("pdb", "run set_trace", Effect::Code),
    ("imp", "load_source load_module load_compiled load_dynamic", Effect::Code),
    ("marshal", "loads()()", Effect::Code),
    ("_xxsubinterpreters", "run_string", Effect::Code),
    ("_interpreters", "run_string exec", Effect::Code),
    ("pip", "main", Effect::Install),
    ("pip._internal", "main", Effect::Install),
    ("pip._internal.cli.main", "main", Effect::Install),
    ("ensurepip", "bootstrap", Effect::Install),
    ("setuptools.command.easy_install", "main", Effect::Install),
    ("pkg_resources", "require", Effect::Hook),
    ("torch.hub", "load load_state_dict_from_url", Effect::RemoteCode),
    (
        "transformers.dynamic_module_utils",
        "get_class_from_dynamic_module get_cached_module_file",
        Effect::RemoteCode,
    ),
    ("socket", "create_connection create_server", Effect::Socket),
    ("socket.socket()", "connect connect_ex bind listen accept send sendall sendto", Effect::Socket),
    ("asyncio", "open_connection start_server", Effect::Socket),
    ("socketserver", "*", Effect::Socket),
    ("paramiko", "*", Effect::Socket),
    ("telnetlib", "Telnet", Effect::Socket),
    ("websocket", "create_connection WebSocketApp", Effect::Socket),
    ("websockets", "connect", Effect::Socket),
    ("urllib.request", "urlopen urlretrieve build_opener().open URLopener().open", Effect::Network),
    ("urllib", "urlopen urlretrieve", Effect::Network),
    ("urllib2", "urlopen", Effect::Network),
    ("urllib3", "request PoolManager().request", Effect::Network),
    ("requests", "get post put patch delete head options request", Effect::Network),
    ("requests.api", "get post put patch delete head options request", Effect::Network),
    ("requests.Session()", "get post put patch delete head request send", Effect::Network),
    ("requests.session()", "get post put patch delete head request send", Effect::Network),
    ("httpx", "get post put patch delete head request stream", Effect::Network),
    ("httpx.Client()", "get post put patch delete head request send stream", Effect::Network),
    ("aiohttp", "request ClientSession().get ClientSession().post", Effect::Network),
    ("http.client.HTTPConnection()", "request connect putrequest", Effect::Network),
    ("http.client.HTTPSConnection()", "request connect putrequest", Effect::Network),
    ("ftplib", "FTP FTP_TLS", Effect::Network),
    ("smtplib", "SMTP SMTP_SSL", Effect::Network),
    ("poplib", "POP3 POP3_SSL", Effect::Network),
    ("imaplib", "IMAP4 IMAP4_SSL", Effect::Network),
    ("xmlrpc.client", "ServerProxy", Effect::Network),
    ("wget", "download", Effect::Network),
    ("gdown", "download cached_download", Effect::Network),
    ("webbrowser", "open open_new open_new_tab", Effect::Network),
    ("dns.resolver", "resolve query", Effect::Network),
    ("socket", "gethostbyname getaddrinfo", Effect::Network),
    ("pickle", "load loads Unpickler().load", Effect::Unpickle),
    ("_pickle", "load loads Unpickler().load", Effect::Unpickle),
    ("cPickle", "load loads", Effect::Unpickle),
    ("dill", "load loads load_session load_module", Effect::Unpickle),
    ("cloudpickle", "load loads", Effect::Unpickle),
    ("joblib", "load", Effect::Unpickle),
    ("jsonpickle", "decode", Effect::Unpickle),
    ("pandas", "read_pickle", Effect::Unpickle),
    ("shelve", "open", Effect::Unpickle),
    ("yaml", "unsafe_load full_load unsafe_load_all", Effect::Unpickle),
    (
        "importlib.util",
        "spec_from_file_location().loader.exec_module spec_from_loader().loader.exec_module",
        Effect::RemoteCode,
    ),
    (
        "importlib.machinery",
        "SourceFileLoader().load_module SourceFileLoader().exec_module",
        Effect::RemoteCode,
    ),
    ("winreg", "SetValue SetValueEx CreateKey CreateKeyEx DeleteKey", Effect::Hook),
    ("torch.package", "PackageImporter", Effect::RemoteCode),
    ("ctypes", "CDLL PyDLL WinDLL OleDLL cdll.* windll.* oledll.* pydll.*", Effect::Native),
    ("_ctypes", "dlopen dlsym call_function", Effect::Native),
    ("cffi", "FFI().dlopen FFI().verify", Effect::Native),
    ("mmap", "mmap().write", Effect::Native),
    ("torch.ops", "load_library", Effect::Native),
    ("torch.classes", "load_library", Effect::Native),
    ("torch.utils.cpp_extension", "load load_inline", Effect::Native),
    ("tensorflow", "load_op_library load_library", Effect::Native),
    (
        "importlib.machinery",
        "ExtensionFileLoader().load_module ExtensionFileLoader().create_module",
        Effect::Native,
    ),
    ("sys", "settrace setprofile addaudithook", Effect::Hook),
    ("sys.meta_path", "append insert extend", Effect::Hook),
    ("sys.path_hooks", "append insert extend", Effect::Hook),
    ("threading", "settrace setprofile", Effect::Hook),
    ("builtins", "globals()[builtins]", Effect::Hook),
    ("shutil", "rmtree move", Effect::Remove),
    ("pathlib.Path()", "unlink rmdir rename replace", Effect::Remove),
    ("pathlib.Path()", "write_text write_bytes", Effect::Write),
];

/// Modules out of which no harmless call is made with a name that is only known when it runs.
const SUSPECT_MODULES: &[&str] =
    &["os", "posix", "nt", "subprocess", "builtins", "pty", "importlib", "sys.modules", "ctypes", "?"];

/// Other names of the same modules.
const ALIASES: &[(&str, &str)] = &[
    ("posix.", "os."),
    ("nt.", "os."),
    ("__builtin__.", "builtins."),
    ("__builtins__.", "builtins."),
    ("six.moves.builtins.", "builtins."),
    ("six.moves.urllib.request.", "urllib.request."),
    ("six.moves.cPickle.", "pickle."),
    ("tensorflow.compat.v1.", "tensorflow."),
    ("_socket.", "socket."),
];

/// Parts of paths where credentials and startup files of people stand.
const SECRETS: &[&str] = &[
    "/etc/shadow",
    "/etc/passwd",
    "/etc/sudoers",
    "/etc/crontab",
    "/etc/cron.",
    "/var/spool/cron",
    "/proc/self/environ",
    ".aws/credentials",
    ".aws/config",
    ".ssh/",
    "id_rsa",
    "id_ed25519",
    "authorized_keys",
    ".netrc",
    ".pypirc",
    ".npmrc",
    ".git-credentials",
    ".docker/config.json",
    ".kube/config",
    ".bashrc",
    ".bash_profile",
    ".zshrc",
    ".bash_history",
    ".huggingface/token",
    "huggingface/token",
    ".config/gcloud",
    ".gnupg",
    "wallet.dat",
    "Login Data",
];

/// The usual name of what a path leads to.
pub(super) fn canonical(path: &str) -> String {
    for (alias, name) in ALIASES {
        if let Some(rest) = path.strip_prefix(alias) {
            return format!("{name}{rest}");
        }
    }
    path.to_owned()
}

/// What calling the path does, if any of it is known to do harm.
pub(super) fn effect(path: &str) -> Option<Effect> {
    let path = canonical(path);
    // Whatever module it is: these names are of one only.
    let unseen = path
        .strip_prefix("?.")
        .filter(|name| ["system", "popen", "execv", "execve", "spawnv"].contains(name));
    if unseen.is_some() {
        return Some(Effect::Command);
    }
    for (module, names, effect) in CALLS {
        let Some(name) = path.strip_prefix(module).and_then(|rest| rest.strip_prefix('.')) else { continue };
        for known in names.split(' ') {
            let hit = match known.strip_suffix('*') {
                Some(prefix) => name.starts_with(prefix) && !name.is_empty(),
                None => name == known,
            };
            if hit {
                return Some(*effect);
            }
        }
    }
    computed(&path).then_some(Effect::Computed)
}

/// Whether the last step is one that nobody can see, out of a module where that matters.
fn computed(path: &str) -> bool {
    let module = path.strip_suffix(".?").unwrap_or_default();
    SUSPECT_MODULES.contains(&module)
}

/// Whether being handed over to another function is as good as being called.
pub(super) fn handed_over(path: &str) -> Option<Effect> {
    effect(path).filter(|effect| {
        matches!(effect, Effect::Command | Effect::Code | Effect::Install)
            || (*effect == Effect::Expression && path == "builtins.eval")
    })
}

/// Functions of the standard library that call what they are given, at once or when Python ends.
const RUNNERS: &[&str] = &[
    "atexit.",
    "threading.",
    "_thread.",
    "multiprocessing.",
    "concurrent.",
    "asyncio.",
    "timeit.",
    "trace.",
    "cProfile.",
    "profile.",
    "signal.",
    "sys.",
    "sched.",
    "weakref.finalize",
    "functools.reduce",
    "builtins.map",
    "builtins.filter",
    "builtins.sorted",
    "builtins.max",
    "builtins.min",
    "builtins.iter",
    "builtins.type",
    "operator.",
    "itertools.",
    "unittest.main",
    "contextlib.ExitStack",
    "?",
];

/// Whether a function from elsewhere that decorates another calls it.
pub(super) fn runs_what_it_is_given(path: &str) -> bool {
    RUNNERS.iter().any(|runner| path.starts_with(runner)) || handed_over(path).is_some()
}

/// Programs that media and build code calls.
const TOOLS: &[&str] = &[
    "ffmpeg",
    "ffprobe",
    "sox",
    "nvidia-smi",
    "rocm-smi",
    "system_profiler",
    "nvcc",
    "ninja",
    "git",
    "uname",
    "sysctl",
];

/// Whether a program is one of them.
pub(super) fn is_tool(program: &str) -> bool {
    TOOLS.contains(&program)
}

/// Whether a path on disk is where credentials or startup files stand.
pub(super) fn is_secret(path: &str) -> bool {
    SECRETS.iter().any(|secret| path.contains(secret))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_known_by_every_name_of_its_module() {
        assert_eq!(effect("os.system"), Some(Effect::Command));
        assert_eq!(effect("posix.system"), Some(Effect::Command));
        assert_eq!(effect("socket.socket().connect"), Some(Effect::Socket));
        assert_eq!(effect("ctypes.cdll.LoadLibrary"), Some(Effect::Native));
        assert_eq!(effect("os.?"), Some(Effect::Computed));
        assert_eq!(effect("os.path.join"), None);
        assert_eq!(effect("subprocess.CalledProcessError"), None);
        assert_eq!(effect("re.compile"), None);
    }

    #[test]
    fn no_module_of_the_table_stands_there_for_nothing() {
        for (module, names, _) in CALLS {
            assert!(!module.is_empty() && !names.is_empty() && !names.contains("  "), "{module}");
        }
    }
}
