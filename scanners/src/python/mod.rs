//! What Python source does when it is imported, and when the model it comes with is used.
//!
//! The source is parsed, never run. Imports, aliases and constants are followed; each call that runs commands or code,
//! loads pickles or libraries, or reaches the network is placed where it stands: on the way of an import, in something that
//! a loader calls, or in a function that nobody calls on load. Attributes of foreign objects, and data that comes from
//! outside, are not followed.
//!
//! Source: the Python language reference (execution model, import system); [`entry`] for what loaders call.

mod bounds;
mod branches;
mod calls;
mod classes;
mod decode;
mod entry;
mod expressions;
mod fold;
mod functions;
mod judge;
mod reach;
mod reflect;
mod rules;
pub(crate) mod shell;
mod sinks;
mod source;
mod state;
mod statements;
mod texts;
mod torchscript;
mod value;

use std::panic::{AssertUnwindSafe, catch_unwind};

use assay_core::Location;
use ruff_python_ast::Mod;
use ruff_python_parser::{Mode, ParseOptions, Parsed};

pub(crate) use self::decode::Decoder;
pub(crate) use self::entry::Entry;
pub(crate) use self::rules::{
    CODE_WHEN_USED, DORMANT, OBFUSCATED, READS_SECRET, RULES, SIDE_EFFECT, startup,
};
use self::source::Source;
use self::state::{Analysis, Body};
pub(crate) use self::torchscript::{FILE_OPERATOR, examine_torchscript};
use crate::{Limit, Report, Stop};

/// The longest source that is read; the longest of model libraries has 400 KiB, generated tables 2 MiB.
pub(crate) const MAX_SOURCE: usize = 4 << 20;

/// Judges a source. `locate` says where an offset of it stands.
///
/// # Errors
/// [`Stop::Malformed`] where Python of today would not understand it, [`Stop::Limit`] for length, nesting and work. What was
/// understood is in the report.
pub(crate) fn examine_source(
    bytes: &[u8],
    entry: Entry,
    locate: &dyn Fn(u64) -> Location,
    report: &mut Report<'_>,
) -> Result<(), Stop> {
    if bytes.len() > MAX_SOURCE {
        return Err(Stop::Limit(Limit::Length("Python source")));
    }
    let source = Source::read(bytes);
    if let Some(name) = &source.odd_encoding {
        rules::odd_encoding(name, locate(0), report);
    }
    let located = |offset: u64| locate(source.offset(offset));
    if entry == Entry::Startup && !source.text.trim().is_empty() {
        rules::startup(located(0), report);
    }
    let mode = if entry == Entry::Notebook { Mode::Ipython } else { Mode::Module };
    let parsed = parse(&source.text, mode)?;
    let mut analysis = Analysis::new(entry, 0, 0);
    let walked = match parsed.syntax() {
        Mod::Module(module) => analysis.module(Body::Block(&module.body)),
        Mod::Expression(expression) => analysis.module(Body::Value(&expression.body)),
    };
    let reached = reach::reach(&analysis);
    rules::report(&analysis, &reached, &located, report);
    walked?;
    let broken = parsed.errors().first().map(|error| Stop::Malformed {
        what: "Python source",
        offset: source.offset(u64::from(u32::from(error.location.start()))),
    });
    source.gap.or(broken).or(analysis.gap).map_or(Ok(()), Err)
}

/// Walks a text that another source runs. False when it cannot be read.
fn read_text(text: &str, expression: bool, analysis: &mut Analysis<'_>) -> Result<bool, Stop> {
    let parsed = parse(text.trim(), if expression { Mode::Expression } else { Mode::Module })?;
    let mut inner = Analysis::new(analysis.entry, analysis.depth, analysis.steps);
    std::mem::swap(&mut inner.scopes, &mut analysis.scopes);
    let walked = match parsed.syntax() {
        Mod::Module(module) => inner.module(Body::Block(&module.body)),
        Mod::Expression(expression) => inner.module(Body::Value(&expression.body)),
    };
    analysis.steps = inner.steps;
    analysis.hits = std::mem::take(&mut inner.hits);
    analysis.gap = inner.gap.take();
    std::mem::swap(&mut inner.scopes, &mut analysis.scopes);
    walked.map(|()| parsed.errors().is_empty())
}

/// The tree of a text, with what could be recovered behind errors.
fn parse(text: &str, mode: Mode) -> Result<Parsed<Mod>, Stop> {
    bounds::check(text, mode)?;
    let options = ParseOptions::from(mode);
    // The parser is not ours, and a panic in it must not take the worker along.
    catch_unwind(AssertUnwindSafe(|| ruff_python_parser::parse_unchecked(text, options)))
        .map_err(|_| Stop::Unsupported("Python source"))
}

#[cfg(test)]
mod tests;
