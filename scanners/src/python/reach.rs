//! How far a loader gets: what is imported, what it calls, and what that calls in turn.

use super::entry::{Entry, is_class, is_function};
use super::state::{ASIDE, Analysis, MODULE, Reach};
use super::value::Value;

/// For each unit, how far a loader gets to it.
pub(super) fn reach(analysis: &Analysis<'_>) -> Vec<Reach> {
    let mut reached = vec![Reach::Dormant; analysis.calls.len()];
    let mut open = Vec::new();
    let mut mark = |unit: usize, reach: Reach, open: &mut Vec<(usize, Reach)>| {
        if let Some(held) = reached.get_mut(unit).filter(|held| **held < reach) {
            *held = reach;
            open.push((unit, reach));
        }
    };
    mark(MODULE, of_module(analysis.entry), &mut open);
    if analysis.entry == Entry::Program {
        mark(ASIDE, Reach::Imported, &mut open);
    }
    for unit in entries(analysis) {
        mark(unit, Reach::Used, &mut open);
    }
    while let Some((unit, reach)) = open.pop() {
        for called in analysis.calls.get(unit).into_iter().flatten() {
            mark(*called, reach, &mut open);
        }
    }
    reached
}

/// A notebook's cells run when a person runs them.
const fn of_module(entry: Entry) -> Reach {
    match entry {
        Entry::Module | Entry::Custom | Entry::Served | Entry::Program | Entry::Startup => Reach::Imported,
        Entry::Notebook => Reach::Used,
    }
}

/// Units of functions and methods that loaders call.
fn entries(analysis: &Analysis<'_>) -> Vec<usize> {
    let mut units = Vec::new();
    let mut classes = Vec::new();
    for (id, class) in analysis.classes.iter().enumerate() {
        if is_class(analysis.entry, &class.name, &class.bases, class.names.keys().map(String::as_str)) {
            classes.push(id);
        }
    }
    let (mut seen, mut at) = (vec![false; analysis.classes.len()], 0);
    while let Some(id) = classes.get(at).copied() {
        at = usize::saturating_add(at, 1);
        let Some(new) = seen.get_mut(id).filter(|seen| !**seen) else { continue };
        *new = true;
        let Some(class) = analysis.classes.get(id) else { continue };
        classes.extend(&class.local_bases);
        for value in class.names.values().flat_map(Value::alternatives) {
            if let Value::Function(function) = value {
                units.extend(analysis.functions.get(*function).map(|function| function.unit));
            }
        }
    }
    for function in &analysis.functions {
        if function.class.is_none() && !function.nested && is_function(analysis.entry, function.name) {
            units.push(function.unit);
        }
    }
    units
}
