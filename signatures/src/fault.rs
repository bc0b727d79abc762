//! Why a signature of a single artifact proves nothing, with the part and the place.

use assay_core::{Timestamp, shown};

/// Why a signature proves nothing. Each variant is one kind of fault; the message says which part is at fault.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// More bytes than are read.
    #[error("the {part} is larger than {max} bytes")]
    TooLarge {
        /// What is too large.
        part: &'static str,
        /// The most that is read.
        max: usize,
    },
    /// More of something than is read.
    #[error("more than {max} {part}")]
    TooMany {
        /// What there are too many of.
        part: &'static str,
        /// The most that are read.
        max: usize,
    },
    /// Not of its format.
    #[error("the {part} is malformed: {}", shown(.fault))]
    Malformed {
        /// What is malformed.
        part: &'static str,
        /// How, with line or offset where the parser tells.
        fault: String,
    },
    /// Well formed, but of a kind that is not verified here.
    #[error("unsupported {part}: {}", shown(.found))]
    Unsupported {
        /// What is of that kind.
        part: &'static str,
        /// The kind.
        found: String,
    },
    /// A value that its format, or what is known about the artifact, does not allow.
    #[error("{part} is \"{}\"", shown(.found))]
    Unexpected {
        /// What has that value.
        part: &'static str,
        /// The value.
        found: String,
    },
    /// The signature is not of these bytes by this key.
    #[error("the signature does not match what it signs")]
    BadSignature,
    /// A good signature of something else.
    #[error("it signs another artifact: {}", shown(.found))]
    OtherSubject {
        /// What it signs.
        found: String,
    },
    /// Its time is over.
    #[error("{part} ended at {}", when(*.at))]
    Ended {
        /// What ended.
        part: &'static str,
        /// When.
        at: Timestamp,
    },
    /// Its time has not come.
    #[error("{part} begins at {}", when(*.at))]
    NotYet {
        /// What begins.
        part: &'static str,
        /// When.
        at: Timestamp,
    },
    /// A certificate that must not sign this.
    #[error("the certificate \"{}\" {fault}", shown(.subject))]
    Certificate {
        /// Its subject.
        subject: String,
        /// What it must not be.
        fault: &'static str,
    },
    /// Signed by somebody for whom no trusted root vouches.
    #[error("it is not proven who signed: {}", shown(.faults))]
    Unproven {
        /// What each root says.
        faults: String,
    },
    /// Taken back by its issuer or by the operator.
    #[error("{} is revoked", shown(.what))]
    Revoked {
        /// What is revoked.
        what: String,
    },
}

impl Fault {
    /// A document that its parser refuses.
    pub(crate) fn malformed(part: &'static str, fault: impl std::fmt::Display) -> Self {
        Self::Malformed { part, fault: fault.to_string() }
    }

    pub(crate) fn unsupported(part: &'static str, found: impl std::fmt::Display) -> Self {
        Self::Unsupported { part, found: found.to_string() }
    }
}

/// Refuses more bytes than `max` before anything reads them.
pub(crate) fn bounded<'b>(bytes: &'b [u8], part: &'static str, max: usize) -> Result<&'b [u8], Fault> {
    if bytes.len() > max { Err(Fault::TooLarge { part, max }) } else { Ok(bytes) }
}

/// The text of a signature that is text.
pub(crate) fn text<'b>(bytes: &'b [u8], part: &'static str) -> Result<&'b str, Fault> {
    std::str::from_utf8(bytes).map_err(|error| Fault::malformed(part, error))
}

/// RFC 3339, or the number where no calendar has it.
fn when(at: Timestamp) -> String {
    let time = jiff::Timestamp::from_millisecond(at.as_millis());
    time.map_or_else(|_| format!("{} ms", at.as_millis()), |time| time.to_string())
}
