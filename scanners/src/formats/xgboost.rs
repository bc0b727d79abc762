//! XGBoost models as JSON and as UBJSON.
//!
//! Source: `doc/model.schema` and `src/tree/io_utils.h` of XGBoost; `doc/tutorials/saving_model.rst`. Trees are read
//! without a check that a child or a feature exists, so these numbers are checked here. The numbers of the model itself
//! are not judged. A pickled model is a pickle.

use assay_core::{Format, Location, Rule, RuleId, Severity};

use crate::command_text::{self, COMMAND_TEXT};
use crate::json;
use crate::values::{Json, Ubjson, Value, starts_object};
use crate::{Input, Probe, Report, Scanner, Stop};

/// A child or a feature that is not there.
const MALFORMED_TREE: Rule = Rule {
    id: RuleId::new("xgboost-malformed-tree"),
    severity: Severity::High,
    summary: "A tree leads to a node or a feature that does not exist, so predicting reads foreign memory",
    taxonomy: &["CWE-125", "CWE-129"],
};
/// An objective that is not XGBoost's.
const UNKNOWN_OBJECTIVE: Rule = Rule {
    id: RuleId::new("xgboost-unknown-objective"),
    severity: Severity::Medium,
    summary: "The objective or the booster is none of XGBoost's",
    taxonomy: &["CWE-20"],
};
static RULES: [Rule; 3] = [MALFORMED_TREE, UNKNOWN_OBJECTIVE, COMMAND_TEXT];

/// What the names of objectives begin with; plugins add names and no families.
const OBJECTIVES: &[&str] = &["binary:", "count:", "gpu:", "multi:", "rank:", "reg:", "survival:"];

/// The boosters.
const BOOSTERS: &[&str] = &["dart", "gblinear", "gbtree"];

/// Feature of a deleted node.
const DELETED: i64 = 0x7fff_ffff;

/// First keys of a model, and of a model in memory with its configuration.
const FIRST_KEYS: &[&[u8]] = &[b"learner", b"version", b"Model", b"Config"];

/// Scanner of XGBoost models.
#[derive(Debug)]
pub(super) struct Xgboost;

impl Scanner for Xgboost {
    fn format(&self) -> Format {
        Format::Xgboost
    }

    fn rules(&self) -> &'static [Rule] {
        &RULES
    }

    fn recognises(&self, probe: &Probe<'_>) -> bool {
        if let Some(key) = starts_object(probe.head) {
            return FIRST_KEYS.contains(&key) || probe.named(&[".ubj"]);
        }
        let says = |word: &[u8]| {
            [probe.head, probe.tail].iter().any(|part| memchr::memmem::find(part, word).is_some())
        };
        json::starts_object(probe.head)
            && says(b"\"learner\"")
            && (says(b"\"gradient_booster\"") || says(b"\"learner_model_param\""))
    }

    fn scan(&self, input: &Input<'_>, report: &mut Report<'_>) -> Result<(), Stop> {
        let mut model = Model {
            input,
            frames: Vec::new(),
            key: String::new(),
            tree: Tree::default(),
            features: None,
            most: None,
        };
        if starts_object(&input.window(0, 1 << 10)?).is_some() {
            let mut ubjson = Ubjson::new(input);
            while let Some((at, value)) = ubjson.next()? {
                model.take(at, value, report)?;
            }
            model.end(report);
            if ubjson.position() < input.size() {
                return Err(Stop::Malformed { what: "end of UBJSON", offset: ubjson.position() });
            }
        } else {
            let mut json = Json::new(input)?;
            while let Some((at, value)) = json.next()? {
                model.take(at, value, report)?;
            }
            model.end(report);
        }
        Ok(())
    }
}

/// An array of node numbers or features: how many there are, the smallest and the largest.
#[derive(Debug, Clone, Copy, Default)]
struct Numbers {
    count: u64,
    least: i64,
    most: i64,
    /// Something in it is no integer.
    odd: bool,
}

