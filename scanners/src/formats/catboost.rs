//! CatBoost models: the binary `.cbm`, and the JSON it exports.
//!
//! Source: `model.fbs`, `features.fbs` and `model.cpp` (`TFullModel::Load`) of CatBoost. The loader has the flatbuffer
//! verified and takes the numbers in it as they are, so those that lead to memory are checked here: splits, sizes of
//! trees, leaves. Parts behind the core (tables of categorical features) are not looked at.

use std::cell::Cell;

use assay_core::{Format, Rule, RuleId, Severity};

use crate::command_text::{self, COMMAND_TEXT};
use crate::flatbuffer::{Buffer, Table, Vector};
use crate::json;
use crate::values::{Json, Value};
use crate::{Input, Limit, Probe, Report, Scanner, Stop};

/// The first bytes of a binary model, before the length of its core.
const MAGIC: &[u8] = b"CBM1";

/// Where the core starts.
const CORE: u64 = 8;

/// The longest core; flatbuffers end at 2 GiB.
const MAX_CORE: u64 = 1 << 31;

/// Tables that are followed: one for each feature, and pairs of texts.
const MAX_TABLES: u32 = 4_000_000;

/// Bytes of a text that are read.
const MAX_TEXT: usize = 64 << 10;

/// The deepest tree that CatBoost makes.
const MAX_DEPTH: u32 = 16;

const MALFORMED_TREE: Rule = Rule {
    id: RuleId::new("catboost-malformed-tree"),
    severity: Severity::High,
    summary: "A tree asks for a split or a leaf that does not exist, so predicting reads foreign memory",
    taxonomy: &["CWE-125", "CWE-129"],
};
static RULES: [Rule; 2] = [MALFORMED_TREE, COMMAND_TEXT];

/// Scanner of CatBoost models.
#[derive(Debug)]
pub(super) struct Catboost;

impl Scanner for Catboost {
    fn format(&self) -> Format {
        Format::Catboost
    }

    fn rules(&self) -> &'static [Rule] {
        &RULES
    }

    fn recognises(&self, probe: &Probe<'_>) -> bool {
        let says = |word: &[u8]| {
            [probe.head, probe.tail].iter().any(|part| memchr::memmem::find(part, word).is_some())
        };
        let trees = || says(b"\"oblivious_trees\"") || says(b"\"trees\"");
        probe.head.starts_with(MAGIC)
            || (json::starts_object(probe.head)
                && says(b"\"features_info\"")
                && (trees() || says(b"\"model_info\"")))
    }

    fn scan(&self, input: &Input<'_>, report: &mut Report<'_>) -> Result<(), Stop> {
        if input.window(0, MAGIC.len())? == MAGIC {
            return core(input, report);
        }
        let mut json = Json::new(input)?;
        while let Some((at, value)) = json.next()? {
            if let Value::Key(text) | Value::Text(text) = value {
                command_text::judge(&text, "a text", input.place().at(at), report);
            }
        }
        Ok(())
    }
}

/// `TModelCore`: trees, notes, and the names of the parts that follow.
fn core(input: &Input<'_>, report: &mut Report<'_>) -> Result<(), Stop> {
    let mut header = input.cursor(4, 4);
    let size = u64::from(header.u32_le("CatBoost core")?);
    let end = CORE.saturating_add(size);
    if size > MAX_CORE || end > input.size() {
        return Err(Stop::Malformed { what: "CatBoost core", offset: 4 });
    }
    let steps = Cell::new(MAX_TABLES);
    let buffer = Buffer::new(input, end, &steps);
    let model = buffer.table(buffer.follow(CORE)?)?;
    for note in buffer.tables(&model, 2)? {
        let note = note?;
        for field in [0, 1] {
            let text = buffer.text(&note, field, MAX_TEXT)?;
            command_text::judge(&text, "a note", input.place().at(note.at), report);
        }
    }
    let Some(trees) = buffer.inner(&model, 1)? else {
        return Err(Stop::Malformed { what: "CatBoost model without trees", offset: CORE });
    };
    let splits = features(&buffer, &trees, input, report)?;
    if let Some(wrong) = wrong_trees(&buffer, &trees, splits)? {
        let text = format!("the trees have {wrong}: predicting reads outside of them");
        report.hit(&MALFORMED_TREE, input.place().at(trees.at), &text, &[]);
    }
    Ok(())
}

