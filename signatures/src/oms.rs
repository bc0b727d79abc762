//! What one `OpenSSF` Model Signing signature proves.
//!
//! Source: `OpenSSF` Model Signing specification v1.0 and its `VERSIONING.md`.

use assay_core::wire::worker::{SignatureCheck, WantedDigest};
use assay_core::{
    DigestKind, FileCoverage, Legacy, SignatureFact, SignatureState, Signer, SignerKind, Trust,
};

use crate::bundle::{Bundle, KeyHint, Material};
use crate::certificate::Chain;
use crate::coverage::coverage;
use crate::key::PublicKey;
use crate::legacy;
use crate::manifest::{Manifest, Version};
use crate::refusal::Refusal;
use crate::sigstore;

/// Checks one signature over files that were already hashed.
///
/// Whose proofs count is in the request; what the bundle says about its own key is unsigned and never trusted. The
/// signer is named only when the signature verified. Files have their own standing even then: a verified signature over
/// a folder in which a file changed is still a verified signature.
#[must_use]
pub fn verify_oms(signature: &[u8], request: &SignatureCheck) -> SignatureFact {
    let (method, bundle) = Bundle::read(signature);
    match bundle.and_then(|bundle| check(signature, &bundle, request)) {
        Ok((by, coverage)) => {
            let trusted = by.as_ref().filter(|by| by.trust_root.is_some());
            SignatureFact {
                method: method.name().to_owned(),
                file: request.name.clone(),
                state: trusted.map_or(SignatureState::UntrustedSigner, |_| SignatureState::Verified),
                signer: trusted.map(short),
                by: by.map(Box::new),
                coverage,
            }
        }
        Err(refusal) => SignatureFact::invalid(method.name(), &request.name, refusal.to_string()),
    }
}

/// Which digests a signature lists besides SHA-256 of whole files. Nothing of it is believed: it only says what to take
/// while files are read.
#[must_use]
pub fn wanted_digests(signature: &[u8]) -> Vec<WantedDigest> {
    let (_, bundle) = Bundle::read(signature);
    let manifest = bundle.and_then(|bundle| Manifest::read(&bundle.payload, Legacy::Accept));
    let Ok(manifest) = manifest else { return Vec::new() };
    if manifest.kind == DigestKind::SHA256 {
        return Vec::new();
    }
    let name = |name: String| WantedDigest { name: (name != ".").then_some(name), kind: manifest.kind };
    manifest.resources.into_keys().map(name).collect()
}

/// The name of a signer in one word.
pub(crate) fn short(by: &Signer) -> String {
    match by.kind {
        SignerKind::Key => by.name.clone(),
        SignerKind::Certificate => format!("certificate:{}", by.name),
        SignerKind::Keyless => format!("keyless:{}", by.name),
    }
}

/// Who signed, as far as that is known, and each file's standing.
fn check(
    text: &[u8],
    bundle: &Bundle,
    request: &SignatureCheck,
) -> Result<(Option<Signer>, Vec<FileCoverage>), Refusal> {
    let manifest = Manifest::read(&bundle.payload, request.trust.legacy)?;
    let by = match &bundle.material {
        Material::Key(hint) => by_key(bundle, hint, manifest.version, &request.trust)?,
        Material::Certificate(chain) => {
            Some(by_certificate(bundle, chain, manifest.version, &request.trust)?)
        }
        Material::Keyless => Some(keyless(text, bundle, &manifest, &request.trust)?),
    };
    Ok((by, coverage(&manifest, &request.files)))
}

/// Which trusted key signed it. A signature that names a key and does not match it is broken, not a stranger's.
fn by_key(
    bundle: &Bundle,
    hint: &KeyHint,
    version: Version,
    trust: &Trust,
) -> Result<Option<Signer>, Refusal> {
    let verifies = |key: &PublicKey| {
        key.verifies(&bundle.signed_bytes(), &bundle.signature)
            || (version == Version::V0
                && key.verifies(&legacy::signed_bytes(&bundle.payload), &bundle.signature))
    };
    let mut named = false;
    for pem in &trust.keys {
        let Ok(key) = PublicKey::from_pem(pem) else { continue };
        if verifies(&key) {
            return Ok(Some(holder(&key, Some("key"))));
        }
        named |= hint.names(pem, key.der());
    }
    let own = hint.raw_key().and_then(|der| PublicKey::from_der(der).ok());
    match own {
        Some(key) if verifies(&key) && !named => Ok(Some(holder(&key, None))),
        None if !named => Ok(None),
        Some(_) | None => Err(Refusal::BadSignature),
    }
}

