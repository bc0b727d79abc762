//! The signer's own certificate: what it is for, when it counts, and whom it names.

use x509_cert::Certificate;
use x509_cert::der::{Decode as _, Encode as _};
use x509_cert::ext::pkix::name::GeneralName;
use x509_cert::ext::pkix::{ExtendedKeyUsage, KeyUsage, SubjectAltName};

use assay_core::{SignedAt, Signer, SignerKind, Timestamp, Validity};

use crate::key::PublicKey;
use crate::refusal::Refusal;

/// `id-kp-codeSigning`.
const CODE_SIGNING: &str = "1.3.6.1.5.5.7.3.3";

/// The most alternative names that are shown; certificates of signers have one.
const MAX_NAMES: usize = 100;

pub(crate) struct Leaf {
    key: PublicKey,
    subject: String,
    issuer: String,
    alternative_names: Vec<String>,
    usages: Vec<String>,
    valid: Validity,
}

impl Leaf {
    pub(crate) fn read(der: &[u8]) -> Result<Self, Refusal> {
        let malformed =
            |error: &dyn std::fmt::Display| Refusal::Certificate(format!("it is malformed: {error}"));
        let certificate = Certificate::from_der(der).map_err(|error| malformed(&error))?;
        let body = &certificate.tbs_certificate;
        let usages = check_usage(&certificate)?;
        let key = body.subject_public_key_info.to_der().map_err(|error| malformed(&error))?;
        let names = body.get::<SubjectAltName>().map_err(|error| malformed(&error))?;
        let names = names.map(|(_, names)| names.0).unwrap_or_default();
        Ok(Self {
            key: PublicKey::from_der(key)
                .map_err(|error| Refusal::Certificate(format!("its key: {error}")))?,
            subject: body.subject.to_string(),
            issuer: body.issuer.to_string(),
            alternative_names: names.iter().filter_map(shown_name).take(MAX_NAMES).collect(),
            usages,
            valid: validity(&certificate),
        })
    }

    pub(crate) const fn key(&self) -> &PublicKey {
        &self.key
    }

    /// Whether the certificate counts at this moment.
    pub(crate) fn check_time(&self, at: Timestamp) -> Result<(), Refusal> {
        let fault = if at < self.valid.not_before {
            "it is not valid yet"
        } else if at > self.valid.not_after {
            "it has expired, and no trusted time stamp proves that the signature is older"
        } else {
            return Ok(());
        };
        Err(Refusal::Certificate(fault.to_owned()))
    }

    /// Who it is about. Nobody vouches for that yet.
    pub(crate) fn signer(&self, times: Vec<SignedAt>) -> Signer {
        Signer {
            kind: SignerKind::Certificate,
            name: self.subject.clone(),
            issuer: Some(self.issuer.clone()),
            fingerprint: self.key.fingerprint(),
            alternative_names: self.alternative_names.clone(),
            usages: self.usages.clone(),
            claims: std::collections::BTreeMap::new(),
            valid: Some(self.valid),
            times,
            trust_root: None,
        }
    }
}

/// When a certificate may be used.
pub(crate) fn validity(certificate: &Certificate) -> Validity {
    let validity = &certificate.tbs_certificate.validity;
    let millis = |time: &x509_cert::time::Time| {
        let millis = time.to_unix_duration().as_millis();
        Timestamp::from_millis(i64::try_from(millis).unwrap_or(i64::MAX))
    };
    Validity { not_before: millis(&validity.not_before), not_after: millis(&validity.not_after) }
}

/// Refuses a certificate that is not for signing: a web server's, an authority's, one for encryption, or one that says
/// nothing. Returns its extended key usages.
fn check_usage(certificate: &Certificate) -> Result<Vec<String>, Refusal> {
    let refused = |fault: &str| Err(Refusal::Certificate(fault.to_owned()));
    let body = &certificate.tbs_certificate;
    let (Ok(usage), Ok(extended)) = (body.get::<KeyUsage>(), body.get::<ExtendedKeyUsage>()) else {
        return refused("its key usage is malformed");
    };
    let usages: Vec<String> =
        extended.iter().flat_map(|(_, extended)| &extended.0).map(ToString::to_string).collect();
    if extended.is_some() && !usages.iter().any(|usage| usage == CODE_SIGNING) {
        return refused("its extended key usage is not code signing");
    }
    match usage {
        Some((_, usage)) if usage.key_cert_sign() => refused("it is an authority's, not a signer's"),
        Some((_, usage)) if !usage.digital_signature() => refused("its key usage is not digital signature"),
        None if extended.is_none() => refused("it does not say that it is for signing"),
        Some(_) | None => Ok(usages),
    }
}

fn shown_name(name: &GeneralName) -> Option<String> {
    match name {
        GeneralName::Rfc822Name(name) => Some(format!("email:{}", name.as_str())),
        GeneralName::DnsName(name) => Some(format!("dns:{}", name.as_str())),
        GeneralName::UniformResourceIdentifier(name) => Some(format!("uri:{}", name.as_str())),
        GeneralName::DirectoryName(name) => Some(format!("dn:{name}")),
        GeneralName::OtherName(_)
        | GeneralName::EdiPartyName(_)
        | GeneralName::IpAddress(_)
        | GeneralName::RegisteredId(_) => None,
    }
}