/// How many splits the features have, and what their names read like.
fn features(
    buffer: &Buffer<'_, '_>,
    trees: &Table,
    input: &Input<'_>,
    report: &mut Report<'_>,
) -> Result<u64, Stop> {
    // Each list of features in `TObliviousTrees`, and where a feature of it has its splits and its name.
    const FLOAT: (usize, Option<usize>, Option<usize>) = (5, Some(3), Some(4));
    const CATEGORICAL: (usize, Option<usize>, Option<usize>) = (4, None, Some(2));
    const ONE_HOT: (usize, Option<usize>, Option<usize>) = (6, Some(1), None);
    const CTR: (usize, Option<usize>, Option<usize>) = (7, Some(1), None);
    const TEXT: (usize, Option<usize>, Option<usize>) = (12, None, Some(2));
    const ESTIMATED: (usize, Option<usize>, Option<usize>) = (13, Some(3), None);
    let mut splits = 0_u64;
    for (list, split, name) in [FLOAT, CATEGORICAL, ONE_HOT, CTR, TEXT, ESTIMATED] {
        for feature in buffer.tables(trees, list)? {
            let feature = feature?;
            if let Some(split) = split {
                let count = buffer.vector(&feature, split)?.map_or(0, |vector| vector.count);
                splits = splits.saturating_add(count.into());
            }
            if let Some(name) = name {
                let name = buffer.text(&feature, name, MAX_TEXT)?;
                command_text::judge(&name, "the name of a feature", input.place().at(feature.at), report);
            }
        }
    }
    Ok(splits)
}

/// Why the trees cannot be walked.
fn wrong_trees(buffer: &Buffer<'_, '_>, trees: &Table, splits: u64) -> Result<Option<&'static str>, Stop> {
    let dimension = trees.field(0).map_or(Ok(0), |field| buffer.u32(field))?;
    let own = Numbers::of(buffer, buffer.vector(trees, 1)?);
    let sizes = Numbers::of(buffer, buffer.vector(trees, 2)?);
    let starts = Numbers::of(buffer, buffer.vector(trees, 3)?);
    let leaves = buffer.vector(trees, 8)?.map_or(0, |vector| u64::from(vector.count));
    let steps = buffer.vector(trees, 10)?.map_or(0, |vector| vector.count);
    let mut wrong = None;
    own.each(|split| {
        if u64::from(split) >= splits {
            wrong = Some("a split that does not exist");
        }
    })?;
    let (mut total, mut needed) = (0_u64, 0_u64);
    sizes.each(|size| {
        total = total.saturating_add(size.into());
        if size <= MAX_DEPTH {
            needed = needed.saturating_add(1_u64.checked_shl(size).unwrap_or_default());
        } else if steps == 0 {
            wrong = Some("a tree deeper than any");
        }
    })?;
    starts.each(|start| {
        if start > own.count() {
            wrong = Some("a tree that starts behind all splits");
        }
    })?;
    if total > own.count().into() {
        wrong = Some("trees of more splits than there are");
    } else if steps == 0 && needed.saturating_mul(dimension.into()) > leaves {
        wrong = Some("fewer leaves than needed");
    } else if steps > 0 && steps != own.count() {
        wrong = Some("another number of steps than of splits");
    }
    Ok(wrong)
}

/// A vector of 32-bit numbers; a negative one is larger than all.
struct Numbers<'b, 'i, 'a> {
    buffer: &'b Buffer<'i, 'a>,
    vector: Option<Vector>,
}

impl<'b, 'i, 'a> Numbers<'b, 'i, 'a> {
    const fn of(buffer: &'b Buffer<'i, 'a>, vector: Option<Vector>) -> Self {
        Self { buffer, vector }
    }

    fn count(&self) -> u32 {
        self.vector.map_or(0, |vector| vector.count)
    }

    fn each(&self, mut look: impl FnMut(u32)) -> Result<(), Stop> {
        /// Numbers that are read at a time.
        const STEP: u32 = 16 << 10;
        let Some(vector) = self.vector else { return Ok(()) };
        let mut number = 0_u32;
        while number < vector.count {
            let step = vector.count.saturating_sub(number).min(STEP);
            let bytes = usize::try_from(step).ok().and_then(|step| step.checked_mul(4));
            let bytes = bytes.ok_or(Stop::Limit(Limit::Count("CatBoost numbers")))?;
            let content = self.buffer.content(vector.item(number, 4)?, bytes)?;
            content.as_chunks::<4>().0.iter().for_each(|one| look(u32::from_le_bytes(*one)));
            number = number.saturating_add(step);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use assay_core::GapKind;

    use super::*;
    use crate::testing::scan;

    #[test]
    fn a_core_that_is_not_there_is_a_gap() {
        for bytes in [b"CBM1".as_slice(), b"CBM1\xff\xff\xff\xff", b"CBM1\x08\0\0\0\xff\xff\xff\0\0\0\0\0"] {
            let gaps = scan(&Catboost, "m.cbm", bytes).gaps;
            assert_eq!(
                gaps.iter().map(|gap| gap.kind).collect::<Vec<_>>(),
                [GapKind::Malformed],
                "{bytes:?}"
            );
        }
    }

    #[test]
    fn texts_of_the_json_are_read() {
        let json = br#"{"features_info":{"float_features":[{"feature_id":"os.system('id')"}]},"oblivious_trees":[]}"#;
        assert_eq!(scan(&Catboost, "m.json", json).rules(), ["model-command-text"]);
    }
}