fn holder(key: &PublicKey, trust_root: Option<&str>) -> Signer {
    Signer {
        kind: SignerKind::Key,
        name: key.signer(),
        issuer: None,
        fingerprint: key.fingerprint(),
        alternative_names: Vec::new(),
        usages: Vec::new(),
        claims: std::collections::BTreeMap::new(),
        valid: None,
        times: Vec::new(),
        trust_root: trust_root.map(str::to_owned),
    }
}

/// Whom the certificate names. It must have made the signature, whether or not anybody vouches for it.
fn by_certificate(
    bundle: &Bundle,
    chain: &[Vec<u8>],
    version: Version,
    trust: &Trust,
) -> Result<Signer, Refusal> {
    let chain = Chain::read(chain)?;
    let legacy = || chain.key().verifies_legacy(&legacy::signed_bytes(&bundle.payload), &bundle.signature);
    let verifies = chain.key().verifies(&bundle.signed_bytes(), &bundle.signature)
        || (version == Version::V0 && legacy());
    let times = sigstore::timestamps(&bundle.timestamps, &bundle.signature, &trust.sigstore_roots)?;
    let signer = chain.signer(trust, times)?;
    if verifies { Ok(signer) } else { Err(Refusal::BadSignature) }
}

/// Whom Sigstore names. The log knows the model by its root digest, which was computed from the manifest.
fn keyless(text: &[u8], bundle: &Bundle, manifest: &Manifest, trust: &Trust) -> Result<Signer, Refusal> {
    let malformed = |fault: &str| Refusal::Malformed { part: "bundle", fault: fault.to_owned() };
    let text = std::str::from_utf8(text).map_err(|_| malformed("it is not UTF-8"))?;
    let subject = manifest.subject.ok_or(Refusal::Unsupported("a keyless v0.2 signature"))?;
    sigstore::prove(text, &bundle.payload, subject, trust)
}

#[cfg(test)]
mod tests {
    use assay_core::wire::worker::HashedFile;
    use assay_core::{FileState, Sha256, Timestamp};
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;
    use serde_json::{Value, json};
    use sha2::{Digest as _, Sha256 as Hasher};

    use super::*;
    use crate::bundle::pre_authentication_encoding;
    use crate::key::tests::Signer;

    const IN_TOTO: &str = "application/vnd.in-toto+json";

    fn digest(content: &str) -> Sha256 {
        Sha256::new(Hasher::digest(content).into())
    }

    /// A statement over two files, each holding its own name.
    fn statement() -> Value {
        statement_over(&["a.safetensors", "sub/b.json"])
    }

    fn statement_over(names: &[&str]) -> Value {
        let resources: Vec<Value> = names
            .iter()
            .map(|name| json!({"name": name, "algorithm": "sha256", "digest": digest(name).to_string()}))
            .collect();
        let mut statement = json!({
            "_type": "https://in-toto.io/Statement/v1",
            "subject": [{"name": "model", "digest": {}}],
            "predicateType": "https://model_signing/signature/v1.0",
            "predicate": {
                "serialization": {
                    "method": "files", "hash_type": "sha256", "allow_symlinks": false, "ignore_paths": [".git"]
                },
                "resources": resources,
            },
        });
        reroot(&mut statement);
        statement
    }

    /// Makes the subject's digest that of the resources, as a signer would.
    fn reroot(statement: &mut Value) {
        let mut root = Hasher::new();
        for resource in statement["predicate"]["resources"].as_array().unwrap() {
            root.update(hex::decode(resource["digest"].as_str().unwrap()).unwrap_or_default());
        }
        let root = Sha256::new(root.finalize().into());
        statement["subject"][0]["digest"]["sha256"] = json!(root.to_string());
    }

