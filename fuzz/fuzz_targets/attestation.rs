//! Attestations, cosign documents, detached signatures and git objects that nobody made are never verified.
//! The first byte picks the reader.
#![no_main]

use std::collections::BTreeMap;

use assay_core::{Sha256, Timestamp};
use assay_signatures::git::{self, SignedObject};
use assay_signatures::intoto::Statement;
use assay_signatures::minisign::{self, Legacy, MinisignKey};
use assay_signatures::openpgp::{self, OpenPgpCertificate};
use assay_signatures::ssh::{self, AllowedSigners};
use assay_signatures::x509::{Certificate, RevocationList};
use assay_signatures::{Attestation, Outcome, cosign};

const NOW: Timestamp = Timestamp::from_millis(1_793_491_200_000);
const SUBJECT: Sha256 = Sha256::new([0; 32]);
const KEY: &str = "-----BEGIN PUBLIC KEY-----\nMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEGKSdQNu2OQkYZDnwjPD1FbJhOJ1s\nt4RBO0oTGfGlEa4Y0bi36hspIgGwPWgdZcNBApLgcBHgWC8cutJ8P6jPNg==\n-----END PUBLIC KEY-----\n";
const MINISIGN: &str = "RWQf6LRCGA9i53mlYecO4IzT51TGPpvWucNSCh1CBM0QTaLn73Y7GFO3";

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let Some((pick, bytes)) = data.split_first() else { return };
    let keys = [KEY.to_owned()];
    let wanted = cosign::Wanted { subject: SUBJECT, keys: &keys };
    let text = String::from_utf8_lossy(bytes);
    let mut content: &[u8] = b"content";
    let outcome = match pick % 11 {
        0 => Attestation::verify(bytes, SUBJECT, &keys).outcome,
        1 => cosign::verify_bundle(bytes, &wanted).outcome,
        2 => {
            let annotations = BTreeMap::from([(cosign::SIGNATURE_ANNOTATION.to_owned(), "MEUC".to_owned())]);
            cosign::verify_signature(bytes, &annotations, &wanted)
        }
        3 => {
            let annotations = BTreeMap::from([(cosign::SIGNATURE_ANNOTATION.to_owned(), text.into_owned())]);
            cosign::verify_signature(b"{}", &annotations, &wanted)
        }
        4 => {
            let key = MinisignKey::read(MINISIGN).expect("a constant");
            minisign::verify(bytes, &mut content, &[key], Legacy::Verify)
        }
        5 => {
            let signers = AllowedSigners::default();
            ssh::verify(bytes, &mut content, &ssh::Wanted { signers: &signers, namespace: "file", now: NOW })
        }
        6 => openpgp::verify(bytes, &mut content, &[], NOW),
        kind @ (7 | 8) => {
            let kind = if kind == 7 { git::Kind::Commit } else { git::Kind::Tag };
            let trust = git::Trust { certificates: &[], signers: &AllowedSigners::default(), now: NOW };
            let Ok(Some(object)) = SignedObject::read(kind, bytes) else { return };
            object.verify(&trust)
        }
        9 => {
            let _statement = Statement::read(bytes);
            return;
        }
        _ => {
            let _read = (
                Certificate::from_der(bytes),
                RevocationList::from_der(bytes),
                AllowedSigners::read(&text),
                OpenPgpCertificate::read(&text),
            );
            return;
        }
    };
    assert!(!matches!(outcome, Outcome::Verified(_)), "{outcome:?}");
});
