//! Phrases, addresses and characters that a template should not say to a model.
//!
//! Source: OWASP LLM01 and LLM02 (indirect injection, exfiltration by addresses that are fetched), reports on templates of
//! GGUF files that were poisoned in this way; Unicode TR36 (invisible and reordering characters). Names of hosts that
//! documentation uses are no addresses in this sense.

use assay_core::{Location, Rule};
use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;

use super::speech::UNKNOWN;
use super::{
    ADDRESS, ENCODED_TEXT, FILLER_TEXT, INJECTED_INSTRUCTION, INVISIBLE_CHARACTER, INVISIBLE_TEXT,
    SENDS_CONTENT,
};
use crate::command_text::{self, COMMAND_TEXT};
use crate::{Report, injected};

/// Characters of one kind in a row that no text needs: rulers have 80.
const MAX_RUN: usize = 500;

/// Characters without width in a row that spell something.
const MIN_SPELLED: usize = 4;

/// The shortest text in base64 or hexadecimal that is decoded.
const MIN_ENCODED: usize = 40;

/// Bytes around a phrase that are shown.
const SHOWN: usize = 120;

/// Addresses that are looked at in one template.
const MAX_ADDRESSES: usize = 1000;

/// Bytes of an address, and of its scheme, that are looked at.
const MAX_ADDRESS: usize = 2048;
const MAX_SCHEME: usize = 16;

/// Findings of one rule in one template.
const MAX_EACH: usize = 3;

/// Hosts that texts refer to without anybody going there.
const REFERENCES: &[&str] = &[
    "apache.org",
    "arxiv.org",
    "example.com",
    "example.net",
    "example.org",
    "github.com",
    "github.io",
    "hf.co",
    "huggingface.co",
    "json-schema.org",
    "localhost",
    "modelcontextprotocol.io",
    "openapis.org",
    "python.org",
    "schema.org",
    "w3.org",
    "wikipedia.org",
];

/// What is done with an address that is not only mentioned.
const GOES: &[&str] = &[
    "click", "curl", "download", "fetch", "get", "go", "import", "load", "navigate", "open", "post",
    "request", "send", "src", "visit", "wget",
];

/// Words for those a model serves.
const WHOM: &[&str] =
    &["anybody", "anyone", "human", "operator", "people", "person", "them", "user", "users"];

/// What is not to be done before them.
const TELLS: &[&str] = &[
    "alert",
    "disclose",
    "inform",
    "informing",
    "let",
    "mention",
    "mentioning",
    "notify",
    "notifying",
    "reveal",
    "revealing",
    "show",
    "showing",
    "tell",
    "telling",
];

/// Words that deny.
const DENIES: &[&str] = &["don", "never", "no", "not", "t", "without"];

/// What honest prompts do not want to be talked of.
const MACHINERY: &[&str] = &["api", "call", "calls", "function", "functions", "tool", "tools"];

/// Ways of doing that nobody sees.
const QUIETLY: &[&str] = &["covertly", "discreetly", "secretly", "silently", "stealthily"];

/// Judges what a template says; `at` gives the place of a byte of it.
pub(super) fn judge(text: &str, at: &dyn Fn(usize) -> Location, report: &mut Report<'_>) {
    let mut said = Said { at, report };
    said.characters(text);
    said.words(text, 0, None);
    said.encoded(text);
}

/// Whether a text says more than how to answer: an address, a command, something to hide.
pub(super) fn speaks_of_more(text: &str) -> bool {
    injected::gives_orders(text)
        || hides(text)
        || text.contains("://")
        || command_text::command_in(text).is_some()
}

struct Said<'p, 'r, 's> {
    at: &'p dyn Fn(usize) -> Location,
    report: &'r mut Report<'s>,
}