    fn bundle(signer: &Signer, payload: &[u8]) -> Value {
        let signature = signer.sign(&pre_authentication_encoding(IN_TOTO, payload));
        json!({
            "mediaType": "application/vnd.dev.sigstore.bundle.v0.3+json",
            "verificationMaterial": {
                "publicKey": {"hint": hex::encode(Hasher::digest(signer.pem()))}, "tlogEntries": []
            },
            "dsseEnvelope": {
                "payload": STANDARD.encode(payload),
                "payloadType": IN_TOTO,
                "signatures": [{"sig": STANDARD.encode(signature), "keyid": ""}],
            },
        })
    }

    fn request(signer: &Signer) -> SignatureCheck {
        let file = |name: &str| HashedFile {
            name: name.to_owned(),
            size: 1,
            sha256: digest(name),
            digests: Vec::new(),
        };
        SignatureCheck {
            name: "model.sig".to_owned(),
            files: vec![file("a.safetensors"), file("sub/b.json")],
            trust: Trust { keys: vec![signer.pem()], ..Trust::nobody(Timestamp::from_millis(0)) },
        }
    }

    fn checked(signer: &Signer, bundle: &Value) -> SignatureFact {
        verify_oms(bundle.to_string().as_bytes(), &request(signer))
    }

    /// Signs the changed statement well, so that only the change can be refused.
    fn reason_for(change: impl FnOnce(&mut Value)) -> String {
        let signer = Signer::p256();
        let mut changed = statement();
        change(&mut changed);
        reason(&checked(&signer, &bundle(&signer, changed.to_string().as_bytes())))
    }

    fn reason(fact: &SignatureFact) -> String {
        assert_eq!(fact.signer, None);
        match &fact.state {
            SignatureState::Invalid { reason } => {
                assert_eq!(fact.coverage, []);
                reason.clone()
            }
            SignatureState::UntrustedSigner => "untrusted".to_owned(),
            SignatureState::Verified => "verified".to_owned(),
        }
    }

    fn good(fact: &SignatureFact) -> bool {
        fact.state == SignatureState::Verified
            && fact.signer.is_some()
            && fact.coverage.iter().all(|entry| entry.state == FileState::Verified)
    }

    #[test]
    fn a_folder_signed_with_each_kind_of_key_verifies() {
        for signer in Signer::of_each_kind() {
            let fact = checked(&signer, &bundle(&signer, statement().to_string().as_bytes()));
            assert!(good(&fact), "{fact:?}");
            assert_eq!((fact.method.as_str(), fact.file.as_str()), ("oms-key", "model.sig"));
            assert_eq!(fact.signer, crate::signer_of(&signer.pem()).ok());
            assert_eq!(fact.coverage.len(), 2);
        }
    }

    #[test]
    fn a_changed_file_leaves_the_signature_verified_and_the_file_changed() {
        let signer = Signer::p256();
        let mut request = request(&signer);
        request.files[0].sha256 = digest("other");
        let signature = bundle(&signer, statement().to_string().as_bytes()).to_string();
        let fact = verify_oms(signature.as_bytes(), &request);
        assert_eq!(fact.state, SignatureState::Verified);
        let states: Vec<_> = fact.coverage.iter().map(|entry| entry.state).collect();
        assert_eq!(states, [FileState::Changed, FileState::Verified]);
    }

    #[test]
    fn a_strangers_signature_names_nobody_and_still_shows_what_it_covers() {
        let (signer, stranger) = (Signer::p256(), Signer::p256());
        let mut signed = bundle(&stranger, statement().to_string().as_bytes());
        let fact = checked(&signer, &signed);
        assert_eq!(
            (fact.state, fact.signer, fact.coverage.len()),
            (SignatureState::UntrustedSigner, None, 2)
        );
        // The key inside the bundle is whatever the attacker likes.
        signed["verificationMaterial"]["publicKey"] = json!({"rawBytes": STANDARD.encode(stranger.der())});
        let fact = checked(&signer, &signed);
        assert_eq!((fact.state, fact.signer), (SignatureState::UntrustedSigner, None));
        // It is shown, as a claim.
        let by = fact.by.unwrap();
        assert_eq!((by.name, by.trust_root), (crate::signer_of(&stranger.pem()).unwrap(), None));
    }

