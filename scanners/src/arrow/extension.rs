//! Key-value metadata of schemas and fields: what a loader makes of extension types.
//!
//! Source: pyarrow `types.pxi` before 14.0.1, which makes a type named `arrow.py_extension_type` by unpickling its
//! metadata while the schema is read (CVE-2023-47248). Other libraries register types and keys of their own and unpickle
//! what stands there, as Petastorm does with `dataset-toolkit.unischema.v1`.

use assay_core::{Rule, RuleId, Severity};

use super::Pair;
use crate::{Input, Report, Stop, pickle};

/// Bytes of a value that tell whether it is a pickle.
const HEAD: usize = 64 << 10;

/// The extension type that pyarrow registers by itself.
const PICKLED_NAME: &str = "arrow.py_extension_type";

const NAME: &str = "ARROW:extension:name";
const METADATA: &str = "ARROW:extension:metadata";

/// An extension type that is a pickle.
pub(crate) const PICKLED_TYPE: Rule = Rule {
    id: RuleId::new("arrow-pickled-type"),
    severity: Severity::Critical,
    summary: "Reading the schema unpickles a Python object in pyarrow before 14.0.1",
    taxonomy: &["CWE-502", "CVE-2023-47248", "AML.T0010", "AML.T0011.000", "OWASP-LLM03"],
};

/// Metadata of another kind that are a pickle.
pub(crate) const PICKLED_METADATA: Rule = Rule {
    id: RuleId::new("arrow-pickled-metadata"),
    severity: Severity::Medium,
    summary: "Metadata hold a pickle, which some library will load",
    taxonomy: &["CWE-502", "AML.T0010", "OWASP-LLM03"],
};

/// Judges the metadata of one schema, field or message, which is shown as `owner`.
pub(crate) fn examine_pairs(
    owner: &str,
    pairs: &[Pair],
    input: &Input<'_>,
    report: &mut Report<'_>,
) -> Result<(), Stop> {
    // A name may stand twice, and any of them may be the one that a loader takes.
    let mut named = false;
    for pair in pairs.iter().filter(|pair| pair.key == NAME) {
        let wanted = PICKLED_NAME.as_bytes();
        named |= pair.size == wanted.len() as u64 && input.window(pair.at, wanted.len())? == wanted;
    }
    if named {
        let metadata = pairs.iter().find(|pair| pair.key == METADATA);
        let place = metadata.map_or_else(|| input.place().clone(), |pair| input.place().at(pair.at));
        let message = format!("reading the schema unpickles the type of {owner}");
        report.hit(&PICKLED_TYPE, place, &message, &[("extension", PICKLED_NAME), ("owner", owner)]);
    }
    for pair in pairs {
        value(owner, pair, named && pair.key == METADATA, input, report)?;
    }
    Ok(())
}

/// Looks at one value, which a loader unpickles or which may be a pickle all the same.
fn value(
    owner: &str,
    pair: &Pair,
    unpickled: bool,
    input: &Input<'_>,
    report: &mut Report<'_>,
) -> Result<(), Stop> {
    let head = input.window(pair.at, usize::try_from(pair.size).unwrap_or(HEAD).min(HEAD))?;
    if !unpickled && !pickle::may_import(&head, pair.size) {
        return Ok(());
    }
    let member = input.member(&format!("{owner}[{}]", pair.key), pair.at, pair.size)?;
    if !unpickled {
        let message = format!("{} of {owner} is a pickle", pair.key);
        report.hit(&PICKLED_METADATA, member.place().clone(), &message, &[("key", &pair.key)]);
    }
    pickle::examine_value(&member, report)
}
