//! A Notary Project envelope nobody made is never verified. The first byte picks JWS or COSE.
#![no_main]

use assay_core::{Sha256, Timestamp};
use assay_signatures::Outcome;
use assay_signatures::notation::{Envelope, Target, Trust, verify};
use assay_signatures::x509::Identity;

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let Some((pick, bytes)) = data.split_first() else { return };
    let kind = if pick % 2 == 0 { Envelope::Jws } else { Envelope::Cose };
    let target = Target {
        media_type: "application/vnd.oci.image.manifest.v1+json",
        digest: Sha256::new([0; 32]),
        size: 1,
    };
    let trust = Trust { identities: vec![Identity::Any], ..Trust::default() };
    let outcome = verify(bytes, kind, &target, &trust, Timestamp::from_millis(1_793_491_200_000));
    assert!(!matches!(outcome, Outcome::Verified(_)), "{outcome:?}");
});