    #[test]
    fn a_signature_that_does_not_match_the_key_it_names_is_broken() {
        let signer = Signer::p256();
        let stranger = Signer::p256();
        for material in [
            json!({"hint": hex::encode(Hasher::digest(signer.pem()))}),
            json!({"rawBytes": STANDARD.encode(signer.der())}),
        ] {
            let mut signed = bundle(&stranger, statement().to_string().as_bytes());
            signed["verificationMaterial"]["publicKey"] = material;
            assert_eq!(reason(&checked(&signer, &signed)), Refusal::BadSignature.to_string());
        }
    }

    #[test]
    fn a_hint_is_advisory() {
        let signer = Signer::p256();
        for material in [json!({}), json!({"hint": ""}), json!({"hint": "00"}), json!({"rawBytes": "!"})] {
            let mut signed = bundle(&signer, statement().to_string().as_bytes());
            signed["verificationMaterial"]["publicKey"] = material;
            assert!(good(&checked(&signer, &signed)));
        }
    }

    #[test]
    fn without_a_trusted_key_nothing_is_verified() {
        let signer = Signer::p256();
        let mut request = request(&signer);
        for keys in [vec![], vec!["no key".to_owned()]] {
            request.trust.keys = keys;
            let signature = bundle(&signer, statement().to_string().as_bytes()).to_string();
            assert_eq!(verify_oms(signature.as_bytes(), &request).state, SignatureState::UntrustedSigner);
        }
    }

    #[test]
    fn what_readers_may_disagree_about_is_accepted_where_it_is_harmless() {
        let signer = Signer::p256();
        let changes: [fn(&mut Value); 6] = [
            |s| s["predicateType"] = json!("https://model_signing/signature/v1.1"),
            |s| s["subject"][0]["name"] = json!("another"),
            |s| s["subject"][0]["digest"]["sha512"] = json!("00"),
            |s| s["predicate"]["resources"][0]["mode"] = json!(420),
            |s| {
                s["predicate"]["resources"].as_array_mut().unwrap().reverse();
                reroot(s);
            },
            |s| {
                s["predicate"]["serialization"].as_object_mut().unwrap().remove("ignore_paths");
            },
        ];
        for (number, change) in changes.into_iter().enumerate() {
            let mut changed = statement();
            change(&mut changed);
            let fact = checked(&signer, &bundle(&signer, changed.to_string().as_bytes()));
            assert!(good(&fact), "{number}: {fact:?}");
        }
    }

    #[test]
    fn a_well_signed_statement_that_breaks_a_rule_is_refused() {
        type Change = fn(&mut Value);
        let changes: [(&str, Change); 12] = [
            ("the statement's type is", |s| s["_type"] = json!("https://in-toto.io/Statement/v0.1")),
            ("the predicate type is", |s| s["predicateType"] = json!("https://slsa.dev/provenance/v1")),
            ("the predicate type is", |s| s["predicateType"] = json!("https://model_signing/signature/v2.0")),
            ("the predicate type is", |s| s["predicateType"] = json!("https://model_signing/signature/v1.")),
            ("unsupported: a v0.2 signature", |s| {
                s["predicateType"] = json!("https://model_signing/Digests/v0.1")
            }),
            ("0 subjects", |s| s["subject"] = json!([])),
            ("2 subjects", |s| s["subject"] = json!([s["subject"][0], s["subject"][0]])),
            ("the subject's digest", |s| s["subject"][0]["digest"]["sha256"] = json!("00")),
            ("the subject's digest", |s| {
                s["predicate"]["resources"].as_array_mut().unwrap().reverse();
            }),
            ("the manifest lists nothing", |s| {
                s["predicate"]["resources"] = json!([]);
                reroot(s);
            }),
            ("is malformed", |s| s["predicate"]["serialization"]["allow_symlinks"] = json!("false")),
            ("is malformed", |s| s["predicate"]["resources"] = json!({})),
        ];
        for (says, change) in changes {
            let reason = reason_for(change);
            assert!(reason.contains(says), "{says}: {reason}");
        }
    }

