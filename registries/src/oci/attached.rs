//! Signatures and attestations that a registry keeps with a manifest.
//!
//! Source: OCI distribution spec 1.1, "Listing Referrers" and "Referrers Tag Schema"; cosign `specs/SIGNATURE_SPEC.md`
//! for its tags. Whoever may push to a repository chooses what is attached, so all of it is bounded, and more than the
//! limit is an error and never a part: a signature that was left out could be the one that counts. What is attached
//! proves nothing here; whoever checks a signature compares what it signs with the manifest.

use std::collections::BTreeMap;

use assay_core::{AttachedKind, Sha256};
use oci_client::manifest::{OciDescriptor, OciImageManifest, OciManifest};
use reqwest::Url;
use serde::Deserialize;

use super::manifest::{INDEX, json, layer};
use super::reference::sha256;
use super::transport::{self, Wanted};
use super::{Client, Error, Pick, Reference};

/// Pages of referrers; registries answer with about a hundred each.
const MAX_PAGES: usize = 20;

/// Referrers of one manifest, of whatever kind.
const MAX_REFERRERS: usize = 2_000;

/// Manifests with signatures of one manifest.
const MAX_MANIFESTS: usize = 64;

/// Signatures in all of them; cosign adds a layer for each.
const MAX_SIGNATURES: usize = 128;

/// The largest signature or attestation, bytes.
const MAX_SIGNATURE_BYTES: u64 = 32 << 20;

/// All signatures and attestations of one manifest, bytes.
const MAX_TOTAL_BYTES: u64 = 64 << 20;

/// The longest link to a next page, bytes.
const MAX_LINK: usize = 4_096;

/// The most annotations of a layer, and the longest; certificates with their chain have some kilobytes.
const MAX_ANNOTATIONS: usize = 64;
const MAX_ANNOTATION: usize = 256 << 10;

/// Artifact types of signatures and attestations.
const ARTIFACT_TYPES: [&str; 4] = [
    "application/vnd.cncf.notary.signature",
    "application/vnd.dev.cosign.artifact.sig.v1+json",
    "application/vnd.in-toto+json",
    "application/vnd.dsse.envelope.v1+json",
];

/// What every Sigstore bundle's media type begins with.
const BUNDLE: &str = "application/vnd.dev.sigstore.bundle";

/// One signature or attestation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attached {
    /// What it is, by its layer's media type.
    pub kind: AttachedKind,
    /// The manifest that holds it.
    pub manifest: Sha256,
    /// SHA-256 of its bytes.
    pub digest: Sha256,
    /// Its bytes, checked against the digest.
    pub content: Vec<u8>,
    /// The annotations of its layer. Nobody signs them.
    pub annotations: BTreeMap<String, String>,
}

/// A page of referrers, or the index of the tag schema.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Page {
    media_type: Option<String>,
    manifests: Vec<Entry>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Entry {
    digest: String,
    artifact_type: Option<String>,
}

impl Entry {
    /// Whether it may hold a signature. Registries that do not say what a referrer is leave that to its manifest.
    fn may_sign(&self) -> bool {
        self.artifact_type.as_deref().is_none_or(|artifact_type| {
            ARTIFACT_TYPES.contains(&artifact_type) || artifact_type.starts_with(BUNDLE)
        })
    }
}

impl Client {
    /// All signatures and attestations that the registry keeps with a manifest of the reference's repository.
    ///
    /// # Errors
    /// [`Error`] when one of them could not be read, or there are more than the limit; never a part of them.
    pub async fn attached(&self, reference: &Reference, subject: Sha256) -> Result<Vec<Attached>, Error> {
        let mut found = Collected::default();
        for digest in self.referrers(reference, subject).await? {
            let Some((manifest, image)) = self.image(reference, &Pick::Digest(digest)).await? else {
                continue;
            };
            // A referrer of another manifest is none of this one, whatever the list says.
            let names = image.subject.as_ref().and_then(|subject| sha256(&subject.digest));
            if names == Some(subject) {
                self.collect(reference, manifest, image, &mut found).await?;
            }
        }
        for suffix in ["sig", "att"] {
            let tag = Pick::Tag(format!("sha256-{subject}.{suffix}"));
            if let Some((manifest, image)) = self.image(reference, &tag).await? {
                self.collect(reference, manifest, image, &mut found).await?;
            }
        }
        Ok(found.attached)
    }

