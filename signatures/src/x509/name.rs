//! Identities of certificates, as Notary Project trust policies write them.
//!
//! Source: Notary Project `trust-store-trust-policy.md`, "Trusted Identities Constraints": `x509.subject: C=…, ST=…, O=…`
//! names attributes that the subject must have. Country, state and organisation are required; each name stands once.

use std::collections::BTreeMap;
use std::str::FromStr;

use x509_cert::der::asn1::{
    Ia5StringRef, ObjectIdentifier, PrintableStringRef, TeletexStringRef, Utf8StringRef,
};
use x509_cert::name::{Name, RdnSequence};

use super::Certificate;

/// Attributes that an identity must name: country, state, organisation.
const REQUIRED: [ObjectIdentifier; 3] = [
    ObjectIdentifier::new_unwrap("2.5.4.6"),
    ObjectIdentifier::new_unwrap("2.5.4.8"),
    ObjectIdentifier::new_unwrap("2.5.4.10"),
];

/// Who may have signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Identity {
    /// Whoever has a certificate of a trusted authority. Only right where the authority serves one publisher.
    Any,
    /// A subject with these attributes.
    Subject(Vec<(ObjectIdentifier, String)>),
}

/// Why a text is no identity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum IdentityError {
    /// Neither `*` nor `x509.subject:` and a name.
    #[error("expected \"*\" or \"x509.subject: C=…, ST=…, O=…\"")]
    Kind,
    /// The name is malformed.
    #[error("malformed distinguished name")]
    Name,
    /// An attribute stands twice.
    #[error("an attribute stands twice")]
    Twice,
    /// Country, state or organisation is missing.
    #[error("C, ST and O are required")]
    Required,
}

impl FromStr for Identity {
    type Err = IdentityError;

    fn from_str(text: &str) -> Result<Self, IdentityError> {
        if text == "*" {
            return Ok(Self::Any);
        }
        let name = text.strip_prefix("x509.subject:").ok_or(IdentityError::Kind)?;
        let parts: Vec<_> = split_unescaped(name).into_iter().map(alias).collect();
        let name: Name = RdnSequence::from_str(&parts.join(",")).map_err(|_| IdentityError::Name)?;
        let attributes = attributes(&name).ok_or(IdentityError::Name)?;
        if attributes.values().any(|values| values.len() != 1) {
            return Err(IdentityError::Twice);
        }
        if !REQUIRED.iter().all(|required| attributes.contains_key(required)) {
            return Err(IdentityError::Required);
        }
        Ok(Self::Subject(attributes.into_iter().flat_map(each).collect()))
    }
}

fn each(
    (attribute, values): (ObjectIdentifier, Vec<String>),
) -> impl Iterator<Item = (ObjectIdentifier, String)> {
    values.into_iter().map(move |value| (attribute, value))
}

impl Identity {
    /// Whether a certificate's subject has all the attributes, each exactly once.
    #[must_use]
    pub fn matches(&self, certificate: &Certificate) -> bool {
        match self {
            Self::Any => true,
            Self::Subject(wanted) => attributes(certificate.names()).is_some_and(|attributes| {
                wanted.iter().all(|(attribute, value)| {
                    attributes.get(attribute).is_some_and(|values| values.as_slice() == [value.as_str()])
                })
            }),
        }
    }
}

/// All values of each attribute; nothing where one is no text.
fn attributes(name: &Name) -> Option<BTreeMap<ObjectIdentifier, Vec<String>>> {
    let mut attributes: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for attribute in name.0.iter().flat_map(|relative| relative.0.iter()) {
        let value = &attribute.value;
        let utf8 = value.decode_as::<Utf8StringRef<'_>>().map(|text| text.as_str().to_owned());
        let text = utf8
            .or_else(|_| value.decode_as::<PrintableStringRef<'_>>().map(|text| text.as_str().to_owned()))
            .or_else(|_| value.decode_as::<Ia5StringRef<'_>>().map(|text| text.as_str().to_owned()))
            .or_else(|_| value.decode_as::<TeletexStringRef<'_>>().map(|text| text.as_str().to_owned()))
            .ok()?;
        attributes.entry(attribute.oid).or_default().push(text);
    }
    Some(attributes)
}

/// The parts between commas without a backslash in front, trimmed.
fn split_unescaped(name: &str) -> Vec<String> {
    let mut parts = vec![String::new()];
    let mut escaped = false;
    for character in name.chars() {
        if character == ',' && !escaped {
            parts.push(String::new());
            continue;
        }
        escaped = character == '\\' && !escaped;
        if let Some(part) = parts.last_mut() {
            part.push(character);
        }
    }
    parts.iter().map(|part| part.trim().to_owned()).collect()
}

/// Notation also writes `S` for the state.
fn alias(part: String) -> String {
    match part.strip_prefix("S=") {
        Some(value) => format!("ST={value}"),
        None => part,
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{Authority, subject};
    use super::*;

    #[test]
    fn identities_name_the_required_attributes_once() {
        assert_eq!("*".parse(), Ok(Identity::Any));
        assert!("x509.subject: C=US, ST=WA, O=wabbit, CN=x".parse::<Identity>().is_ok());
        for (text, error) in [
            ("CN=x", IdentityError::Kind),
            ("x509.subject: C=US, ST=WA", IdentityError::Required),
            ("x509.subject: C=US, ST=WA, O=a, O=b", IdentityError::Twice),
            ("x509.subject: nonsense", IdentityError::Name),
            ("x509.subject:", IdentityError::Name),
        ] {
            assert_eq!(text.parse::<Identity>(), Err(error), "{text}");
        }
    }

    #[test]
    fn a_subject_matches_only_with_every_attribute_once() {
        let authority = Authority::new("root");
        let leaf = |names: &[(&str, &str)]| {
            let (der, _) = authority.leaf(|params| params.distinguished_name = subject(names));
            Certificate::from_der(&der).unwrap()
        };
        let identity: Identity = "x509.subject: C=US, ST=WA, O=wabbit\\, inc".parse().unwrap();
        let good = [("C", "US"), ("ST", "WA"), ("O", "wabbit, inc"), ("CN", "x")];
        assert!(identity.matches(&leaf(&good)));
        assert!(!identity.matches(&leaf(&good[..2])));
        assert!(!identity.matches(&leaf(&[("C", "US"), ("ST", "WA"), ("O", "wabbit, inc."), ("CN", "x")])));
        assert!(Identity::Any.matches(&leaf(&[])));
    }
}
