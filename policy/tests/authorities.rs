//! Who may sign: what is proven is matched, and nothing else.
#![cfg(test)]

use std::collections::BTreeMap;

use assay_core::{
    Clock, Coverage, Decision, Evidence, FileCoverage, FileFact, FileState, Sha256, SignatureFact,
    SignatureState, SignedAt, Signer, SignerKind, Source, Timestamp,
};
use assay_policy::Policy;

const ISSUER: &str = "https://token.actions.githubusercontent.com";
const IDENTITY: &str = "https://github.com/acme/models/.github/workflows/sign.yml@refs/heads/main";
const NOW: Timestamp = Timestamp::from_millis(1_800_000_000_000);

fn keyless() -> Signer {
    let claims = [
        ("repository", "https://github.com/acme/models"),
        ("workflow", "https://github.com/acme/models/.github/workflows/sign.yml"),
        ("ref", "refs/heads/main"),
    ];
    Signer {
        kind: SignerKind::Keyless,
        name: IDENTITY.to_owned(),
        issuer: Some(ISSUER.to_owned()),
        fingerprint: Sha256::new([3; 32]),
        alternative_names: vec![format!("uri:{IDENTITY}")],
        usages: Vec::new(),
        claims: claims.map(|(name, value)| (name.to_owned(), value.to_owned())).into(),
        valid: None,
        times: vec![SignedAt { by: Clock::TransparencyLog, at: Timestamp::from_millis(1_700_000_000_000) }],
        trust_root: Some("public-good".to_owned()),
    }
}

fn certificate() -> Signer {
    Signer {
        kind: SignerKind::Certificate,
        name: "CN=Release,O=Acme".to_owned(),
        issuer: Some("CN=Acme Root".to_owned()),
        alternative_names: vec!["email:release@acme.example".to_owned()],
        usages: vec!["1.3.6.1.5.5.7.3.3".to_owned()],
        claims: BTreeMap::new(),
        times: Vec::new(),
        trust_root: Some("root.pem".to_owned()),
        ..keyless()
    }
}

fn fact(file: &str, by: Signer) -> SignatureFact {
    SignatureFact {
        method: "oms".to_owned(),
        file: file.to_owned(),
        state: SignatureState::Verified,
        signer: None,
        by: Some(Box::new(by)),
        coverage: vec![FileCoverage { name: "w".to_owned(), state: FileState::Verified }],
    }
}

fn evidence(signers: Vec<Signer>) -> Evidence {
    let file = |name: &str| FileFact {
        name: name.to_owned(),
        size: 1,
        sha256: Some(Sha256::new([9; 32])),
        formats: Vec::new(),
        coverage: Coverage::Whole,
        findings: Vec::new(),
        claims: Vec::new(),
        digests: Vec::new(),
    };
    let signatures: Vec<_> =
        signers.into_iter().enumerate().map(|(number, by)| fact(&format!("{number}.oms.sig"), by)).collect();
    let mut files: Vec<_> = signatures.iter().map(|fact| file(&fact.file)).collect();
    files.push(file("w"));
    Evidence {
        source: Source::Hf,
        reference: "hf://acme/m@1".to_owned(),
        files,
        signatures,
        sboms: Vec::new(),
    }
}

fn policy(signature: &str, more: &str) -> Policy {
    let text =
        format!("{more}\n[[rule]]\nname = \"r\"\nmatch = [\"hf://acme/**\"]\nsignature = {signature}\n");
    let policy = Policy::parse(&text, "p.toml").unwrap_or_else(|error| panic!("{error}: {text}"));
    let certificates = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    policy.with_files(&[("root.pem".to_owned(), certificates.to_owned())].into()).unwrap()
}

fn accepts(signature: &str, signers: Vec<Signer>) -> bool {
    let verdict = policy(signature, "").decide(&evidence(signers), "0", NOW);
    verdict.decision == Decision::Allow
}

fn one(authority: &str) -> String {
    format!("{{ any-of = [{authority}] }}")
}

