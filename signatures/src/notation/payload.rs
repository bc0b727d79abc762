//! The payload: the descriptor of what is signed.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::Target;
use crate::fault::Fault;
use crate::json::strict;

/// The most annotations that are kept.
const MAX_ANNOTATIONS: usize = 256;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Payload {
    target_artifact: Descriptor,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Descriptor {
    media_type: String,
    digest: String,
    size: u64,
    #[serde(default)]
    annotations: BTreeMap<String, String>,
}

/// Whether the payload describes the target; its annotations, which are claims of the signer.
pub(super) fn check(payload: &[u8], target: &Target<'_>) -> Result<BTreeMap<String, String>, Fault> {
    let Payload { target_artifact: signed } = strict(payload, "payload")?;
    if signed.digest != format!("sha256:{}", target.digest) {
        return Err(Fault::OtherSubject { found: signed.digest });
    }
    if signed.size != target.size || signed.media_type != target.media_type {
        let found = format!("{} of {} bytes", signed.media_type, signed.size);
        return Err(Fault::OtherSubject { found });
    }
    if signed.annotations.len() > MAX_ANNOTATIONS {
        return Err(Fault::TooMany { part: "annotations", max: MAX_ANNOTATIONS });
    }
    Ok(signed.annotations)
}
