//! `assay policy approve`: one more approval at the end of a policy file.
//!
//! The new text is parsed as a policy before it takes the place of the old one, in one step: a file that was valid
//! stays valid, and whoever reads it meanwhile reads one of the two.

use std::fmt::Write as _;
use std::fs::{self, Permissions};
use std::io::{self, ErrorKind, Write as _};
use std::path::Path;

use anyhow::{Context as _, Result};
use assay_policy::Policy;
use toml::Value;

use crate::args::Approve;
use crate::local::policy_file;

/// What a new policy begins with.
const NEW: &str = "schema = 1\n";

/// Adds the approval and gives the policy as it now is.
pub(super) fn write(approve: &Approve) -> Result<Policy> {
    let path = &approve.file;
    let (text, mode) = match fs::metadata(path) {
        Ok(present) => (policy_file::text(path)?, Some(present.permissions())),
        Err(error) if error.kind() == ErrorKind::NotFound => (NEW.to_owned(), None),
        Err(error) => return Err(error).with_context(|| path.display().to_string()),
    };
    let text = with(&text, approve);
    let policy = policy_file::parse(path, &text).context("the policy with the approval is not valid")?;
    // A link keeps pointing at the policy, which may live elsewhere.
    let target = if mode.is_some() { fs::canonicalize(path)? } else { path.clone() };
    replace(&target, &text, mode).with_context(|| format!("writing {}", target.display()))?;
    Ok(policy)
}

/// The text with the approval at its end.
fn with(text: &str, approve: &Approve) -> String {
    let Approve { global, file: _, patterns, reason } = approve;
    let patterns = Value::Array(patterns.iter().cloned().map(Value::String).collect());
    let (global, reason) = (Value::String(global.clone()), Value::String(reason.clone()));
    let mut text = text.to_owned();
    if !text.is_empty() && !text.ends_with('\n') {
        text.push('\n');
    }
    // Writing into a string cannot fail.
    let _written = write!(text, "\n[[approve]]\nglobal = {global}\nmatch = {patterns}\nreason = {reason}\n");
    text
}

fn replace(path: &Path, text: &str, mode: Option<Permissions>) -> io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    file.write_all(text.as_bytes())?;
    file.as_file().set_permissions(mode.unwrap_or_else(readable))?;
    file.as_file().sync_all()?;
    file.persist(path).map_err(|error| error.error)?;
    Ok(())
}

fn readable() -> Permissions {
    std::os::unix::fs::PermissionsExt::from_mode(0o644)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_quoted_whatever_it_holds() {
        let approve = Approve {
            global: "pkg.Net".to_owned(),
            file: "p.toml".into(),
            patterns: vec!["hf://a/**".to_owned(), "dir:/x".to_owned()],
            reason: "a \"quoted\"\nreason = 1".to_owned(),
        };
        let text = with("schema = 1", &approve);
        assert!(Policy::parse(&text, "p.toml").is_ok(), "{text}");
        assert_eq!(text.matches("[[approve]]").count(), 1);
    }
}