impl Numbers {
    fn add(&mut self, integer: Option<i64>) {
        self.count = self.count.saturating_add(1);
        match integer {
            Some(integer) => {
                self.least = self.least.min(integer);
                self.most = self.most.max(integer);
            }
            None => self.odd = true,
        }
    }
}

#[derive(Debug, Default)]
struct Tree {
    left: Numbers,
    right: Numbers,
    features: Numbers,
}

/// An open object or array, by the key it stands under.
struct Frame {
    key: String,
    array: bool,
}

struct Model<'i, 'a> {
    input: &'i Input<'a>,
    frames: Vec<Frame>,
    /// The key before the next value.
    key: String,
    tree: Tree,
    /// Features that the model states.
    features: Option<i64>,
    /// The largest feature of all trees, and where its tree ends.
    most: Option<(i64, u64)>,
}

impl Model<'_, '_> {
    fn take(&mut self, at: u64, value: Value, report: &mut Report<'_>) -> Result<(), Stop> {
        match value {
            Value::Key(key) => {
                command_text::judge(&key, "a key", self.place(at), report);
                self.key = key;
            }
            Value::Object | Value::Array => {
                self.frames.push(Frame { key: std::mem::take(&mut self.key), array: value == Value::Array });
            }
            Value::EndArray => {
                self.frames.pop();
            }
            Value::EndObject => {
                self.frames.pop();
                if self.in_array("trees") {
                    self.judge_tree(at, report);
                }
            }
            Value::Text(text) => self.text(&text, at, report),
            Value::Integer(integer) => self.number(Some(integer)),
            Value::Other => self.number(None),
            Value::Packed(packed) => {
                self.frames.push(Frame { key: std::mem::take(&mut self.key), array: true });
                if self.numbers().is_some() {
                    packed.integers(self.input, |integer| self.number(integer))?;
                }
                self.frames.pop();
            }
        }
        Ok(())
    }

    fn place(&self, at: u64) -> Location {
        self.input.place().at(at)
    }

    fn in_array(&self, key: &str) -> bool {
        self.frames.last().is_some_and(|frame| frame.array && frame.key == key)
    }

    fn in_object(&self, key: &str) -> bool {
        self.frames.last().is_some_and(|frame| !frame.array && frame.key == key)
    }

    /// The numbers that the innermost array is kept as, if it is one of a tree's.
    fn numbers(&mut self) -> Option<&mut Numbers> {
        let frame = self.frames.last().filter(|frame| frame.array)?;
        match frame.key.as_str() {
            "left_children" => Some(&mut self.tree.left),
            "right_children" => Some(&mut self.tree.right),
            "split_indices" => Some(&mut self.tree.features),
            _ => None,
        }
    }

    /// Takes an item of an array. The mark of a deleted node is no feature.
    fn number(&mut self, integer: Option<i64>) {
        let features = self.in_array("split_indices");
        if let Some(numbers) = self.numbers() {
            numbers.add(integer.map(|integer| if features && integer == DELETED { 0 } else { integer }));
        }
    }

    fn text(&mut self, text: &str, at: u64, report: &mut Report<'_>) {
        let key = if self.frames.last().is_some_and(|frame| frame.array) { "" } else { self.key.as_str() };
        if key == "name" && self.in_object("objective") {
            let family = OBJECTIVES.iter().find_map(|family| text.strip_prefix(family));
            let word = |name: &str| {
                !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
            };
            if !family.is_some_and(word) {
                self.unknown("objective", text, at, report);
            }
        } else if key == "name" && self.in_object("gradient_booster") && !BOOSTERS.contains(&text) {
            self.unknown("booster", text, at, report);
        } else if key == "num_feature" && self.in_object("learner_model_param") {
            self.features = text.parse().ok();
        }
        command_text::judge(text, "a text", self.place(at), report);
    }

