//! Judges calls by what they lead to, and texts that are run by what they hold.

use ruff_python_ast::IpyEscapeKind;

use super::shell;
use super::sinks::{self, Effect};
use super::state::Analysis;
use super::value::{Made, Value};
use crate::Stop;

/// Texts that are run inside texts that are run.
const MAX_TEXT_DEPTH: u32 = 3;

type Named = [(Option<String>, Value)];

impl<'a> Analysis<'a> {
    /// Records what the call does, if that is known to be more than a definition needs.
    pub(super) fn judge(
        &mut self,
        path: &str,
        made: Made,
        arguments: &[Value],
        named: &Named,
        at: u64,
    ) -> Result<(), Stop> {
        let first = arguments.first().or_else(|| named.first().map(|(_, value)| value));
        let shown = argument_text(first);
        if path == "?.__subclasses__" {
            self.hit(Effect::Computed, Made::Decoded, path, "", at);
            return Ok(());
        }
        self.judge_keywords(path, named, at);
        self.judge_open(path, arguments, named, at);
        if path == "yaml.load" {
            let loader = arguments.get(1).or_else(|| keyword(named, "Loader"));
            let safe = loader
                .and_then(Value::as_path)
                .is_some_and(|path| path.contains("Safe") || path.contains("Base"));
            if !safe && loader.is_some() {
                self.hit(Effect::Unpickle, made, path, &shown, at);
            }
            return Ok(());
        }
        let Some(effect) = sinks::effect(path) else { return Ok(()) };
        if effect == Effect::Unpickle
            && first.and_then(Value::as_path).is_some_and(|path| path.ends_with(".dumps()"))
        {
            // A copy of what is there already.
            return Ok(());
        }
        match effect {
            Effect::Code | Effect::Expression if path.starts_with("builtins.") => {
                self.run_text(effect, path, made, first, at)
            }
            Effect::Unpickle => {
                let made = if first.is_some_and(|value| value.made() == Made::Decoded) {
                    Made::Decoded
                } else {
                    made
                };
                self.hit(effect, made, path, &shown, at);
                Ok(())
            }
            Effect::Command if self.entry == super::Entry::Notebook && shell::is_ordinary(&shown) => Ok(()),
            Effect::Command if path.starts_with("subprocess.") && calls_tool(first, named) => {
                self.hit(Effect::Tool, made, path, &shown, at);
                Ok(())
            }
            Effect::Command
            | Effect::Tool
            | Effect::Code
            | Effect::Expression
            | Effect::Computed
            | Effect::Install
            | Effect::RemoteCode
            | Effect::Socket
            | Effect::Network
            | Effect::Native
            | Effect::Hook
            | Effect::Remove
            | Effect::Write
            | Effect::Secret => {
                self.hit(effect, made, path, &shown, at);
                Ok(())
            }
        }
    }

    fn judge_keywords(&mut self, path: &str, named: &Named, at: u64) {
        if keyword(named, "trust_remote_code") == Some(&Value::Bool(true)) {
            self.hit(Effect::RemoteCode, Made::Plain, path, "trust_remote_code=True", at);
        }
        let unsafe_torch = matches!(path, "torch.load" | "torch.serialization.load")
            && keyword(named, "weights_only") == Some(&Value::Bool(false));
        let unsafe_numpy = path == "numpy.load" && keyword(named, "allow_pickle") == Some(&Value::Bool(true));
        if unsafe_torch || unsafe_numpy {
            self.hit(Effect::Unpickle, Made::Plain, path, "", at);
        }
    }

    /// Parts that make a path on disk out of others: `Path.home() / ".ssh"`, `os.path.join(home, ".bashrc")`.
    pub(super) fn judge_parts(&mut self, owner: &Value, parts: &[Value], at: u64) {
        let Some(path) =
            owner.as_path().filter(|path| path.starts_with("pathlib.") || *path == "os.path.join")
        else {
            return;
        };
        let path = path.to_owned();
        for (name, _) in parts.iter().filter_map(Value::as_text) {
            if sinks::is_secret(&format!("/{name}/")) {
                self.hit(Effect::Secret, Made::Plain, &path, name, at);
            }
        }
    }

    /// Files of credentials that are opened, and files that are written.
    fn judge_open(&mut self, path: &str, arguments: &[Value], named: &Named, at: u64) {
        if path == "os.path.join" {
            self.judge_parts(&Value::path(path), arguments, at);
        }
        let opens = matches!(
            path,
            "builtins.open"
                | "io.open"
                | "codecs.open"
                | "pathlib.Path"
                | "os.open"
                | "shutil.copy"
                | "shutil.copyfile"
                | "os.path.expanduser"
                | "shutil.copytree"
        );
        if !opens {
            return;
        }
        let name = arguments.first().and_then(Value::as_text).map_or("", |(name, _)| name).to_owned();
        if sinks::is_secret(&name) {
            self.hit(Effect::Secret, Made::Plain, path, &name, at);
        }
        let mode = arguments.get(1).or_else(|| keyword(named, "mode")).and_then(Value::as_text);
        let writes = mode.is_some_and(|(mode, _)| mode.contains(['w', 'a', 'x', '+']));
        if path.ends_with("open") && writes {
            self.hit(Effect::Write, Made::Plain, path, &name, at);
        }
    }

