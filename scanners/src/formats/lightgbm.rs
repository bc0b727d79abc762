//! LightGBM models as text.
//!
//! Source: `src/boosting/gbdt_model_text.cpp` and `src/io/tree.cpp` of LightGBM, version 2 to 4. Trees are read without
//! a check that a child, a leaf or a feature exists, and as many numbers are taken as there should be; so these are
//! checked here. Thresholds and outputs are not judged.

use assay_core::{Format, Location, Rule, RuleId, Severity};

use crate::command_text::{self, COMMAND_TEXT};
use crate::{Input, Limit, Probe, Report, Scanner, Stop};

/// The longest line; a tree of a million leaves has 12 MB in one.
const MAX_LINE: usize = 32 << 20;

/// Leaves of one tree.
const MAX_LEAVES: i64 = 1 << 24;

const MALFORMED_TREE: Rule = Rule {
    id: RuleId::new("lightgbm-malformed-tree"),
    severity: Severity::High,
    summary: "A tree leads to a node, a leaf or a feature that does not exist, so predicting reads foreign memory",
    taxonomy: &["CWE-125", "CWE-129"],
};
const UNKNOWN_OBJECTIVE: Rule = Rule {
    id: RuleId::new("lightgbm-unknown-objective"),
    severity: Severity::Medium,
    summary: "The objective is none of LightGBM's, or has more behind it than its parameters",
    taxonomy: &["CWE-20"],
};
static RULES: [Rule; 3] = [MALFORMED_TREE, UNKNOWN_OBJECTIVE, COMMAND_TEXT];

/// Objectives that are written into a model.
const OBJECTIVES: &[&str] = &[
    "binary",
    "cross_entropy",
    "cross_entropy_lambda",
    "custom",
    "fair",
    "gamma",
    "huber",
    "lambdarank",
    "mape",
    "multiclass",
    "multiclassova",
    "none",
    "poisson",
    "quantile",
    "rank_xendcg",
    "regression",
    "regression_l1",
    "tweedie",
    "xendcg",
    "xentlambda",
    "xentropy",
];

/// Scanner of LightGBM's text.
#[derive(Debug)]
pub(super) struct Lightgbm;

impl Scanner for Lightgbm {
    fn format(&self) -> Format {
        Format::Lightgbm
    }

    fn rules(&self) -> &'static [Rule] {
        &RULES
    }

    fn recognises(&self, probe: &Probe<'_>) -> bool {
        let Some(rest) = probe.head.strip_prefix(b"tree") else { return false };
        let keys = [b"version=v".as_slice(), b"num_class=", b"num_tree_per_iteration=", b"objective="];
        let rest = rest.get(..rest.len().min(4 << 10)).unwrap_or_default();
        matches!(rest.first(), Some(b'\r' | b'\n'))
            && keys.iter().any(|key| memchr::memmem::find(rest, key).is_some())
    }

    fn scan(&self, input: &Input<'_>, report: &mut Report<'_>) -> Result<(), Stop> {
        let mut lines = input.cursor(0, u64::MAX);
        let mut model = Model { input, features: None, tree: None, ended: false };
        while lines.left() > 0 {
            let at = lines.position();
            let line = line(&mut lines)?;
            model.line(line.trim_ascii(), at, report);
        }
        model.judge_tree(report);
        if model.ended {
            Ok(())
        } else {
            Err(Stop::Malformed { what: "LightGBM end of trees", offset: input.size() })
        }
    }
}

/// The next line; the last one may have no end.
fn line(lines: &mut crate::Cursor<'_, '_>) -> Result<Vec<u8>, Stop> {
    let mut line = Vec::new();
    loop {
        let buffered = lines.buffered()?;
        let end = memchr::memchr(b'\n', buffered);
        let part = buffered.get(..end.unwrap_or(buffered.len())).unwrap_or_default();
        line.extend_from_slice(part);
        let taken = (part.len() as u64).saturating_add(u64::from(end.is_some()));
        lines.skip(taken, "line")?;
        if line.len() > MAX_LINE {
            return Err(Stop::Limit(Limit::Length("LightGBM line")));
        }
        if end.is_some() || lines.left() == 0 {
            return Ok(line);
        }
    }
}