impl Said<'_, '_, '_> {
    fn hit(&mut self, rule: &Rule, at: usize, shown: &str, message: &str) {
        let shown = shown.get(..shown.floor_char_boundary(SHOWN)).unwrap_or(shown);
        self.report.hit(rule, (self.at)(at), &format!("{message}: {shown}"), &[("text", shown)]);
    }

    /// Characters that nobody sees, and long runs of one.
    fn characters(&mut self, text: &str) {
        let mut run = (UNKNOWN, 0_usize);
        let (mut hidden, mut few, mut told, mut filled) = (0_usize, None, false, false);
        let mut before = ' ';
        for (at, letter) in text.char_indices() {
            run = if run.0 == letter { (letter, run.1.saturating_add(1)) } else { (letter, 1) };
            if run.1 == MAX_RUN && !filled {
                filled = true;
                self.hit(
                    &FILLER_TEXT,
                    at,
                    &letter.escape_default().to_string(),
                    "a long run of one character",
                );
            }
            hidden = if is_invisible(letter) { hidden.saturating_add(1) } else { 0 };
            if (reorders(letter) || hidden >= MIN_SPELLED) && !told {
                told = true;
                let code = format!("U+{:04X}", u32::from(letter));
                self.hit(&INVISIBLE_TEXT, at, &code, "the model reads what nobody sees");
            }
            // Joiners belong between letters of many scripts and between the parts of an emoji.
            let joins = matches!(letter, '\u{200c}' | '\u{200d}') && !before.is_ascii();
            if hidden == 1 && !joins && letter != '\u{fe0f}' && at > 0 {
                few = few.or(Some((at, letter)));
            }
            before = letter;
        }
        if let Some((at, letter)) = few.filter(|_| !told) {
            let code = format!("U+{:04X}", u32::from(letter));
            self.hit(&INVISIBLE_CHARACTER, at, &code, "a character that nobody sees");
        }
    }

    /// Orders, secrets, addresses and commands. `decoded` is the place of the text that this one was decoded from.
    fn words(&mut self, text: &str, base: usize, decoded: Option<usize>) {
        let place = |at: usize| decoded.unwrap_or_else(|| base.saturating_add(at));
        for (at, line) in lines(text) {
            if injected::gives_orders(line) {
                self.hit(
                    &INJECTED_INSTRUCTION,
                    place(at),
                    line.trim(),
                    "the model is told to forget what it was told",
                );
            } else if hides(line) {
                self.hit(
                    &INJECTED_INSTRUCTION,
                    place(at),
                    line.trim(),
                    "the model is told to act behind somebody's back",
                );
            }
            if let Some(word) = command_text::command_in(line) {
                self.hit(&COMMAND_TEXT, place(at), line.trim(), &format!("the template says {word:?}"));
            }
        }
        let mut told = 0_usize;
        for (at, address) in addresses(text) {
            let Some(kind) = judge_address(text, at, address).filter(|_| told < MAX_EACH) else { continue };
            told = told.saturating_add(1);
            match kind {
                Address::Fills => self.hit(&SENDS_CONTENT, place(at), address, "what was said goes to"),
                Address::Gives => self.hit(&ADDRESS, place(at), address, "the template gives an address"),
            }
        }
    }

    /// Texts in base64 or hexadecimal that are sentences when decoded.
    fn encoded(&mut self, text: &str) {
        let packed = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '+' | '/' | '-' | '_');
        let mut at = 0_usize;
        let mut told = 0_usize;
        for part in text.split_inclusive(|letter: char| !packed(letter)) {
            let start = at;
            at = at.saturating_add(part.len());
            let run = part.trim_end_matches(|letter: char| !packed(letter));
            if run.len() < MIN_ENCODED || told >= MAX_EACH {
                continue;
            }
            if let Some(inside) = decode(run) {
                told = told.saturating_add(1);
                self.hit(&ENCODED_TEXT, start, &inside, "a text in base64 or hexadecimal that says");
                self.words(&inside, 0, Some(start));
            }
        }
    }
}

/// Lines of a text with the place of each; a sentence seldom ends later.
fn lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut at = 0_usize;
    text.split_inclusive('\n').map(move |line| {
        let start = at;
        at = at.saturating_add(line.len());
        (start, line)
    })
}

/// Whether a character has no width and no ordinary use: zero-width, tag characters, selectors of variants, fillers.
fn is_invisible(letter: char) -> bool {
    matches!(letter,
        '\u{200b}'..='\u{200d}' | '\u{2060}'..='\u{2064}' | '\u{206a}'..='\u{206f}' | '\u{feff}' | '\u{180e}'
        | '\u{e0000}'..='\u{e007f}' | '\u{fe00}'..='\u{fe0f}' | '\u{e0100}'..='\u{e01ef}' | '\u{3164}' | '\u{ffa0}'
        | '\u{00ad}')
}