#[test]
fn a_keyless_signer_is_accepted_by_each_thing_that_names_them_and_by_nothing_else() {
    let issuer = format!("kind = \"keyless\", issuer = \"{ISSUER}\"");
    for (more, accepted) in [
        (format!("identity = \"{IDENTITY}\""), true),
        ("identity = \"https://github.com/acme/models/.github/workflows/sign.yml\"".to_owned(), false),
        ("identity-regex = \"https://github\\\\.com/acme/.*\"".to_owned(), true),
        ("identity-regex = \"github\\\\.com/acme\"".to_owned(), false),
        ("repository = \"https://github.com/acme/models\"".to_owned(), true),
        ("repository = \"https://github.com/acme\"".to_owned(), false),
        ("repository = \"https://github.com/acme/models\", ref = \"refs/heads/main\"".to_owned(), true),
        ("repository = \"https://github.com/acme/models\", ref = \"refs/heads/dev\"".to_owned(), false),
        ("workflow = \"https://github.com/acme/models/.github/workflows/other.yml\"".to_owned(), false),
        (format!("identity = \"{IDENTITY}\", trust-root = \"github\""), false),
    ] {
        let authority = one(&format!("{{ {issuer}, {more} }}"));
        assert_eq!(accepts(&authority, vec![keyless()]), accepted, "{authority}");
    }
    let other =
        format!("{{ kind = \"keyless\", issuer = \"https://evil.example\", identity = \"{IDENTITY}\" }}");
    assert!(!accepts(&one(&other), vec![keyless()]));
}

#[test]
fn a_certificate_is_accepted_by_its_names_under_its_own_root() {
    for (more, accepted) in [
        ("subject = \"CN=Release,O=Acme\"", true),
        ("subject = \"CN=Release\"", false),
        ("subject-regex = \"CN=[A-Za-z]+,O=Acme\"", true),
        ("san = \"email:release@acme.example\"", true),
        ("san = \"dns:release@acme.example\"", false),
        ("san = \"email:release@acme.example\", usage = \"1.3.6.1.5.5.7.3.3\"", true),
        ("san = \"email:release@acme.example\", usage = \"1.2.3\"", false),
    ] {
        let authority = one(&format!("{{ kind = \"certificate\", path = \"root.pem\", {more} }}"));
        assert_eq!(accepts(&authority, vec![certificate()]), accepted, "{more}");
        // The same names, proven by somebody else or by nobody.
        for root in [Some("other.pem".to_owned()), None] {
            let stranger = Signer { trust_root: root, ..certificate() };
            assert!(!accepts(&authority, vec![stranger]), "{more}");
        }
        assert!(!accepts(&authority, vec![Signer { kind: SignerKind::Keyless, ..certificate() }]));
    }
}

#[test]
fn an_authority_that_would_accept_anybody_cannot_be_written() {
    let identity = format!("identity = \"{IDENTITY}\"");
    for (authority, says) in [
        ("kind = \"keyless\"".to_owned(), "`issuer` is empty"),
        (format!("kind = \"keyless\", issuer = \"{ISSUER}\""), "`identity` is empty"),
        (
            format!("kind = \"keyless\", issuer = \"{ISSUER}\", ref = \"refs/heads/main\""),
            "`identity` is empty",
        ),
        (format!("kind = \"keyless\", {identity}"), "`issuer` is empty"),
        (format!("kind = \"keyless\", issuer = \"{ISSUER}\", identity-regex = \".*\""), "matches no name"),
        (
            format!("kind = \"keyless\", issuer = \"{ISSUER}\", {identity}, path = \"k\""),
            "says nothing about",
        ),
        ("kind = \"certificate\", path = \"root.pem\"".to_owned(), "`subject` is empty"),
        ("kind = \"certificate\", subject = \"CN=x\"".to_owned(), "`path` is empty"),
        ("kind = \"key\", path = \"k.pub\", subject = \"CN=x\"".to_owned(), "says nothing about"),
        ("kind = \"key\"".to_owned(), "`path` is empty"),
        ("kind = \"key\", path = \"k\", not-after = 2027-01-01".to_owned(), "no moment"),
    ] {
        let text = format!(
            "[[rule]]\nname = \"r\"\nmatch = [\"**\"]\nsignature = {}\n",
            one(&format!("{{ {authority} }}"))
        );
        let error = Policy::parse(&text, "p.toml").unwrap_err().to_string();
        assert!(error.contains(says), "{authority}: {error}");
    }
}