    /// The manifests that refer to this one and may hold signatures, each once.
    async fn referrers(&self, reference: &Reference, subject: Sha256) -> Result<Vec<Sha256>, Error> {
        let path = format!("referrers/sha256:{subject}");
        let mut entries = Vec::new();
        let mut query = String::new();
        for page in 0..MAX_PAGES {
            let answer = self.page(reference, &format!("{path}{query}")).await;
            let (entry, next) = match answer {
                // A registry without referrers: whoever pushes keeps an index under a tag.
                Err(Error::NotFound) if page == 0 => {
                    let tagged = self.page(reference, &format!("manifests/sha256-{subject}")).await;
                    match tagged {
                        Err(Error::NotFound) => (Vec::new(), None),
                        Err(error) => return Err(error),
                        Ok((entries, _)) => (entries, None),
                    }
                }
                Err(error) => return Err(error),
                Ok(answer) => answer,
            };
            entries.extend(entry);
            if entries.len() > MAX_REFERRERS {
                return Err(Error::TooMany("referrers of a manifest"));
            }
            match next {
                Some(next) => query = next,
                None => return signing(&entries),
            }
        }
        Err(Error::TooMany("pages of referrers"))
    }

    /// One page, and the query of the next.
    async fn page(&self, reference: &Reference, path: &str) -> Result<(Vec<Entry>, Option<String>), Error> {
        let response = self.transport.get(reference, path, Wanted::Manifest).await?;
        let asked = response.url().clone();
        let links: Vec<_> = response.headers().get_all("link").iter().cloned().collect();
        let next = links.iter().filter_map(|link| link.to_str().ok()).find_map(|link| next(link, &asked));
        let body = transport::body(response, self.options.max_manifest_bytes, "a list of referrers").await?;
        let page: Page = json(&body)?;
        if page.media_type.is_some_and(|media_type| !INDEX.contains(&media_type.as_str())) {
            return Err(Error::Manifest("a list of referrers is no index"));
        }
        Ok((page.manifests, next.transpose()?))
    }