    #[test]
    fn unknown_serializations_are_refused() {
        for (key, value, says) in [
            ("method", "dfs", "the serialization method is \"dfs\""),
            ("method", "shards", "the shard size is malformed"),
            ("hash_type", "md5", "the hash type is \"md5\""),
            ("hash_type", "blake2b", "another algorithm"),
            ("hash_type", "blake3", "another algorithm"),
        ] {
            let reason = reason_for(|s| s["predicate"]["serialization"][key] = json!(value));
            assert!(reason.contains(says), "{reason}");
        }
    }

    #[test]
    fn a_digest_of_another_kind_is_asked_for_and_then_counts() {
        let signer = Signer::p256();
        let mut changed = statement_over(&["a"]);
        changed["predicate"]["serialization"]["hash_type"] = json!("blake3");
        changed["predicate"]["resources"][0]["algorithm"] = json!("blake3");
        let signed = bundle(&signer, changed.to_string().as_bytes()).to_string();
        let kind = DigestKind { hash: assay_core::Hash::Blake3, shard: None };
        let wanted = WantedDigest { name: Some("a".to_owned()), kind };
        assert_eq!(wanted_digests(signed.as_bytes()), [wanted]);
        let mut request = request(&signer);
        request.files.truncate(1);
        request.files[0].name = "a".to_owned();
        let without = verify_oms(signed.as_bytes(), &request);
        assert_eq!(without.coverage[0].state, FileState::Unhashed);
        let hex = digest("a").to_string();
        request.files[0].digests = vec![assay_core::ContentDigest { kind, hex }];
        assert!(good(&verify_oms(signed.as_bytes(), &request)));
    }

    #[test]
    fn a_resource_that_is_not_one_safe_name_with_one_digest_is_refused() {
        let good = digest("x").to_string();
        for (key, value, says) in [
            ("name", "", "has no name"),
            ("name", "/etc/passwd", "is absolute"),
            ("name", "../outside.bin", "not a plain relative path"),
            ("name", "sub/../../x", "not a plain relative path"),
            ("name", "./a", "not a plain relative path"),
            ("name", ".", "not a plain relative path"),
            ("name", "sub//b", "not a plain relative path"),
            ("name", "a/", "not a plain relative path"),
            ("name", "a\0.txt", "holds a NUL"),
            ("name", "sub/b.json", "is listed twice"),
            ("algorithm", "blake2b", "another algorithm"),
            ("algorithm", "sha256-sharded-1000", "another algorithm"),
            ("digest", "00", "not 64 hex digits"),
            ("digest", &good.to_uppercase(), "not lower-case hex"),
            ("digest", &format!(" {}", &good[1..]), "not 64 hex digits"),
        ] {
            let reason = reason_for(|s| {
                s["predicate"]["resources"][0][key] = json!(value);
                reroot(s);
            });
            assert!(reason.contains(says), "{key}={value:?}: {reason}");
        }
    }

    #[test]
    fn odd_but_legal_names_verify() {
        for name in ["sub\\b", "new\nline", "\u{e9}", "\u{202e}x", "...", "a b"] {
            let signer = Signer::p256();
            let mut request = request(&signer);
            request.files = vec![HashedFile {
                name: name.to_owned(),
                size: 1,
                sha256: digest(name),
                digests: Vec::new(),
            }];
            let signature = bundle(&signer, statement_over(&[name]).to_string().as_bytes()).to_string();
            assert!(good(&verify_oms(signature.as_bytes(), &request)), "{name:?}");
        }
    }

    #[test]
    fn an_ignored_path_is_plain_and_covers_nothing_listed() {
        for (path, says) in [
            (".", "not a plain relative path"),
            ("..", "not a plain relative path"),
            ("../", "not a plain relative path"),
            ("/tmp", "is absolute"),
            ("", "has no name"),
            ("*", "is a pattern"),
            ("sub", "covers a file that is listed"),
            ("sub/b.json", "covers a file that is listed"),
        ] {
            let reason = reason_for(|s| s["predicate"]["serialization"]["ignore_paths"] = json!([path]));
            assert!(reason.contains(says), "{path}: {reason}");
        }
        // A name that only begins like the path is another name.
        let signer = Signer::p256();
        let mut near = statement();
        near["predicate"]["serialization"]["ignore_paths"] = json!(["su"]);
        assert!(good(&checked(&signer, &bundle(&signer, near.to_string().as_bytes()))));
    }

