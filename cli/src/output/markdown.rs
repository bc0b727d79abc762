//! For pull requests and tickets: tables that render as text, whatever the names inside say.

use std::io::{self, Write};

use assay_core::shown;

use super::Rows;
use crate::local::{FileRow, ScanReport, Skipped};

/// Escapes text so that Markdown and HTML in it stay text, and nothing in it becomes a link or notifies a person.
pub(crate) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in shown(text).chars() {
        match character {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '@' => out.push_str("&#64;"),
            '#' => out.push_str("&#35;"),
            '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '~' => {
                out.push('\\');
                out.push(character);
            }
            _ => out.push(character),
        }
    }
    out.replace("://", "&#58;//").replace("www.", "www&#46;")
}

impl ScanReport {
    /// For a pull request.
    pub(crate) fn markdown(&self, out: &mut dyn Write) -> io::Result<()> {
        writeln!(out, "## assay scan\n\n{}\n", escape(&super::table::summary(self)))?;
        findings(&self.files, &self.skipped, out)
    }
}

/// Findings and gaps of files as one table.
pub(super) fn findings(files: &[FileRow], skipped: &[Skipped], out: &mut dyn Write) -> io::Result<()> {
    let mut rows = Rows::new(&["Severity", "Location", "Finding", "Rule"]);
    for file in files {
        for finding in &file.findings {
            let severity = finding.severity.to_string();
            let location = finding.location.to_string();
            rows.rows.push(vec![severity, location, finding.message.clone(), finding.rule.to_string()]);
        }
        if file.findings_dropped > 0 {
            let message = format!("{} more findings, not kept", file.findings_dropped);
            rows.rows.push(vec!["partial".to_owned(), file.path.clone(), message, String::new()]);
        }
        for gap in file.coverage.gaps() {
            let location = gap.location.to_string();
            rows.rows.push(vec!["partial".to_owned(), location, gap.message.clone(), gap.kind.to_string()]);
        }
    }
    for Skipped { path, why: _, message } in skipped {
        rows.rows.push(vec!["skipped".to_owned(), path.clone(), message.clone(), String::new()]);
    }
    if rows.rows.is_empty() {
        return writeln!(out, "No findings.");
    }
    rows.markdown(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_cannot_become_markup() {
        assert_eq!(escape("a|b`c"), "a\\|b\\`c");
        assert_eq!(escape("<img src=x>"), "&lt;img src=x&gt;");
        assert_eq!(escape("[x](http://e)"), "\\[x\\](http&#58;//e)");
        assert_eq!(escape("www.e @team #1"), "www&#46;e &#64;team &#35;1");
        assert_eq!(escape("a\nb"), "a\\\\u{a}b");
    }
}