/// What is known of the tree that is being read.
struct Tree {
    at: u64,
    leaves: Option<i64>,
    left: Option<Numbers>,
    right: Option<Numbers>,
    features: Option<Numbers>,
}

/// How many numbers a line has, the smallest and the largest; `None` in `range` when one is no number.
#[derive(Debug, Clone, Copy)]
struct Numbers {
    count: i64,
    range: Option<(i64, i64)>,
}

impl Numbers {
    fn of(text: &[u8]) -> Self {
        let mut numbers = Self { count: 0, range: Some((0, 0)) };
        for word in text.split(|byte| *byte == b' ').filter(|word| !word.is_empty()) {
            numbers.count = numbers.count.saturating_add(1);
            let number = std::str::from_utf8(word).ok().and_then(|word| word.parse::<i64>().ok());
            numbers.range = numbers
                .range
                .zip(number)
                .map(|((least, most), number)| (least.min(number), most.max(number)));
        }
        numbers
    }
}

struct Model<'i, 'a> {
    input: &'i Input<'a>,
    /// The largest number of a feature.
    features: Option<i64>,
    tree: Option<Tree>,
    ended: bool,
}

impl Model<'_, '_> {
    fn place(&self, at: u64) -> Location {
        self.input.place().at(at)
    }

    fn line(&mut self, line: &[u8], at: u64, report: &mut Report<'_>) {
        if line == b"end of trees" {
            self.ended = true;
        }
        let (key, value) = match memchr::memchr(b'=', line) {
            Some(equals) => (
                line.get(..equals).unwrap_or_default(),
                line.get(equals.saturating_add(1)..).unwrap_or_default(),
            ),
            None => (line, b"".as_slice()),
        };
        let number = || std::str::from_utf8(value).ok().and_then(|value| value.trim().parse::<i64>().ok());
        match (key, &mut self.tree) {
            (b"Tree" | b"end of trees", _) => {
                self.judge_tree(report);
                let tree = Tree { at, leaves: None, left: None, right: None, features: None };
                self.tree = (key == b"Tree").then_some(tree);
            }
            (b"num_leaves", Some(tree)) => tree.leaves = number(),
            (b"left_child", Some(tree)) => tree.left = Some(Numbers::of(value)),
            (b"right_child", Some(tree)) => tree.right = Some(Numbers::of(value)),
            (b"split_feature", Some(tree)) => tree.features = Some(Numbers::of(value)),
            // The other lines of a tree are numbers, and long.
            (_, Some(_))
                if value.iter().all(|byte| byte.is_ascii_digit() || b" .-+eEinfa".contains(byte)) => {}
            (b"max_feature_idx", None) => self.features = number(),
            (b"objective", None) => self.objective(&String::from_utf8_lossy(value), at, report),
            (_, Some(_) | None) => {
                command_text::judge(&String::from_utf8_lossy(line), "a line", self.place(at), report);
            }
        }
    }

    /// `binary sigmoid:1`: a name, and parameters that are words and numbers.
    fn objective(&self, text: &str, at: u64, report: &mut Report<'_>) {
        let mut words = text.split_whitespace();
        let known = words.next().is_none_or(|name| OBJECTIVES.contains(&name));
        let parameter = |word: &str| {
            word.bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b':' | b'.' | b'-' | b'+'))
        };
        if !known || !words.all(parameter) {
            let shown = format!("the objective is {text}");
            report.hit(&UNKNOWN_OBJECTIVE, self.place(at), &shown, &[("objective", text)]);
        }
        command_text::judge(text, "the objective", self.place(at), report);
    }

    /// Judges the tree that has just ended. A tree of one leaf has no nodes.
    fn judge_tree(&mut self, report: &mut Report<'_>) {
        let Some(tree) = self.tree.take() else { return };
        let Some(wrong) = tree.wrong(self.features) else { return };
        let text = format!("a tree has {wrong}: loading or predicting reads outside of it");
        report.hit(&MALFORMED_TREE, self.place(tree.at), &text, &[]);
    }
}

