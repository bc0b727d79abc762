//! Who may sign: a key, a keyless identity, or the names in a certificate of a named root.
//!
//! Everything is matched against what the signature proves, never against what its bundle says about itself. An
//! identity without its issuer, or a chain without a name, would accept anybody who can get a certificate, so neither
//! can be written.

use regex::Regex;
use toml::Spanned;

use assay_core::{SignatureFact, SignatureState, Signer, SignerKind, Timestamp};

use crate::document::{AuthorityKind, AuthorityTable, Wanted};
use crate::error::{Place, PolicyError, Problem};
use crate::files::{FileKind, TrustFile};

/// Sigstore instances whose roots are built in.
const BUILT_IN_ROOTS: [&str; 3] = ["github", "public-good", "staging"];

/// The largest compiled pattern; identities are short.
const MAX_REGEX: usize = 1 << 18;

/// Someone who may sign.
#[derive(Debug, Clone)]
pub(crate) struct Authority {
    who: Who,
    not_after: Option<Timestamp>,
}

#[derive(Debug, Clone)]
enum Who {
    /// The path of a key file.
    Key(String),
    Keyless(Box<Keyless>),
    Certificate(Box<Certificate>),
}

/// The identity in a certificate that Sigstore gave out.
#[derive(Debug, Clone)]
struct Keyless {
    trust_root: String,
    issuer: Text,
    identity: Option<Text>,
    /// Claims about the build, by name.
    claims: Vec<(&'static str, Text)>,
}

/// The names in a certificate whose chain ends in one file's certificates.
#[derive(Debug, Clone)]
struct Certificate {
    roots: String,
    subject: Option<Text>,
    san: Option<Text>,
    usage: Option<String>,
}

/// Text that is exactly this, or all of which matches this.
#[derive(Debug, Clone)]
enum Text {
    Exact(String),
    Pattern(Regex),
}

impl Text {
    fn matches(&self, text: &str) -> bool {
        match self {
            Self::Exact(exact) => exact == text,
            Self::Pattern(pattern) => pattern.is_match(text),
        }
    }

    fn shown(&self) -> &str {
        match self {
            Self::Exact(exact) => exact,
            Self::Pattern(pattern) => pattern.as_str(),
        }
    }
}

impl Authority {
    /// Checks an authority as written. Files it names are added to `files`.
    pub(crate) fn parse(
        table: Spanned<AuthorityTable>,
        place: &Place<'_>,
        files: &mut Vec<TrustFile>,
    ) -> Result<Self, PolicyError> {
        let at = table.span().start;
        let table = table.into_inner();
        let not_after = table.not_after.as_ref().map(|written| moment(written, place)).transpose()?;
        foreign(&table, place)?;
        let mut parts = Parts { place, at, files };
        let who = match *table.kind.get_ref() {
            AuthorityKind::Key => Who::Key(parts.file(FileKind::Key, table.path.as_ref())?),
            AuthorityKind::Keyless => Who::Keyless(Box::new(keyless(&table, &mut parts)?)),
            AuthorityKind::Certificate => Who::Certificate(Box::new(certificate(&table, &mut parts)?)),
        };
        Ok(Self { who, not_after })
    }

    /// Whether a signature is by them, and was made in time. It must be proven already.
    pub(crate) fn accepts(&self, fact: &SignatureFact, files: &[TrustFile], now: Timestamp) -> bool {
        let in_time = self.not_after.is_none_or(|last| made_by(fact, now) <= last);
        in_time && fact.state == SignatureState::Verified && self.is(fact, files)
    }

    /// Whether the proven signer is them, whatever the state says.
    pub(crate) fn is(&self, fact: &SignatureFact, files: &[TrustFile]) -> bool {
        let by = fact.by.as_deref();
        match &self.who {
            Who::Key(path) => {
                let key = files.iter().find(|file| file.kind() == FileKind::Key && file.path() == path);
                key.and_then(TrustFile::signer).is_some_and(|signer| fact.signer.as_deref() == Some(signer))
            }
            Who::Keyless(wanted) => by.is_some_and(|by| wanted.is(by)),
            Who::Certificate(wanted) => by.is_some_and(|by| wanted.is(by)),
        }
    }

    /// Whether it can accept anybody: a key that was not read cannot.
    pub(crate) fn is_ready(&self, files: &[TrustFile]) -> bool {
        let read = |path: &str| files.iter().any(|file| file.path() == path && file.text().is_some());
        match &self.who {
            Who::Key(path) => read(path),
            Who::Keyless(wanted) => {
                BUILT_IN_ROOTS.contains(&wanted.trust_root.as_str()) || read(&wanted.trust_root)
            }
            Who::Certificate(wanted) => read(&wanted.roots),
        }
    }

