//! Configurations: files beside a model whose loader imports, calls or fetches what they name.
//!
//! The same mappings come as JSON and as YAML, so they are judged as the tree that both are read into. Which keys mean
//! what stands in one file for each library; [`target`] says what is known of an import path.

pub(crate) mod callback;
mod conda;
mod hub;
mod hydra;
mod interpolation;
pub(crate) mod langchain;
mod mlflow;
mod named_secrets;
pub(crate) mod rules;
mod secrets;
mod target;

use std::borrow::Cow;
use std::collections::BTreeSet;

use assay_core::{Location, Rule};

pub(crate) use self::secrets::secrets;
pub(crate) use self::target::{Target, module, target};
use crate::Report;
use crate::json::{Node, Value};

/// Bytes of a value that are shown.
const MAX_SHOWN: usize = 200;

/// Judges documents of one file. What was said once is not said again: a layer that stands fifty times is one fact.
pub(crate) struct Judge<'p, 'r, 's> {
    place: &'p Location,
    report: &'r mut Report<'s>,
    /// The last part of the file's name in lower case.
    name: String,
    /// Whether offsets of nodes are offsets in the file.
    exact: bool,
    seen: BTreeSet<(&'static str, String)>,
}

impl<'p, 'r, 's> Judge<'p, 'r, 's> {
    /// A judge of the file or member `name`.
    pub(crate) fn new(place: &'p Location, name: &str, exact: bool, report: &'r mut Report<'s>) -> Self {
        let name = base_name(name).to_ascii_lowercase();
        Self { place, report, name, exact, seen: BTreeSet::new() }
    }

    /// Judges one document.
    pub(crate) fn document(&mut self, root: &Node<'_>) {
        let mut open = vec![root];
        while let Some(node) = open.pop() {
            match &node.value {
                Value::Array(items) => open.extend(items),
                Value::Object(members) => {
                    hydra::object(self, root, node, members);
                    hub::object(self, members);
                    self.notes(members);
                    open.extend(members.iter().map(|(_, value)| value));
                }
                Value::Text(text) => interpolation::text(self, node, text),
                Value::Number(_) | Value::Bool(_) | Value::Null => {}
            }
        }
        hub::file(self, root);
        mlflow::file(self, root);
        conda::file(self, root);
        langchain::file(self, root);
    }

    /// Judges the texts under the keys of one mapping.
    fn notes(&mut self, members: &[(Cow<'_, str>, Node<'_>)]) {
        for (key, value) in members {
            if let Some(text) = value.text() {
                let place = if self.exact { self.place.at(value.offset) } else { self.place.clone() };
                callback::judge(key, text, place, self.report);
            }
        }
    }

    /// Says it, unless it was said.
    pub(crate) fn hit(&mut self, rule: &Rule, node: &Node<'_>, name: &str, message: &str) {
        let offset = node.offset;
        self.hit_at(rule, offset, name, message);
    }

    /// Says it of an offset, unless it was said.
    pub(crate) fn hit_at(&mut self, rule: &Rule, offset: u64, name: &str, message: &str) {
        if self.seen.insert((rule.summary, name.to_owned())) {
            let place = if self.exact { self.place.at(offset) } else { self.place.clone() };
            self.report.hit(rule, place, message, &[("name", shortened(name))]);
        }
    }

    /// Judges a path that is imported and called.
    pub(crate) fn call(&mut self, node: &Node<'_>, path: &str, who: &str) {
        match target(path) {
            Target::Known => {}
            Target::Unknown => {
                let text = format!("{who} imports {}, which is of no known framework", shortened(path));
                self.hit(&rules::UNKNOWN_TARGET, node, path, &text);
            }
            Target::Dangerous(why) => {
                let text = format!("{who} calls {}, which {why}", shortened(path));
                self.hit(&rules::UNSAFE_TARGET, node, path, &text);
            }
        }
    }

    /// Judges a module that is imported.
    pub(crate) fn import(&mut self, node: &Node<'_>, path: &str, who: &str) {
        match module(path) {
            Target::Known => {}
            Target::Unknown => {
                let text = format!("{who} imports {}, which is of no known framework", shortened(path));
                self.hit(&rules::UNKNOWN_TARGET, node, path, &text);
            }
            Target::Dangerous(why) => {
                let text = format!("{who} imports {}, which {why}", shortened(path));
                self.hit(&rules::UNSAFE_IMPORT, node, path, &text);
            }
        }
    }

    /// Judges a path in the file system that the loader reads.
    pub(crate) fn path(&mut self, node: &Node<'_>, key: &str, path: &str) {
        if let Some(why) = crate::beside::leaves_folder(path) {
            let text = format!("{key} is {}, {why}", shortened(path));
            self.hit(&rules::EXTERNAL_PATH, node, path, &text);
        }
    }
}

/// The part of a name behind its folders.
pub(crate) fn base_name(name: &str) -> &str {
    name.rsplit(['/', '\\']).next().unwrap_or(name)
}

/// At most so much of a text as a message should show.
pub(crate) fn shortened(text: &str) -> &str {
    let end = text.char_indices().map(|(at, _)| at).find(|at| *at >= MAX_SHOWN).unwrap_or(text.len());
    text.get(..end).unwrap_or(text)
}

#[cfg(test)]
mod tests;
