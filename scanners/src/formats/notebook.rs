//! Jupyter notebooks, `.ipynb`: cells of code that a person runs, and saved outputs that a browser shows.
//!
//! Opening a notebook runs no cell. Cells are judged together, as one program in the dialect of IPython, by
//! [`crate::python`]; saved HTML and JavaScript runs in the browser of whoever trusts the notebook, with the right to start
//! code. Source: nbformat 3 and 4; IPython's magics.

mod output;

use assay_core::{Format, Rule, RuleId, Severity};

use crate::config::{rules::SECRET, secrets};
use crate::json::{self, Node};
use crate::python::{self, Entry, MAX_SOURCE, examine_source, shell};
use crate::{Input, Limit, Probe, Report, Scanner, Stop};

/// The longest notebook that is read; saved pictures make 50 MiB.
const MAX_NOTEBOOK: usize = 64 << 20;

const ACTIVE_OUTPUT: Rule = Rule {
    id: RuleId::new("notebook-active-output"),
    severity: Severity::High,
    summary: "A saved output or a text cell holds a script that sends data away or starts code",
    taxonomy: &["CWE-79", "CWE-506", "AML.T0010", "AML.T0011"],
};
const SHELL: Rule = Rule {
    id: RuleId::new("notebook-shell-command"),
    severity: Severity::High,
    summary: "A cell runs shell commands that no preparation of a model needs",
    taxonomy: &["CWE-506", "CWE-78", "AML.T0010", "AML.T0011"],
};

const RULES: &[Rule] = &[
    ACTIVE_OUTPUT,
    SHELL,
    SECRET,
    python::OBFUSCATED,
    python::CODE_WHEN_USED,
    python::READS_SECRET,
    python::SIDE_EFFECT,
    python::DORMANT,
];

/// Scanner of notebooks.
pub(super) struct Notebook;

impl Scanner for Notebook {
    fn format(&self) -> Format {
        Format::Notebook
    }

    fn rules(&self) -> &'static [Rule] {
        RULES
    }

    fn recognises(&self, probe: &Probe<'_>) -> bool {
        probe.named(&[".ipynb"]) && json::starts_object(probe.head)
    }

    fn refines(&self, _probe: &Probe<'_>) -> &'static [Format] {
        // Its texts may speak of anything.
        &[Format::ChatTemplate, Format::JsonConfig, Format::KerasConfig]
    }

    fn fills(&self, _probe: &Probe<'_>) -> bool {
        false
    }

    fn scan(&self, input: &Input<'_>, report: &mut Report<'_>) -> Result<(), Stop> {
        if input.size() > MAX_NOTEBOOK as u64 {
            return Err(Stop::Limit(Limit::Length("notebook")));
        }
        let bytes = input.window(0, MAX_NOTEBOOK)?;
        secrets(&bytes, input.place(), true, report);
        let root = json::parse(&bytes, 0)?;
        let mut program = Program::default();
        for cell in cells(&root) {
            let kind = cell.member("cell_type").and_then(Node::text).unwrap_or("code");
            let source =
                cell.member("source").or_else(|| cell.member("input")).map(text_of).unwrap_or_default();
            if kind == "code" {
                program.cell(&source, cell.offset, input, report);
            } else {
                output::judge(&source, input.place().at(cell.offset), report);
            }
            for output in cell.member("outputs").and_then(Node::items).unwrap_or_default() {
                output::output(output, input, report);
            }
        }
        if language(&root).is_some_and(|language| !language.to_ascii_lowercase().contains("python")) {
            return if program.text.trim().is_empty() {
                Ok(())
            } else {
                Err(Stop::Unsupported("language of notebook"))
            };
        }
        program.judge(input, report)
    }
}

/// The cells, in both generations of the format.
fn cells<'n, 'b>(root: &'n Node<'b>) -> Vec<&'n Node<'b>> {
    let sheets = root.member("worksheets").and_then(Node::items).unwrap_or_default();
    let lists = std::iter::once(root).chain(sheets).filter_map(|holder| holder.member("cells")?.items());
    lists.flatten().collect()
}

fn language<'n>(root: &'n Node<'_>) -> Option<&'n str> {
    let metadata = root.member("metadata")?;
    let info = metadata.member("language_info").and_then(|info| info.member("name"));
    let kernel = || metadata.member("kernelspec").and_then(|kernel| kernel.member("language"));
    info.or_else(kernel)?.text()
}

/// A text that is one string or a list of them.
fn text_of(node: &Node<'_>) -> String {
    match (node.text(), node.items()) {
        (Some(text), _) => text.to_owned(),
        (None, Some(items)) => items.iter().filter_map(Node::text).collect(),
        (None, None) => String::new(),
    }
}

/// All cells of Python as one program, and where each starts.
#[derive(Default)]
struct Program {
    text: String,
    starts: Vec<(usize, u64)>,
}

impl Program {
    fn cell(&mut self, source: &str, offset: u64, input: &Input<'_>, report: &mut Report<'_>) {
        let trimmed = source.trim_start();
        let (first, rest) = trimmed.split_once('\n').unwrap_or((trimmed, ""));
        let python =
            match first.strip_prefix("%%").map(|magic| magic.split_whitespace().next().unwrap_or_default()) {
                None => source,
                Some("bash" | "sh" | "script" | "system" | "sx" | "!" | "cmd" | "perl" | "ruby") => {
                    if !shell::is_ordinary(rest) {
                        let shown: String = rest.chars().take(120).collect();
                        let message = format!("a cell runs shell commands: {shown}");
                        report.hit(&SHELL, input.place().at(offset), &message, &[("command", &shown)]);
                    }
                    return;
                }
                Some("html" | "javascript" | "js" | "svg") => {
                    output::judge(&format!("<script>{rest}</script>"), input.place().at(offset), report);
                    return;
                }
                Some("writefile" | "file" | "markdown" | "latex" | "sql" | "R" | "cython" | "configure") => {
                    return;
                }
                Some(_) => rest,
            };
        self.starts.push((self.text.len(), offset));
        self.text.push_str(python);
        self.text.push('\n');
    }

    fn judge(&self, input: &Input<'_>, report: &mut Report<'_>) -> Result<(), Stop> {
        if self.text.len() > MAX_SOURCE {
            return Err(Stop::Limit(Limit::Length("cells of notebook")));
        }
        let offset_of = |offset: u64| {
            let before = self.starts.iter().take_while(|(start, _)| *start as u64 <= offset);
            before.last().map_or(0, |(_, cell)| *cell)
        };
        let place = input.place();
        let judged = examine_source(
            self.text.as_bytes(),
            Entry::Notebook,
            &|offset| place.at(offset_of(offset)),
            report,
        );
        judged.map_err(|stop| match stop {
            Stop::Malformed { what, offset } => Stop::Malformed { what, offset: offset_of(offset) },
            stop @ (Stop::Limit(_)
            | Stop::Deadline
            | Stop::Encrypted(_)
            | Stop::Unsupported(_)
            | Stop::Io(_)) => stop,
        })
    }
}