    /// For messages: what the policy file says of them.
    pub(crate) fn shown(&self) -> String {
        match &self.who {
            Who::Key(path) => path.clone(),
            Who::Keyless(wanted) => {
                let claims = wanted.claims.iter().map(|(_, text)| text);
                let names: Vec<&str> = wanted.identity.iter().chain(claims).map(Text::shown).collect();
                format!("{} of {}", names.join(", "), wanted.issuer.shown())
            }
            Who::Certificate(wanted) => {
                let names: Vec<&str> = wanted.subject.iter().chain(&wanted.san).map(Text::shown).collect();
                format!("{} under {}", names.join(", "), wanted.roots)
            }
        }
    }

    /// The built-in Sigstore instance it needs, when it is one.
    pub(crate) fn built_in_root(&self) -> Option<&str> {
        match &self.who {
            Who::Keyless(wanted) => BUILT_IN_ROOTS.into_iter().find(|name| *name == wanted.trust_root),
            Who::Key(_) | Who::Certificate(_) => None,
        }
    }
}

/// The last moment by which the signature was made: the earliest that a trusted clock proves, else now.
fn made_by(fact: &SignatureFact, now: Timestamp) -> Timestamp {
    let times = fact.by.as_ref().map(|by| by.times.as_slice()).unwrap_or_default();
    times.iter().map(|time| time.at).min().unwrap_or(now)
}

impl Keyless {
    fn is(&self, by: &Signer) -> bool {
        let claim = |name: &str| by.claims.get(name).map(String::as_str).unwrap_or_default();
        by.kind == SignerKind::Keyless
            && by.trust_root.as_deref() == Some(self.trust_root.as_str())
            && by.issuer.as_deref().is_some_and(|issuer| self.issuer.matches(issuer))
            && self.identity.as_ref().is_none_or(|identity| identity.matches(&by.name))
            && self.claims.iter().all(|(name, wanted)| wanted.matches(claim(name)))
    }
}

impl Certificate {
    fn is(&self, by: &Signer) -> bool {
        let has = |wanted: &Text| by.alternative_names.iter().any(|name| wanted.matches(name));
        by.kind == SignerKind::Certificate
            && by.trust_root.as_deref() == Some(self.roots.as_str())
            && self.subject.as_ref().is_none_or(|subject| subject.matches(&by.name))
            && self.san.as_ref().is_none_or(has)
            && self.usage.as_ref().is_none_or(|usage| by.usages.contains(usage))
    }
}

/// What parsing one authority needs.
struct Parts<'p, 'f> {
    place: &'p Place<'p>,
    at: usize,
    files: &'f mut Vec<TrustFile>,
}

impl Parts<'_, '_> {
    fn file(&mut self, kind: FileKind, path: Option<&Spanned<String>>) -> Result<String, PolicyError> {
        let missing = || self.place.error(self.at, Problem::Empty { key: "path" }, Some("name a PEM file"));
        let path = path.ok_or_else(missing)?;
        if path.get_ref().is_empty() {
            return Err(self.place.error(path.span().start, Problem::Empty { key: "path" }, None));
        }
        let known = self.files.iter().any(|file| file.kind() == kind && file.path() == path.get_ref());
        if !known {
            self.files.push(TrustFile::new(kind, path.get_ref(), self.place.line(path.span().start)));
        }
        Ok(path.get_ref().clone())
    }

    /// Exact text, or a pattern over all of it; never both.
    fn text(&self, key: &'static str, exact: &Wanted, pattern: &Wanted) -> Result<Option<Text>, PolicyError> {
        match (exact, pattern) {
            (Some(_), Some(both)) => {
                let value = both.get_ref().clone();
                let problem = Problem::Value { key, value, fault: "stands beside a pattern for the same" };
                Err(self.place.error(both.span().start, problem, Some("write one of them")))
            }
            (Some(exact), None) if exact.get_ref().is_empty() => {
                Err(self.place.error(exact.span().start, Problem::Empty { key }, None))
            }
            (Some(exact), None) => Ok(Some(Text::Exact(exact.get_ref().clone()))),
            (None, Some(pattern)) => self.pattern(key, pattern).map(Some),
            (None, None) => Ok(None),
        }
    }

