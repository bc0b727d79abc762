use assay_core::{AttachedKind, Sha256};
use assay_registries::oci::{Attached, Client, Credentials, Error, Options};

use crate::server::{Answer, IMAGE, Registry, image, sha256};

const INDEX: &str = "application/vnd.oci.image.index.v1+json";
const BUNDLE: &str = "application/vnd.dev.sigstore.bundle.v0.3+json";
const NOTATION: &str = "application/vnd.cncf.notary.signature";

/// The text of a manifest that refers to a subject and has one layer.
fn referrer(subject: Sha256, media_type: &str, content: &[u8], more: &str) -> String {
    let text = image(&[(&sha256(content).to_string(), content.len())]);
    let subject =
        format!(r#""subject": {{"mediaType": "{IMAGE}", "digest": "sha256:{subject}", "size": 2}}"#);
    text.replace("application/x", media_type)
        .replace("\"layers\"", &format!("{subject}, \"layers\""))
        .replace(r#", "size": "#, &format!(r#"{more}, "size": "#))
}

fn index(entries: &[(Sha256, &str)]) -> String {
    let entry = |(digest, artifact_type): &(Sha256, &str)| {
        format!(
            r#"{{"mediaType": "{IMAGE}", "digest": "sha256:{digest}", "size": 1, "artifactType": "{artifact_type}"}}"#
        )
    };
    let entries: Vec<_> = entries.iter().map(entry).collect();
    format!(r#"{{"schemaVersion": 2, "mediaType": "{INDEX}", "manifests": [{}]}}"#, entries.join(","))
}

/// A registry with a subject and one attached bundle and one Notary Project envelope.
struct Signed {
    registry: Registry,
    subject: Sha256,
    bundle: Sha256,
    notation: Sha256,
}

impl Signed {
    async fn start() -> Self {
        let registry = Registry::start().await;
        let subject = registry.manifest("v1", IMAGE, &image(&[]));
        let put = |tag: &str, media_type: &str, content: &[u8]| {
            registry.blob(content);
            registry.manifest(tag, IMAGE, &referrer(subject, media_type, content, ""))
        };
        let bundle = put("x1", BUNDLE, b"{bundle}");
        let notation = put("x2", "application/cose", b"{cose}");
        Self { registry, subject, bundle, notation }
    }

    fn list(&self, query: &str, text: &str, headers: &[(&str, &str)]) {
        let headers: Vec<_> = headers.iter().copied().chain([("Content-Type", INDEX)]).collect();
        let path = format!("/v2/tiny/referrers/sha256:{}{query}", self.subject);
        self.registry.answer(&path, Answer::new(200, &headers, text));
    }

    async fn attached(&self) -> Result<Vec<Attached>, Error> {
        self.attached_with(Options::default()).await
    }

    async fn attached_with(&self, options: Options) -> Result<Vec<Attached>, Error> {
        let reference = self.registry.reference(":v1");
        Client::new(options).unwrap().attached(&reference, self.subject).await
    }
}

#[tokio::test]
async fn referrers_are_found_on_every_page() {
    let signed = Signed::start().await;
    let path = format!("/v2/tiny/referrers/sha256:{}", signed.subject);
    let next = format!("<{path}?last=1>; rel=\"next\"");
    signed.list(
        "",
        &index(&[(signed.bundle, BUNDLE), (signed.bundle, "application/spdx+json")]),
        &[("Link", &next)],
    );
    signed.list("?last=1", &index(&[(signed.notation, NOTATION)]), &[]);
    let attached = signed.attached().await.unwrap();
    let kinds: Vec<_> =
        attached.iter().map(|attached| (attached.kind, attached.content.as_slice())).collect();
    assert_eq!(kinds, [(AttachedKind::Bundle, &b"{bundle}"[..]), (AttachedKind::NotationCose, b"{cose}")]);
    assert_eq!(attached[0].manifest, signed.bundle);
}

#[tokio::test]
async fn without_referrers_the_tag_of_the_digest_lists_them() {
    let signed = Signed::start().await;
    signed.registry.manifest(
        &format!("sha256-{}", signed.subject),
        INDEX,
        &index(&[(signed.notation, NOTATION)]),
    );
    let attached = signed.attached().await.unwrap();
    assert_eq!(attached.len(), 1);
    assert_eq!(attached[0].kind, AttachedKind::NotationCose);
}

#[tokio::test]
async fn nothing_attached_is_no_error() {
    let signed = Signed::start().await;
    assert_eq!(signed.attached().await.unwrap(), []);
}

#[tokio::test]
async fn cosigns_tags_are_read_with_their_annotations() {
    let signed = Signed::start().await;
    let document = b"{simple}";
    signed.registry.blob(document);
    let annotations = r#", "annotations": {"dev.cosignproject.cosign/signature": "MEUC"}"#;
    let media_type = "application/vnd.dev.cosign.simplesigning.v1+json";
    let text = referrer(signed.subject, media_type, document, annotations);
    signed.registry.manifest(&format!("sha256-{}.sig", signed.subject), IMAGE, &text);
    signed.registry.blob(b"{dsse}");
    let text = referrer(signed.subject, "application/vnd.dsse.envelope.v1+json", b"{dsse}", "");
    signed.registry.manifest(&format!("sha256-{}.att", signed.subject), IMAGE, &text);
    let attached = signed.attached().await.unwrap();
    assert_eq!(
        attached.iter().map(|attached| attached.kind).collect::<Vec<_>>(),
        [AttachedKind::SimpleSigning, AttachedKind::Dsse]
    );
    assert_eq!(attached[0].annotations["dev.cosignproject.cosign/signature"], "MEUC");
}

#[tokio::test]
async fn a_referrer_of_another_manifest_is_passed_over() {
    let signed = Signed::start().await;
    let text = referrer(sha256(b"another"), BUNDLE, b"{bundle}", "");
    let stranger = signed.registry.manifest("x3", IMAGE, &text);
    signed.list("", &index(&[(stranger, BUNDLE), (signed.bundle, BUNDLE)]), &[]);
    let attached = signed.attached().await.unwrap();
    assert_eq!(attached.iter().map(|attached| attached.manifest).collect::<Vec<_>>(), [signed.bundle]);
}

#[tokio::test]
async fn a_signature_that_cannot_be_read_is_an_error_and_never_left_out() {
    let signed = Signed::start().await;
    let gone = sha256(b"gone");
    signed.list("", &index(&[(signed.bundle, BUNDLE), (gone, BUNDLE)]), &[]);
    assert!(matches!(signed.attached().await, Err(Error::NotFound)));
    signed.list("", &index(&[(signed.bundle, BUNDLE)]), &[]);
    let path = format!("/v2/tiny/blobs/sha256:{}", sha256(b"{bundle}"));
    signed.registry.answer(&path, Answer::new(200, &[], b"{BUNDLE}"));
    assert!(matches!(signed.attached().await, Err(Error::Digest(_))));
    signed.list("", "{", &[]);
    assert!(matches!(signed.attached().await, Err(Error::Manifest(_))));
    let path = format!("/v2/tiny/referrers/sha256:{}", signed.subject);
    signed.registry.answer(&path, Answer::new(500, &[], ""));
    assert!(matches!(signed.attached().await, Err(Error::Status(500))));
}

#[tokio::test]
async fn lists_without_end_and_signatures_without_measure_are_refused() {
    let signed = Signed::start().await;
    let path = format!("/v2/tiny/referrers/sha256:{}", signed.subject);
    let same = format!("<{path}?again>; rel=\"next\"");
    for query in ["", "?again"] {
        signed.list(query, &index(&[(signed.bundle, BUNDLE)]), &[("Link", &same)]);
    }
    assert!(matches!(signed.attached().await, Err(Error::TooMany(_))));
    let many: Vec<_> =
        (0..2_001_u32).map(|at| (sha256(&at.to_le_bytes()), "application/spdx+json")).collect();
    signed.list("", &index(&many), &[]);
    assert!(matches!(signed.attached().await, Err(Error::TooMany(_))));
    let text = referrer(signed.subject, BUNDLE, b"{bundle}", "").replace("\"size\": 8", "\"size\": 33554433");
    let large = signed.registry.manifest("x4", IMAGE, &text);
    signed.list("", &index(&[(large, BUNDLE)]), &[]);
    assert!(matches!(signed.attached().await, Err(Error::TooLarge(_))));
}

#[tokio::test]
async fn a_list_that_leads_elsewhere_is_not_followed_and_gets_no_login() {
    let elsewhere = Registry::start().await;
    let signed = Signed::start().await;
    let target = format!("<http://{}/v2/tiny/referrers/x?y>; rel=\"next\"", elsewhere.host);
    signed.list("", &index(&[(signed.bundle, BUNDLE)]), &[("Link", &target)]);
    let credentials = Credentials::default().with(&signed.registry.host, "user", "secret");
    let attached = signed.attached_with(Options { credentials, ..Options::default() }).await;
    assert!(matches!(attached, Err(Error::Elsewhere(_))), "{attached:?}");
    assert_eq!(elsewhere.asked(), []);
}