    fn unknown(&self, what: &str, name: &str, at: u64, report: &mut Report<'_>) {
        let text = format!("the {what} {name} is none of XGBoost's");
        report.hit(&UNKNOWN_OBJECTIVE, self.place(at), &text, &[(what, name)]);
    }

    /// Judges the tree that has just ended.
    fn judge_tree(&mut self, at: u64, report: &mut Report<'_>) {
        let Tree { left, right, features } = std::mem::take(&mut self.tree);
        let nodes = i64::try_from(left.count).unwrap_or(i64::MAX);
        let wrong = if left.odd || right.odd || features.odd {
            Some("a node that is no number")
        } else if right.count != left.count || features.count != left.count {
            Some("arrays of different lengths")
        } else if left.least.min(right.least) < -1 || left.most.max(right.most) >= nodes.max(1) {
            Some("a child that does not exist")
        } else if features.least < 0 {
            Some("a feature below zero")
        } else {
            None
        };
        if let Some(wrong) = wrong {
            let text = format!("a tree has {wrong}: predicting reads outside of it");
            report.hit(&MALFORMED_TREE, self.place(at), &text, &[]);
        }
        if self.most.is_none_or(|(most, _)| features.most > most) {
            self.most = Some((features.most, at));
        }
    }

    /// Judges what only the whole document tells.
    fn end(&self, report: &mut Report<'_>) {
        let (Some(features), Some((most, at))) = (self.features, self.most) else { return };
        if most >= features.max(1) {
            let text =
                format!("a tree asks for feature {most} of {features}: predicting reads outside of the row");
            report.hit(&MALFORMED_TREE, self.place(at), &text, &[]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::scan;

    fn rules(tree: &str, features: u32) -> Vec<String> {
        let text = format!(
            r#"{{"learner":{{"gradient_booster":{{"model":{{"trees":[{{{tree}}}]}},"name":"gbtree"}},
            "learner_model_param":{{"num_feature":"{features}"}},"objective":{{"name":"reg:squarederror"}}}},"version":[3,0,0]}}"#
        );
        let facts = scan(&Xgboost, "m.json", text.as_bytes());
        assert!(facts.gaps.is_empty(), "{:?}", facts.gaps);
        facts.rules().into_iter().map(str::to_owned).collect()
    }

    fn tree(left: &str, right: &str, split: &str) -> String {
        format!(r#""left_children":[{left}],"right_children":[{right}],"split_indices":[{split}]"#)
    }

    #[test]
    fn children_and_features_exist_or_are_told() {
        assert!(rules(&tree("1,-1,-1", "2,-1,-1", "3,0,0"), 4).is_empty());
        assert!(rules(&tree("-1", "-1", "0"), 0).is_empty(), "a tree of one leaf");
        assert!(rules(&tree("-1,-1", "-1,-1", "0,2147483647"), 4).is_empty(), "a deleted node");
        for (left, right, split) in [
            ("1,-1,-1", "3,-1,-1", "0,0,0"),
            ("1,-2,-1", "2,-1,-1", "0,0,0"),
            ("1,-1,-1", "2,-1", "0,0,0"),
            ("1,-1,-1", "2,-1,-1", "4,0,0"),
            ("1,-1,-1", "2,-1,-1", "-1,0,0"),
            ("1.5,-1,-1", "2,-1,-1", "0,0,0"),
        ] {
            assert_eq!(
                rules(&tree(left, right, split), 4),
                ["xgboost-malformed-tree"],
                "{left} {right} {split}"
            );
        }
    }

    #[test]
    fn what_follows_ubjson_is_a_gap() {
        let model = b"{U\x07learner{}}x";
        assert_eq!(scan(&Xgboost, "m.ubj", model).gaps.len(), 1);
        assert!(scan(&Xgboost, "m.ubj", &model[..model.len() - 1]).is_clean());
    }
}