#[test]
fn a_threshold_counts_people_and_not_signatures() {
    let two = format!(
        "{{ threshold = 2, any-of = [{{ kind = \"keyless\", issuer = \"{ISSUER}\", identity = \"{IDENTITY}\" }}, \
         {{ kind = \"keyless\", issuer = \"{ISSUER}\", identity-regex = \"https://.*\" }}, \
         {{ kind = \"certificate\", path = \"root.pem\", subject = \"CN=Release,O=Acme\" }}] }}"
    );
    assert!(accepts(&two, vec![keyless(), certificate()]));
    assert!(!accepts(&two, vec![keyless()]));
    assert!(!accepts(&two, vec![keyless(), keyless()]));
    assert!(!accepts(&two, vec![certificate(), certificate()]));
    for bad in ["0", "4"] {
        let text = format!(
            "[[rule]]\nname = \"r\"\nmatch = [\"**\"]\nsignature = {}\n",
            two.replace("= 2,", &format!("= {bad},"))
        );
        assert!(Policy::parse(&text, "p.toml").is_err(), "{bad}");
    }
}

#[test]
fn a_signature_counts_until_the_moment_that_its_authority_ends() {
    let until = |moment: &str| {
        one(&format!(
            "{{ kind = \"certificate\", path = \"root.pem\", subject = \"CN=Release,O=Acme\", not-after = {moment} }}"
        ))
    };
    // Without proof of when, it is made now (2027-01-15).
    assert!(accepts(&until("2028-01-01T00:00:00Z"), vec![certificate()]));
    assert!(!accepts(&until("2026-01-01T00:00:00Z"), vec![certificate()]));
    let proven = Signer { times: keyless().times, ..certificate() };
    assert!(accepts(&until("2026-01-01T00:00:00Z"), vec![proven]));
}

#[test]
fn what_is_revoked_proves_nothing_and_says_so() {
    let authority =
        one(&format!("{{ kind = \"keyless\", issuer = \"{ISSUER}\", identity = \"{IDENTITY}\" }}"));
    let key = format!("revoked-keys = [\"key:sha256:{}\"]", Sha256::new([3; 32]));
    let identity = format!("revoked-identities = [\"{IDENTITY}\"]");
    let digest = format!("revoked-digests = [\"{}\"]", Sha256::new([9; 32]));
    for (table, says) in [
        (key.as_str(), "is revoked by policy"),
        (identity.as_str(), "is revoked by policy"),
        (digest.as_str(), "its digest is revoked"),
        ("max-root-age-days = 30", "days old"),
    ] {
        let verdict = policy(&authority, &format!("[signatures]\n{table}")).decide(
            &evidence(vec![keyless()]),
            "0",
            NOW,
        );
        let said = verdict.reasons.iter().any(|reason| reason.message.contains(says));
        assert!(verdict.decision == Decision::Deny && said, "{table}: {verdict:?}");
    }
}

#[test]
fn a_proven_stranger_is_untrusted_and_known_by_name_until_policy_names_them() {
    let nobody = one("{ kind = \"certificate\", path = \"root.pem\", subject = \"CN=Other\" }");
    let mut evidence = evidence(vec![certificate()]);
    let strict = policy(&nobody, "");
    strict.recognise(&mut evidence, NOW);
    assert_eq!(evidence.signatures[0].state, SignatureState::UntrustedSigner);
    assert_eq!(evidence.signatures[0].signer, None);
    let verdict = strict.decide(&evidence, "0", NOW);
    assert!(verdict.reasons.iter().any(|reason| reason.message.contains("CN=Release,O=Acme")), "{verdict:?}");
    let named = policy(&nobody.replace("CN=Other", "CN=Release,O=Acme"), "");
    named.recognise(&mut evidence, NOW);
    assert_eq!(evidence.signatures[0].state, SignatureState::Verified);
    assert_eq!(evidence.signatures[0].signer.as_deref(), Some("certificate:CN=Release,O=Acme"));
}

#[test]
fn signature_files_have_their_names_and_those_that_policy_adds() {
    let policy = Policy::parse("[signatures]\nnames = [\"*.model-signature\"]\n", "p.toml").unwrap();
    assert!(policy.is_signature_name("a/x.model-signature") && policy.is_signature_name("skill.oms.sig"));
    assert!(
        !policy.is_signature_name("x.model-signature/y")
            && !Policy::built_in().is_signature_name("x.model-signature")
    );
    for bad in ["*", "", "**", "a/b"] {
        assert!(Policy::parse(&format!("[signatures]\nnames = [\"{bad}\"]\n"), "p.toml").is_err(), "{bad}");
    }
}
