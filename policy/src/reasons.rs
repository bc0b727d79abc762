//! Reasons as they collect, bounded: an artifact of 200,000 bad files must not make a verdict of 200,000 lines.

use assay_core::{Decision, Reason, shown};

/// Reasons kept per demand and decision; the rest is counted. Enough to see a pattern, few enough to read.
pub(crate) const MAX_REASONS: usize = 50;

/// The reasons one demand gives.
pub(crate) struct Reasons<'p> {
    rule: &'p str,
    kept: Vec<Reason>,
    denies: usize,
    warns: usize,
}

impl<'p> Reasons<'p> {
    pub(crate) const fn new(rule: &'p str) -> Self {
        Self { rule, kept: Vec::new(), denies: 0, warns: 0 }
    }

    /// A reason about one file.
    pub(crate) fn file(&mut self, decision: Decision, file: &str, message: String, remedy: Option<String>) {
        let policy_rule = self.rule.to_owned();
        self.push(Reason { policy_rule, decision, message, file: Some(file.to_owned()), remedy });
    }

    /// A reason about the artifact.
    pub(crate) fn artifact(&mut self, decision: Decision, message: String, remedy: Option<String>) {
        let policy_rule = self.rule.to_owned();
        self.push(Reason { policy_rule, decision, message, file: None, remedy });
    }

    pub(crate) fn push(&mut self, reason: Reason) {
        let count = match reason.decision {
            Decision::Allow => return self.kept.push(reason),
            Decision::Warn => &mut self.warns,
            Decision::Deny => &mut self.denies,
        };
        *count = count.saturating_add(1);
        if *count <= MAX_REASONS {
            self.kept.push(reason);
        }
    }

    /// Whether nothing was denied or warned about.
    pub(crate) const fn good(&self) -> bool {
        self.denies == 0 && self.warns == 0
    }

    /// All that was kept, and one reason for what was only counted.
    pub(crate) fn finish(mut self) -> Vec<Reason> {
        for (decision, count) in [(Decision::Deny, self.denies), (Decision::Warn, self.warns)] {
            let dropped = count.saturating_sub(MAX_REASONS);
            if dropped > 0 {
                self.kept.push(Reason {
                    policy_rule: self.rule.to_owned(),
                    decision,
                    message: format!("{dropped} more reasons of the same demand are not listed"),
                    file: None,
                    remedy: None,
                });
            }
        }
        self.kept
    }
}

/// The names in quotes, for a message: the first three and how many more.
pub(crate) fn names<'n>(names: impl ExactSizeIterator<Item = &'n str>) -> String {
    const SHOWN: usize = 3;
    let more = names.len().saturating_sub(SHOWN);
    let mut text =
        names.take(SHOWN).map(|name| format!("\"{}\"", shown(name))).collect::<Vec<_>>().join(", ");
    if more > 0 {
        text.push_str(&format!(" and {more} more"));
    }
    text
}

/// The worst decision among reasons; deny when there is none, because nothing was judged.
pub(crate) fn worst(reasons: &[Reason]) -> Decision {
    reasons.iter().map(|reason| reason.decision).max().unwrap_or(Decision::Deny)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_what_it_does_not_keep() {
        let mut reasons = Reasons::new("r");
        for number in 0..MAX_REASONS + 7 {
            reasons.file(Decision::Warn, &number.to_string(), "odd".to_owned(), None);
        }
        reasons.file(Decision::Deny, "last", "bad".to_owned(), None);
        let all = reasons.finish();
        assert_eq!(all.len(), MAX_REASONS + 2);
        assert!(all.iter().any(|reason| reason.file.as_deref() == Some("last")));
        assert!(all.iter().any(|reason| reason.message.starts_with("7 more")));
        assert_eq!(worst(&all), Decision::Deny);
    }

    #[test]
    fn no_reason_is_a_denial() {
        assert_eq!(worst(&[]), Decision::Deny);
    }

    #[test]
    fn names_are_escaped_and_few() {
        let text = names(["a\n", "b", "c", "d"].into_iter());
        assert_eq!(text, "\"a\\u{a}\", \"b\", \"c\" and 1 more");
    }
}