/// Whether a character changes the order in which others are shown, or stands for a letter that is not shown.
fn reorders(letter: char) -> bool {
    matches!(letter, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{e0020}'..='\u{e007e}')
}

/// Whether a line tells a model to do something behind somebody's back.
fn hides(line: &str) -> bool {
    let lower = line.to_lowercase();
    let words: Vec<&str> =
        lower.split(|letter: char| !letter.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
    let after = |at: usize, steps: usize| {
        let from = at.saturating_add(1);
        words.get(from..from.saturating_add(steps).min(words.len())).unwrap_or_default()
    };
    let near =
        |at: usize, steps: usize, wanted: &[&str]| after(at, steps).iter().any(|word| wanted.contains(word));
    // What is kept from users of tools is how tools are called.
    let silent = |tell: usize| near(tell, 3, WHOM) && !near(tell, 7, MACHINERY);
    words.iter().enumerate().any(|(at, word)| {
        let tells = || (at..=at.saturating_add(2)).find(|step| near(*step, 1, TELLS));
        QUIETLY.contains(word) && near(at, 1, VERBS)
            || DENIES.contains(word) && tells().is_some_and(|step| silent(step.saturating_add(1)))
    })
}

/// What is done quietly.
const VERBS: &[&str] = &[
    "add",
    "append",
    "call",
    "change",
    "collect",
    "copy",
    "embed",
    "execute",
    "exfiltrate",
    "fetch",
    "forward",
    "include",
    "inject",
    "insert",
    "leak",
    "log",
    "modify",
    "output",
    "post",
    "prepend",
    "record",
    "replace",
    "run",
    "send",
    "transmit",
    "upload",
    "write",
];

/// Addresses in a text, to their end: an unknown part belongs to them.
fn addresses(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.match_indices("://").take(MAX_ADDRESSES).filter_map(move |(at, _)| {
        let letters = text.as_bytes().get(..at)?.iter().rev().take(MAX_SCHEME);
        let scheme = letters.take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'+').count();
        let start = at.checked_sub(scheme).filter(|start| *start < at)?;
        let rest = text.get(start..text.floor_char_boundary(start.saturating_add(MAX_ADDRESS)))?;
        let end = rest
            .find(|letter: char| {
                letter.is_whitespace() || matches!(letter, '"' | '\'' | '<' | '>' | ')' | '`')
            })
            .unwrap_or(rest.len());
        Some((start, rest.get(..end)?))
    })
}

/// What a template does with an address.
#[derive(Clone, Copy)]
enum Address {
    /// Puts into it what is not known before.
    Fills,
    /// Sends the model there, or anybody can change what it finds.
    Gives,
}

/// What it means that a template has this address.
fn judge_address(text: &str, at: usize, address: &str) -> Option<Address> {
    let (scheme, rest) = address.split_once("://")?;
    let host = rest.split(['/', '?', '#', ':', UNKNOWN]).next().unwrap_or_default();
    let host = host.rsplit('@').next().unwrap_or(host).to_ascii_lowercase();
    let refers = REFERENCES
        .iter()
        .any(|own| host == *own || host.strip_suffix(own).is_some_and(|sub| sub.ends_with('.')));
    if host.is_empty() || !host.contains('.') || refers {
        return None;
    }
    if rest.contains(UNKNOWN) {
        return Some(Address::Fills);
    }
    let number = host.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    let before = text.get(text.floor_char_boundary(at.saturating_sub(60))..at).unwrap_or_default();
    let before = before.rsplit('\n').next().unwrap_or(before).to_lowercase();
    let goes = before.split(|letter: char| !letter.is_alphanumeric()).any(|word| GOES.contains(&word));
    let image = before.contains("](") || before.ends_with('(');
    (number || scheme.eq_ignore_ascii_case("http") || scheme.eq_ignore_ascii_case("ftp") || goes || image)
        .then_some(Address::Gives)
}

/// The sentence that a run of letters is in base64 or hexadecimal.
fn decode(run: &str) -> Option<String> {
    let hex = run.len().is_multiple_of(2) && run.bytes().all(|byte| byte.is_ascii_hexdigit());
    let bytes = if hex {
        let digits: Vec<u8> = run
            .chars()
            .filter_map(|digit| digit.to_digit(16))
            .filter_map(|digit| u8::try_from(digit).ok())
            .collect();
        digits.chunks_exact(2).map(|pair| pair.iter().fold(0_u8, |byte, digit| byte << 4 | digit)).collect()
    } else {
        let standard: String = run
            .chars()
            .map(|letter| match letter {
                '-' => '+',
                '_' => '/',
                other => other,
            })
            .collect();
        let whole = standard.len().saturating_sub(usize::from(standard.len() % 4 == 1));
        STANDARD_NO_PAD.decode(standard.get(..whole)?).ok()?
    };
    let text = String::from_utf8(bytes).ok()?;
    let plain = text.chars().filter(|letter| letter.is_alphanumeric() || *letter == ' ').count();
    (text.contains(' ') && plain.saturating_mul(10) >= text.chars().count().saturating_mul(8)).then_some(text)
}