    fn pattern(&self, key: &'static str, written: &Spanned<String>) -> Result<Text, PolicyError> {
        let anchored = format!("^(?:{})$", written.get_ref());
        let compiled = regex::RegexBuilder::new(&anchored).size_limit(MAX_REGEX).build();
        let fits = compiled.ok().filter(|pattern| !pattern.is_match(""));
        fits.map(Text::Pattern).ok_or_else(|| {
            let value = written.get_ref().clone();
            let fault = "is no pattern, is too large, or matches no name at all";
            let problem = Problem::Value { key, value, fault };
            self.place.error(written.span().start, problem, Some("it is matched against the whole text"))
        })
    }

    fn needs(&self, key: &'static str, hint: &str) -> PolicyError {
        self.place.error(self.at, Problem::Empty { key }, Some(hint))
    }
}

fn keyless(table: &AuthorityTable, parts: &mut Parts<'_, '_>) -> Result<Keyless, PolicyError> {
    let issuer = parts.text("issuer", &table.issuer, &table.issuer_regex)?;
    let issuer =
        issuer.ok_or_else(|| parts.needs("issuer", "an identity is one only with who vouches for it"))?;
    let identity = parts.text("identity", &table.identity, &table.identity_regex)?;
    let mut claims = Vec::new();
    for (name, wanted) in
        [("repository", &table.repository), ("workflow", &table.workflow), ("ref", &table.git_ref)]
    {
        claims.extend(parts.text(name, wanted, &None)?.map(|text| (name, text)));
    }
    let names_somebody = identity.is_some() || claims.iter().any(|(name, _)| *name != "ref");
    if !names_somebody {
        return Err(parts.needs("identity", "name who may sign: identity, repository or workflow"));
    }
    let trust_root = match &table.trust_root {
        None => "public-good".to_owned(),
        Some(name) if BUILT_IN_ROOTS.contains(&name.get_ref().as_str()) => name.get_ref().clone(),
        path => parts.file(FileKind::SigstoreRoot, path.as_ref())?,
    };
    Ok(Keyless { trust_root, issuer, identity, claims })
}

fn certificate(table: &AuthorityTable, parts: &mut Parts<'_, '_>) -> Result<Certificate, PolicyError> {
    let roots = parts.file(FileKind::CertificateRoots, table.path.as_ref())?;
    let subject = parts.text("subject", &table.subject, &table.subject_regex)?;
    let san = parts.text("san", &table.san, &None)?;
    if subject.is_none() && san.is_none() {
        return Err(parts.needs("subject", "name who may sign: subject, subject-regex or san"));
    }
    let usage = table.usage.as_ref().map(|usage| usage.get_ref().clone());
    Ok(Certificate { roots, subject, san, usage })
}

/// Refuses keys that say nothing about this kind: whoever wrote one believes that it is demanded.
fn foreign(table: &AuthorityTable, place: &Place<'_>) -> Result<(), PolicyError> {
    let of_keyless = [
        ("issuer", &table.issuer),
        ("issuer-regex", &table.issuer_regex),
        ("identity", &table.identity),
        ("identity-regex", &table.identity_regex),
        ("repository", &table.repository),
        ("workflow", &table.workflow),
        ("ref", &table.git_ref),
        ("trust-root", &table.trust_root),
    ];
    let of_certificate = [
        ("subject", &table.subject),
        ("subject-regex", &table.subject_regex),
        ("san", &table.san),
        ("usage", &table.usage),
    ];
    let path = [("path", &table.path)];
    let foreign: Vec<_> = match *table.kind.get_ref() {
        AuthorityKind::Key => of_keyless.into_iter().chain(of_certificate).collect(),
        AuthorityKind::Keyless => of_certificate.into_iter().chain(path).collect(),
        AuthorityKind::Certificate => of_keyless.into_iter().collect(),
    };
    let written = foreign.into_iter().find_map(|(key, value)| Some((key, value.as_ref()?)));
    let Some((key, value)) = written else { return Ok(()) };
    let problem =
        Problem::Value { key, value: value.get_ref().clone(), fault: "says nothing about this kind" };
    Err(place.error(value.span().start, problem, None))
}

/// A moment with its offset from UTC.
pub(crate) fn moment(
    written: &Spanned<toml::value::Datetime>,
    place: &Place<'_>,
) -> Result<Timestamp, PolicyError> {
    let text = written.get_ref().to_string();
    let parsed = text.parse::<jiff::Timestamp>();
    parsed.map(|at| Timestamp::from_millis(at.as_millisecond())).map_err(|_| {
        let fault = "is no moment with an offset";
        let problem = Problem::Value { key: "not-after", value: text, fault };
        place.error(written.span().start, problem, Some("write 2027-01-01T00:00:00Z"))
    })
}