impl Tree {
    fn wrong(&self, features: Option<i64>) -> Option<&'static str> {
        let Some(leaves) = self.leaves else { return Some("no number of leaves") };
        if !(1..=MAX_LEAVES).contains(&leaves) {
            return Some("an impossible number of leaves");
        }
        let nodes = leaves.saturating_sub(1);
        for children in [self.left, self.right] {
            let Some(children) = children.filter(|children| children.count == nodes) else {
                // A tree of one leaf may have no such line.
                if nodes == 0 && children.is_none_or(|children| children.count <= 1) {
                    continue;
                }
                return Some("another number of children than of nodes");
            };
            // Leaves are counted downwards from -1.
            match children.range {
                Some((least, most)) if least >= leaves.saturating_neg() && most < nodes.max(1) => {}
                Some(_) => return Some("a child that does not exist"),
                None => return Some("a child that is no number"),
            }
        }
        let split = self.features.filter(|_| nodes > 0)?;
        match split.range {
            Some((least, most)) if least >= 0 && features.is_none_or(|features| most <= features) => {
                (split.count != nodes).then_some("another number of features than of nodes")
            }
            Some(_) => Some("a feature that does not exist"),
            None => Some("a feature that is no number"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::scan;

    fn rules(objective: &str, tree: &str) -> Vec<String> {
        let text = format!(
            "tree\nversion=v4\nnum_class=1\nmax_feature_idx=3\nobjective={objective}\n\nTree=0\n{tree}\n\nend of trees\n"
        );
        let facts = scan(&Lightgbm, "m.txt", text.as_bytes());
        assert!(facts.gaps.is_empty(), "{:?}", facts.gaps);
        facts.rules().into_iter().map(str::to_owned).collect()
    }

    const GOOD: &str = "num_leaves=3\nsplit_feature=0 3\nleft_child=1 -1\nright_child=-2 -3";

    #[test]
    fn children_leaves_and_features_exist_or_are_told() {
        assert!(rules("binary sigmoid:1", GOOD).is_empty());
        assert!(rules("binary", "num_leaves=1\nleaf_value=0").is_empty());
        for (from, to) in [
            ("1 -1", "2 -1"),
            ("1 -1", "1 -4"),
            ("1 -1", "1"),
            ("1 -1", "x -1"),
            ("0 3", "0 4"),
            ("0 3", "-1 3"),
            ("num_leaves=3", "num_leaves=4"),
            ("num_leaves=3", "num_leaves=99999999999"),
            ("num_leaves=3", "num_leaves="),
        ] {
            assert_eq!(
                rules("binary", &GOOD.replacen(from, to, 1)),
                ["lightgbm-malformed-tree"],
                "{from} -> {to}"
            );
        }
    }

    #[test]
    fn an_objective_has_a_name_and_parameters() {
        for good in ["multiclass num_class:3", "regression sqrt", "quantile alpha:0.9", "custom", ""] {
            assert!(rules(good, GOOD).is_empty(), "{good}");
        }
        assert_eq!(rules("mine", GOOD), ["lightgbm-unknown-objective"]);
        assert_eq!(
            rules("custom os.system(\"id\")", GOOD),
            ["lightgbm-unknown-objective", "model-command-text"]
        );
    }

    #[test]
    fn a_cut_model_is_a_gap() {
        assert_eq!(scan(&Lightgbm, "m.txt", b"tree\nversion=v4\n").gaps.len(), 1);
    }
}
