//! `Modelfile` of Ollama: where the model comes from, its template and what it is told.
//!
//! Source: `docs/modelfile.md` and `parser/parser.go` of Ollama: an instruction and its value on one line, or a value in
//! one or three double quotes over several. Templates are Go's `text/template`, which reaches no files; what they say to
//! the model is judged as in [`crate::jinja`].

use assay_core::{Format, Rule};

use crate::beside::leaves_folder;
use crate::command_text::COMMAND_TEXT;
use crate::config::{base_name, rules, secrets, shortened};
use crate::jinja;
use crate::{Input, Limit, Probe, Report, Scanner, Stop};

/// The longest file that is read; licences in them have some 10 KiB.
const MAX_TEXT: usize = 4 << 20;

/// Bytes of a tag, and of what is said behind it, that are looked at.
const MAX_TAG: usize = 4096;
const MAX_SAID: usize = 4096;

/// What Ollama tells a message's words and the day by.
const ASKS: &[&str] = &[".Prompt", ".Content", ".System", ".Messages", "currentDate"];

static RULES: [Rule; 11] = [
    rules::EXTERNAL_PATH,
    rules::SECRET,
    jinja::CONDITIONAL_INSTRUCTION,
    jinja::CONDITIONAL_TEXT,
    jinja::INVISIBLE_TEXT,
    jinja::INVISIBLE_CHARACTER,
    jinja::INJECTED_INSTRUCTION,
    jinja::SENDS_CONTENT,
    jinja::ADDRESS,
    jinja::ENCODED_TEXT,
    COMMAND_TEXT,
];

/// Scanner of Ollama's model files.
pub(super) struct Modelfile;

impl Scanner for Modelfile {
    fn format(&self) -> Format {
        Format::Modelfile
    }

    fn rules(&self) -> &'static [Rule] {
        &RULES
    }

    fn recognises(&self, probe: &Probe<'_>) -> bool {
        let name = base_name(probe.name).to_ascii_lowercase();
        let named = name == "modelfile" || name.starts_with("modelfile.") || name.ends_with(".modelfile");
        named && probe.size > 0 && !probe.head.contains(&0)
    }

    /// Any text may be one.
    fn fills(&self, _probe: &Probe<'_>) -> bool {
        false
    }

    fn scan(&self, input: &Input<'_>, report: &mut Report<'_>) -> Result<(), Stop> {
        if input.size() > MAX_TEXT as u64 {
            return Err(Stop::Limit(Limit::Length("Modelfile")));
        }
        let bytes = input.window(0, MAX_TEXT)?;
        secrets(&bytes, input.place(), true, report);
        let text = String::from_utf8_lossy(&bytes);
        let mut rest = text.as_ref();
        while let Some(instruction) = next(&mut rest) {
            let Instruction { name, value, closed } = instruction;
            let at = text.len().saturating_sub(rest.len()).saturating_sub(value.len()) as u64;
            judge(name, value, at, input, report);
            if !closed {
                return Err(Stop::Malformed { what: "quoted value", offset: at });
            }
        }
        Ok(())
    }
}

struct Instruction<'t> {
    name: &'t str,
    value: &'t str,
    /// Whether the quotes of the value end.
    closed: bool,
}

/// Takes the next instruction.
fn next<'t>(rest: &mut &'t str) -> Option<Instruction<'t>> {
    loop {
        *rest = rest.trim_start();
        if rest.is_empty() {
            return None;
        }
        if !rest.starts_with('#') {
            break;
        }
        *rest = rest.split_once('\n').map_or("", |(_, after)| after);
    }
    let end = rest.find(char::is_whitespace).unwrap_or(rest.len());
    let (name, after) = rest.split_at_checked(end)?;
    let mut after = after.trim_start_matches([' ', '\t']);
    // The role of a message, and the name of a parameter.
    if matches!(name.to_ascii_lowercase().as_str(), "message" | "parameter") {
        let end = after.find(char::is_whitespace).unwrap_or(after.len());
        after = after.get(end..).unwrap_or_default().trim_start_matches([' ', '\t']);
    }
    let quote = ["\"\"\"", "\""].into_iter().find(|quote| after.starts_with(quote));
    let Some(quote) = quote else {
        let (value, left) = after.split_once('\n').unwrap_or((after, ""));
        *rest = left;
        return Some(Instruction { name, value, closed: true });
    };
    let inside = after.get(quote.len()..).unwrap_or_default();
    let found = inside.split_once(quote);
    let (value, left) = found.unwrap_or((inside, ""));
    *rest = left;
    Some(Instruction { name, value, closed: found.is_some() })
}

fn judge(name: &str, value: &str, at: u64, input: &Input<'_>, report: &mut Report<'_>) {
    let place = input.place();
    match name.to_ascii_lowercase().as_str() {
        "from" | "adapter" => {
            let path = value.trim();
            let leaves = leaves_folder(path).filter(|_| path.contains("://") || path.contains(".."));
            if let Some(why) = leaves {
                let text = format!("{name} is {}, {why}", shortened(path));
                report.hit(&rules::EXTERNAL_PATH, place.at(at), &text, &[("name", shortened(path))]);
            }
        }
        "system" | "template" | "message" => {
            let locate = |offset: usize| place.at(at.saturating_add(offset as u64));
            jinja::examine_words(value, &locate, report);
            conditions(value, &locate, report);
        }
        _ => {}
    }
}

/// `{{ if eq .Prompt "words" }}` and what is said then.
fn conditions(template: &str, locate: &dyn Fn(usize) -> assay_core::Location, report: &mut Report<'_>) {
    for (at, _) in template.match_indices("{{") {
        let end = template.floor_char_boundary(at.saturating_add(MAX_TAG));
        let Some(length) = template.get(at..end).and_then(|tag| tag.find("}}")) else { continue };
        let close = at.saturating_add(length);
        let said = close.saturating_add(2);
        let until = template.floor_char_boundary(said.saturating_add(MAX_SAID));
        let (tag, after) = (template.get(at..close), template.get(said..until));
        let (tag, after) = (tag.unwrap_or_default(), after.unwrap_or_default());
        let asks = ASKS.iter().any(|word| tag.contains(word)) && tag.contains(['"', '`']);
        let condition =
            tag.split_whitespace().any(|word| matches!(word.trim_start_matches(['{', '-']), "if"));
        if asks && condition {
            let said = after.split("{{").next().unwrap_or_default();
            jinja::examine_branch(tag.trim_matches(['{', '-', ' ']), said, locate(at), report);
        }
    }
}
