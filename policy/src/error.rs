//! Why a policy cannot be used: always with file, line and, when there is one, a hint.

/// Why a policy cannot be used. Displays as `file:line: problem (hint)`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{file}:{line}: {problem}{}", shown_hint(.hint.as_deref()))]
pub struct PolicyError {
    /// The file name, as it was given.
    pub file: String,
    /// Line, from 1.
    pub line: usize,
    /// What is wrong.
    pub problem: Problem,
    /// What was probably meant.
    pub hint: Option<String>,
}

/// What is wrong with a policy.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// Not TOML, an unknown key, or a value of the wrong kind; in the parser's words.
    #[error("{message}")]
    Syntax {
        /// The parser's message.
        message: String,
    },
    /// More text than a policy can need.
    #[error("the policy is larger than {max} bytes")]
    TooLarge {
        /// The most bytes.
        max: usize,
    },
    /// More rules than a policy can need.
    #[error("more than {max} rules")]
    TooManyRules {
        /// The most rules.
        max: usize,
    },
    /// A `schema` this version does not know.
    #[error("unknown schema {found}; this version reads schema 1")]
    Schema {
        /// What the file says.
        found: i64,
    },
    /// A rule name that is empty, taken, or reserved for the built-in demands.
    #[error("rule name \"{name}\" is {fault}")]
    Name {
        /// The name.
        name: String,
        /// `empty`, `used twice`, `reserved`.
        fault: &'static str,
    },
    /// A list that must not be empty.
    #[error("`{key}` is empty")]
    Empty {
        /// The key.
        key: &'static str,
    },
    /// A pattern that is no glob.
    #[error("pattern \"{pattern}\" is not a glob: {fault}")]
    Pattern {
        /// The pattern.
        pattern: String,
        /// What the glob parser says.
        fault: String,
    },
    /// A rule without any demand.
    #[error("rule \"{name}\" demands nothing")]
    NoDemand {
        /// The rule.
        name: String,
    },
    /// A value that contradicts what always holds, or that nothing can meet.
    #[error("`{key} = \"{value}\"` {fault}")]
    Value {
        /// The key.
        key: &'static str,
        /// Its value.
        value: String,
        /// Why it cannot stand.
        fault: &'static str,
    },
    /// A key file that is not one PEM public key, or was not handed over.
    #[error("key file \"{path}\" {fault}")]
    Key {
        /// The path as the rule writes it.
        path: String,
        /// What is wrong with it.
        fault: &'static str,
    },
}

fn shown_hint(hint: Option<&str>) -> String {
    hint.map(|hint| format!(" ({hint})")).unwrap_or_default()
}

/// Where in a policy file something stands.
pub(crate) struct Place<'t> {
    pub(crate) file: &'t str,
    pub(crate) text: &'t str,
}

impl Place<'_> {
    /// The error at the byte `offset` of the text.
    pub(crate) fn error(&self, offset: usize, problem: Problem, hint: Option<&str>) -> PolicyError {
        let (file, line) = (self.file.to_owned(), self.line(offset));
        PolicyError { file, line, problem, hint: hint.map(str::to_owned) }
    }

    /// The line, from 1, of the byte `offset`.
    pub(crate) fn line(&self, offset: usize) -> usize {
        let before = self.text.as_bytes().get(..offset).unwrap_or(self.text.as_bytes());
        before.iter().filter(|&&byte| byte == b'\n').count().saturating_add(1)
    }

    /// The error a TOML parser reported, with the nearest known name as a hint.
    pub(crate) fn syntax(&self, error: &toml::de::Error) -> PolicyError {
        let offset = error.span().map_or(0, |span| span.start);
        let hint = nearest_name(error.message()).map(|name| format!("did you mean `{name}`?"));
        // Some parser messages span lines; an error is one line.
        let message = error.message().replace('\n', " ");
        self.error(offset, Problem::Syntax { message }, hint.as_deref())
    }
}

/// From serde's "unknown field `x`, expected one of `a`, `b`": the expected name nearest to the unknown one.
fn nearest_name(message: &str) -> Option<&str> {
    if !message.starts_with("unknown ") {
        return None;
    }
    let mut quoted = message.split('`').skip(1).step_by(2);
    let unknown = quoted.next()?;
    let (distance, name) = quoted.map(|name| (edits(unknown, name), name)).min()?;
    (distance <= 3 && distance < name.chars().count()).then_some(name)
}

/// Levenshtein distance, for names of a few characters.
fn edits(from: &str, to: &str) -> usize {
    let to: Vec<char> = to.chars().take(64).collect();
    let mut row: Vec<usize> = (0..=to.len()).collect();
    for (line, a) in from.chars().take(64).enumerate() {
        let mut next = vec![line.saturating_add(1)];
        for ((&b, &diagonal), &above) in to.iter().zip(&row).zip(row.iter().skip(1)) {
            let left = next.last().copied().unwrap_or(0);
            let substitute = diagonal.saturating_add(usize::from(a != b));
            next.push(substitute.min(above.saturating_add(1)).min(left.saturating_add(1)));
        }
        row = next;
    }
    row.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_edits() {
        assert_eq!(edits("allow", "allow"), 0);
        assert_eq!(edits("alow", "allow"), 1);
        assert_eq!(edits("kitten", "sitting"), 3);
        assert_eq!(edits("", "abc"), 3);
    }

    #[test]
    fn suggests_the_nearest_expected_name_and_nothing_far_off() {
        assert_eq!(
            nearest_name("unknown field `mach`, expected one of `name`, `match`, `scan`"),
            Some("match")
        );
        assert_eq!(nearest_name("unknown field `xyzzy`, expected `name`"), None);
        assert_eq!(nearest_name("invalid type: `a`, expected `b`"), None);
    }

    #[test]
    fn counts_lines_from_one() {
        let place = Place { file: "p.toml", text: "a\nb\nc" };
        let error = place.error(4, Problem::Empty { key: "match" }, Some("give a pattern"));
        assert_eq!(error.to_string(), "p.toml:3: `match` is empty (give a pattern)");
        assert_eq!(place.error(0, Problem::Empty { key: "match" }, None).line, 1);
        assert_eq!(place.error(99, Problem::Empty { key: "match" }, None).line, 3);
    }
}