    /// The image manifest of a pick, if there is one.
    async fn image(
        &self,
        reference: &Reference,
        pick: &Pick,
    ) -> Result<Option<(Sha256, OciImageManifest)>, Error> {
        match self.document(reference, pick).await {
            Ok((digest, document)) => match document.content {
                OciManifest::Image(image) => Ok(Some((digest, image))),
                OciManifest::ImageIndex(_) => Ok(None),
            },
            Err(Error::NotFound) if matches!(pick, Pick::Tag(_)) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Pulls the signatures of one manifest.
    async fn collect(
        &self,
        reference: &Reference,
        manifest: Sha256,
        image: OciImageManifest,
        found: &mut Collected,
    ) -> Result<(), Error> {
        found.count_manifest()?;
        for mut descriptor in image.layers {
            let Some(kind) = AttachedKind::of_media_type(&descriptor.media_type) else { continue };
            let annotations = annotations(&mut descriptor)?;
            let blob = layer(descriptor, None)?;
            found.reserve(blob.size)?;
            let mut stream = self.layer_stream(reference, &blob).await?;
            let mut content = Vec::new();
            while let Some(chunk) = stream.chunk().await? {
                content.extend_from_slice(chunk.as_ref());
            }
            let digest = blob.digest;
            found.attached.push(Attached { kind, manifest, digest, content, annotations });
        }
        Ok(())
    }
}

/// What was found so far, within the limits.
#[derive(Default)]
struct Collected {
    attached: Vec<Attached>,
    manifests: usize,
    bytes: u64,
}

impl Collected {
    fn count_manifest(&mut self) -> Result<(), Error> {
        self.manifests = self.manifests.saturating_add(1);
        if self.manifests > MAX_MANIFESTS { Err(Error::TooMany("manifests with signatures")) } else { Ok(()) }
    }

    /// Makes room for one more, before a byte of it is read.
    fn reserve(&mut self, bytes: u64) -> Result<(), Error> {
        self.bytes = self.bytes.saturating_add(bytes);
        if bytes > MAX_SIGNATURE_BYTES || self.bytes > MAX_TOTAL_BYTES {
            return Err(Error::TooLarge("a signature"));
        }
        if self.attached.len() >= MAX_SIGNATURES {
            return Err(Error::TooMany("signatures"));
        }
        Ok(())
    }
}

/// The digests of the entries that may hold signatures, each once, in their order.
fn signing(entries: &[Entry]) -> Result<Vec<Sha256>, Error> {
    let mut digests = Vec::new();
    for entry in entries.iter().filter(|entry| entry.may_sign()) {
        let digest = sha256(&entry.digest).ok_or(Error::Manifest("a digest is not sha256"))?;
        if !digests.contains(&digest) {
            digests.push(digest);
        }
    }
    if digests.len() > MAX_MANIFESTS {
        return Err(Error::TooMany("manifests with signatures"));
    }
    Ok(digests)
}

fn annotations(descriptor: &mut OciDescriptor) -> Result<BTreeMap<String, String>, Error> {
    let annotations = descriptor.annotations.clone().unwrap_or_default();
    let long = |(name, value): (&String, &String)| name.len().max(value.len()) > MAX_ANNOTATION;
    if annotations.len() > MAX_ANNOTATIONS || annotations.iter().any(long) {
        return Err(Error::TooLarge("the annotations of a signature"));
    }
    Ok(annotations)
}

/// The query of the next page, with its `?`. It must be a page of the same list: a link elsewhere gets no login, and a
/// registry that names one is not followed.
fn next(link: &str, asked: &Url) -> Option<Result<String, Error>> {
    let (target, parameters) = link.split(",<").find_map(|one| {
        let (target, parameters) = one.trim().trim_start_matches('<').split_once('>')?;
        let is_next = parameters.split(';').any(|parameter| {
            parameter.trim().strip_prefix("rel=").is_some_and(|rel| rel.trim_matches('"') == "next")
        });
        is_next.then_some((target, parameters))
    })?;
    let elsewhere = || Error::Elsewhere("another list of referrers".to_owned());
    if target.len() > MAX_LINK || parameters.len() > MAX_LINK {
        return Some(Err(elsewhere()));
    }
    let Ok(url) = asked.join(target) else { return Some(Err(elsewhere())) };
    let same = url.origin() == asked.origin() && url.path() == asked.path();
    Some(match url.query() {
        Some(query) if same => Ok(format!("?{query}")),
        Some(_) | None => Err(elsewhere()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_lead_on_only_in_the_same_list() {
        let asked: Url = "https://r.example/v2/m/referrers/sha256:00".parse().unwrap();
        let follow = |link: &str| next(link, &asked).map(|next| next.ok());
        for (link, query) in [
            (r#"</v2/m/referrers/sha256:00?n=1&last=x>; rel="next""#, "?n=1&last=x"),
            (r#"<https://r.example/v2/m/referrers/sha256:00?a>;rel=next"#, "?a"),
            (r#"<?a>; rel="first",<?b>; rel="next""#, "?b"),
        ] {
            assert_eq!(follow(link), Some(Some(query.to_owned())), "{link}");
        }
        for link in [
            r#"<https://other.example/v2/m/referrers/sha256:00?n=1>; rel="next""#,
            r#"<http://r.example/v2/m/referrers/sha256:00?n=1>; rel="next""#,
            r#"</v2/other/referrers/sha256:00?n=1>; rel="next""#,
            r#"</v2/m/referrers/sha256:00>; rel="next""#,
        ] {
            assert_eq!(follow(link), Some(None), "{link}");
        }
        assert_eq!(follow(r#"<?a>; rel="prev""#), None);
        assert_eq!(follow("nonsense"), None);
    }

    #[test]
    fn what_cannot_hold_a_signature_is_passed_over_and_the_rest_is_bounded() {
        let entry = |number: usize, artifact_type: Option<&str>| Entry {
            digest: format!("sha256:{number:064x}"),
            artifact_type: artifact_type.map(str::to_owned),
        };
        let some = [
            entry(1, Some("application/vnd.cncf.notary.signature")),
            entry(2, Some("application/spdx+json")),
            entry(3, Some("application/vnd.dev.sigstore.bundle.v0.3+json")),
            entry(3, None),
        ];
        assert_eq!(signing(&some).unwrap().len(), 2);
        let many: Vec<_> = (0..=MAX_MANIFESTS).map(|number| entry(number, None)).collect();
        assert!(matches!(signing(&many), Err(Error::TooMany(_))));
        let other = Entry { digest: "sha512:00".to_owned(), artifact_type: None };
        assert!(matches!(signing(&[other]), Err(Error::Manifest(_))));
    }
}