    #[test]
    fn a_bundle_that_breaks_a_rule_is_refused() {
        type Change = fn(&mut Value);
        let changes: [(&str, Change); 8] = [
            ("media type is", |b| b["mediaType"] = json!("application/json")),
            ("the payload type is", |b| b["dsseEnvelope"]["payloadType"] = json!("text/plain")),
            ("0 signatures", |b| b["dsseEnvelope"]["signatures"] = json!([])),
            ("2 signatures", |b| {
                let one = b["dsseEnvelope"]["signatures"][0].clone();
                b["dsseEnvelope"]["signatures"] = json!([one, one]);
            }),
            ("does not match", |b| b["dsseEnvelope"]["signatures"][0]["sig"] = json!("")),
            ("the signature is malformed", |b| b["dsseEnvelope"]["signatures"][0]["sig"] = json!("!")),
            ("the payload is malformed", |b| b["dsseEnvelope"]["payload"] = json!("e30")),
            ("no DSSE envelope", |b| {
                b.as_object_mut().unwrap().remove("dsseEnvelope");
            }),
        ];
        let signer = Signer::p256();
        for (says, change) in changes {
            let mut changed = bundle(&signer, statement().to_string().as_bytes());
            change(&mut changed);
            let reason = reason(&checked(&signer, &changed));
            assert!(reason.contains(says), "{says}: {reason}");
        }
    }

    #[test]
    fn a_signature_over_other_bytes_than_the_encoding_is_refused() {
        let signer = Signer::p256();
        let payload = statement().to_string().into_bytes();
        for bytes in [payload.clone(), pre_authentication_encoding("text/plain", &payload)] {
            let mut signed = bundle(&signer, &payload);
            signed["dsseEnvelope"]["signatures"][0]["sig"] = json!(STANDARD.encode(signer.sign(&bytes)));
            assert!(reason(&checked(&signer, &signed)).contains("does not match"));
        }
    }

    #[test]
    fn repeated_keys_and_trailing_bytes_are_refused_wherever_they_stand() {
        let signer = Signer::p256();
        let request = request(&signer);
        let payload = statement().to_string();
        let twice = payload.replacen("\"predicateType\"", "\"subject\":[],\"predicateType\"", 1);
        for payload in [twice, format!("{payload}x"), format!("\u{feff}{payload}")] {
            let fact = checked(&signer, &bundle(&signer, payload.as_bytes()));
            assert!(reason(&fact).contains("the statement is malformed"), "{fact:?}");
        }
        let signed = bundle(&signer, payload.as_bytes()).to_string();
        let twice = signed.replacen("\"payload\"", "\"payload\":\"e30=\",\"payload\"", 1);
        for text in [twice, format!("{signed}x"), String::new(), signed[..signed.len() / 2].to_owned()] {
            let fact = verify_oms(text.as_bytes(), &request);
            assert!(reason(&fact).contains("the bundle is malformed"), "{fact:?}");
        }
    }

    #[test]
    fn more_resources_than_the_limit_are_refused() {
        let one = json!({"name": "a", "algorithm": "sha256", "digest": "00"});
        let reason = reason_for(|s| s["predicate"]["resources"] = json!(vec![one; 200_001]));
        assert!(reason.contains("more than 200000 resources"), "{reason}");
    }

    #[test]
    fn no_cut_of_a_good_signature_verifies() {
        let signer = Signer::p256();
        let request = request(&signer);
        let signed = bundle(&signer, statement().to_string().as_bytes()).to_string();
        for end in 0..signed.len() {
            assert!(!good(&verify_oms(&signed.as_bytes()[..end], &request)), "cut at {end}");
        }
    }

    #[test]
    fn no_flipped_bit_changes_what_a_verified_signature_covers() {
        let signer = Signer::p256();
        let request = request(&signer);
        let mut signed = bundle(&signer, statement().to_string().as_bytes()).to_string().into_bytes();
        let whole = verify_oms(&signed, &request);
        for byte in 0..signed.len() {
            for bit in 0..8 {
                signed[byte] ^= 1 << bit;
                let fact = verify_oms(&signed, &request);
                assert!(fact.state != SignatureState::Verified || fact == whole, "byte {byte} bit {bit}");
                signed[byte] ^= 1 << bit;
            }
        }
    }
}
