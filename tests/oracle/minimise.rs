//! Makes a program that is not explained small.

use crate::child::Python;
use crate::compare;
use crate::scan::Said;

/// Shows the smallest program found that is still not explained, and why.
pub(crate) fn show(python: &mut Python, encoding: u8, program: &[u8]) -> anyhow::Result<()> {
    let mut small = program.to_vec();
    let mut piece = small.len() / 2;
    while piece > 0 {
        let mut at = 0;
        while at < small.len() {
            let end = (at + piece).min(small.len());
            let mut shorter = small.clone();
            shorter.drain(at..end);
            if missed(python, encoding, &shorter)?.is_some() {
                small = shorter;
            } else {
                at += piece;
            }
        }
        piece /= 2;
    }
    let why = missed(python, encoding, &small)?.unwrap_or_default();
    println!("  encoding {}: b\"{}\"\n  {why}", encoding % 4, small.escape_ascii());
    println!("  {:?}", Said::of(&small).deeds);
    Ok(())
}

/// What is not explained, if anything.
fn missed(python: &mut Python, encoding: u8, program: &[u8]) -> anyhow::Result<Option<String>> {
    python.ask(encoding, program)?;
    let readers = python.answer()?;
    let said = Said::of(program);
    if said.excuse().is_some() {
        return Ok(None);
    }
    let reader = readers.iter().zip(["pure", "C, frames", "C, whole"]);
    let mut reasons = reader.filter_map(|((events, end), name)| {
        let event = compare::unexplained(events, &said)?;
        Some(format!("{name}: {event} (ended with {end})"))
    });
    Ok(reasons.next())
}