    /// `exec` and `eval`: a text that is known is looked at as what it is.
    fn run_text(
        &mut self,
        effect: Effect,
        path: &str,
        made: Made,
        text: Option<&Value>,
        at: u64,
    ) -> Result<(), Stop> {
        let inner = match text {
            Some(Value::List(items)) if items.len() == 1 => items.first(),
            other => other,
        };
        let how = inner.map_or(Made::Plain, Value::made);
        let source = match inner {
            Some(Value::Text(text, _)) => Some(text.to_string()),
            Some(Value::Bytes(bytes, _)) => Some(String::from_utf8_lossy(bytes).into_owned()),
            _ => None,
        };
        let shown = argument_text(inner);
        match source {
            Some(source) if self.depth < MAX_TEXT_DEPTH => {
                let judged = self.run_source(&source, effect, at)?;
                if how == Made::Decoded || made > Made::Plain || !judged {
                    self.hit(effect, how.max(made), path, &shown, at);
                }
            }
            _ => self.hit(effect, how.max(made), path, &shown, at),
        }
        Ok(())
    }

    /// Looks at a text that is run where it stands. False when it cannot be read.
    fn run_source(&mut self, source: &str, effect: Effect, at: u64) -> Result<bool, Stop> {
        let mut inner = Analysis::new(self.entry, self.depth.saturating_add(1), self.steps);
        if let Some(scope) = inner.scopes.first_mut() {
            let outer = self.scopes.iter().flat_map(|scope| &scope.names);
            scope.names = outer.map(|(name, value)| (name.clone(), value.abroad())).collect();
        }
        self.charge(self.scopes.iter().map(|scope| scope.names.len() as u64).sum())?;
        let read = super::read_text(source, effect == Effect::Expression, &mut inner);
        self.steps = inner.steps;
        let readable = match read {
            Ok(readable) => readable,
            Err(Stop::Limit(limit)) => {
                self.gap.get_or_insert(Stop::Limit(limit));
                false
            }
            Err(stop) => return Err(stop),
        };
        for hit in inner.hits.into_values() {
            self.hit(hit.effect, hit.made, &hit.path, &hit.argument, at);
        }
        self.gap = self.gap.take().or(inner.gap);
        let bound = inner.scopes.into_iter().next().map(|scope| scope.names).unwrap_or_default();
        for (name, value) in bound {
            let value = value.abroad();
            if matches!(value, Value::Path(..) | Value::Text(..) | Value::Hidden)
                && self.lookup(&name) != value
            {
                self.bind(&name, value);
            }
        }
        Ok(readable)
    }

    /// Commands that IPython runs: `!id`, `%system id`.
    pub(super) fn magic(&mut self, kind: IpyEscapeKind, command: &str, at: u64) {
        let command = match kind {
            IpyEscapeKind::Shell | IpyEscapeKind::ShCap => command,
            IpyEscapeKind::Magic | IpyEscapeKind::Magic2 => {
                let (name, rest) = command.split_once(char::is_whitespace).unwrap_or((command, ""));
                if !matches!(
                    name,
                    "system" | "sx" | "sc" | "bash" | "sh" | "script" | "cmd" | "perl" | "ruby"
                ) {
                    return;
                }
                rest
            }
            IpyEscapeKind::Help
            | IpyEscapeKind::Help2
            | IpyEscapeKind::Quote
            | IpyEscapeKind::Quote2
            | IpyEscapeKind::Paren => return,
        };
        if !shell::is_ordinary(command) {
            self.hit(Effect::Command, Made::Plain, "!", command, at);
        }
    }
}

fn keyword<'v>(named: &'v Named, name: &str) -> Option<&'v Value> {
    named.iter().find(|(each, _)| each.as_deref() == Some(name)).map(|(_, value)| value)
}

/// Whether a list of words, without a shell, starts a program that media and build code calls.
fn calls_tool(first: Option<&Value>, named: &Named) -> bool {
    let Some(Value::List(words)) = first else { return false };
    let shell = keyword(named, "shell").is_some_and(|value| *value != Value::Bool(false));
    !shell && matches!(words.first(), Some(Value::Text(program, Made::Plain)) if sinks::is_tool(program))
}

/// The argument as a person would want to see it.
fn argument_text(value: Option<&Value>) -> String {
    match value {
        Some(Value::Text(text, _)) => text.to_string(),
        Some(Value::Bytes(bytes, _)) => String::from_utf8_lossy(bytes).into_owned(),
        Some(Value::List(items)) => {
            let words: Vec<String> = items.iter().take(16).map(|item| argument_text(Some(item))).collect();
            words.join(" ")
        }
        Some(Value::Path(path, _)) => path.to_string(),
        _ => String::new(),
    }
}
