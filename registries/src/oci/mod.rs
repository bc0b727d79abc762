//! Pulling from OCI registries: manifests and layers, every byte checked against its digest.
//!
//! Source: OCI distribution spec 1.1 (pull, token authentication), OCI image spec 1.1 (manifest, index, descriptor).
//! The registry chooses everything it sends, so all of it is bounded: manifest bytes, layers, sizes, redirects, time.
//! Credentials go to the registry and to the token realm that belongs to it, and nowhere else (CVE-2020-15157); a
//! redirect gets none, must be https, and leads to public addresses only, unless its host is configured.
//!
//! The grammar of references, the types of manifests, indexes and tokens, and the media types are those of `oci-client`.
//! The transport is ours, on `reqwest`, because its network client (0.18) reads bodies without a limit, sends credentials
//! to whatever realm a registry names, follows any redirect, and drops failures of authentication; what it knows of
//! challenges and of `Docker-Content-Digest` is private to it.
//! Signatures and attestations that a registry keeps with a manifest are found as referrers, by the tag schema where a
//! registry has no referrers, and by cosign's tags.
//!
//! It does not push, list tags, follow layer `urls`, or run credential helper programs.

mod address;
mod attached;
mod auth;
mod credentials;
mod error;
mod layers;
mod manifest;
mod reference;
mod transport;

use std::collections::BTreeSet;
use std::time::Duration;

pub use attached::Attached;
pub use credentials::{Credentials, CredentialsError};
pub use error::Error;
pub use layers::LayerStream;
pub use manifest::{Layer, Manifest};
pub use reference::{Pick, Reference, ReferenceError};

pub(crate) use manifest::is_manifest_media_type;

/// The grammar of the distribution spec's names.
pub(crate) mod names {
    pub(crate) use super::reference::{is_repository, is_tag, sha256};
}

use assay_core::Sha256;
use oci_client::manifest::OciManifest;

use manifest::{Document, children};
use transport::{Transport, Wanted};

/// What a pull may cost and whom it may talk to.
#[derive(Debug, Clone)]
pub struct Options {
    /// Logins by registry.
    pub credentials: Credentials,
    /// Registries (`host` or `host:port`) that are asked without TLS; loopback addresses always are.
    pub plain_http: BTreeSet<String>,
    /// Hosts (`host` or `host:port`) besides the registry that may ask for its login as a token realm, and that it may
    /// redirect to whatever their address.
    pub companions: BTreeSet<String>,
    /// More certificate authorities, each one or more PEM certificates.
    pub authorities: Vec<Vec<u8>>,
    /// The largest manifest, bytes.
    pub max_manifest_bytes: u64,
    /// Layers of all manifests of one reference.
    pub max_layers: usize,
    /// Manifests of one index.
    pub max_children: usize,
    /// The largest layer, bytes.
    pub max_layer_bytes: u64,
    /// All layers of one reference, bytes.
    pub max_total_bytes: u64,
    /// Time to connect.
    pub connect_timeout: Duration,
    /// Time without a byte.
    pub read_timeout: Duration,
    /// Time for a whole manifest or token, however slowly it drips.
    pub answer_timeout: Duration,
    /// Time for a whole layer.
    pub layer_timeout: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            credentials: Credentials::default(),
            plain_http: BTreeSet::new(),
            companions: BTreeSet::new(),
            authorities: Vec::new(),
            // What registries themselves accept at most.
            max_manifest_bytes: 4 << 20,
            // A model in safetensors as Ollama packs it has one layer per tensor.
            max_layers: 10_000,
            // Images for many platforms have about twenty, doubled by attestations.
            max_children: 64,
            max_layer_bytes: 1 << 40,
            max_total_bytes: 4 << 40,
            connect_timeout: Duration::from_secs(10),
            read_timeout: Duration::from_secs(30),
            answer_timeout: Duration::from_secs(60),
            // 500 GB at 25 MB/s.
            layer_timeout: Duration::from_secs(6 * 3_600),
        }
    }
}

/// Pulls from registries. Clones share connections and tokens.
#[derive(Debug, Clone)]
pub struct Client {
    options: Options,
    transport: Transport,
}

impl Client {
    /// A client with these options.
    ///
    /// # Errors
    /// [`Error::Setup`] when an authority is no certificate or TLS cannot be set up.
    pub fn new(options: Options) -> Result<Self, Error> {
        Ok(Self { transport: Transport::new(&options)?, options })
    }

    /// The manifest a reference names, its bytes checked against its digest.
    ///
    /// An index is followed to every manifest it lists; their layers are together the layers of the answer, and their
    /// names start with the first twelve digits of their manifest's digest.
    ///
    /// # Errors
    /// [`Error`]; never a part of the layers.
    pub async fn manifest(&self, reference: &Reference) -> Result<Manifest, Error> {
        let (digest, document) = self.document(reference, reference.pick()).await?;
        let mut manifest = Manifest::new(digest, &document);
        match document.content {
            OciManifest::Image(image) => manifest.add(image, None, &self.options)?,
            OciManifest::ImageIndex(index) => {
                for child in children(&index, &self.options)? {
                    let (digest, document) = self.document(reference, &Pick::Digest(child)).await?;
                    manifest.children.push(digest);
                    match document.content {
                        OciManifest::Image(image) => manifest.add(image, Some(digest), &self.options)?,
                        OciManifest::ImageIndex(_) => {
                            return Err(Error::Manifest("an index inside an index"));
                        }
                    }
                }
            }
        }
        manifest.name_apart();
        Ok(manifest)
    }

    /// Starts to read one layer of a manifest that came from this repository.
    ///
    /// # Errors
    /// [`Error`] when the registry does not answer with a layer of the declared size.
    pub async fn layer_stream(&self, reference: &Reference, layer: &Layer) -> Result<LayerStream, Error> {
        if layer.size > self.options.max_layer_bytes {
            return Err(Error::TooLarge("a layer"));
        }
        let path = format!("blobs/sha256:{}", layer.digest);
        let response = self.transport.get(reference, &path, Wanted::Layer).await?;
        LayerStream::new(response, layer)
    }

    /// One manifest or index, whose digest is that of its bytes.
    async fn document(&self, reference: &Reference, pick: &Pick) -> Result<(Sha256, Document), Error> {
        let path = format!("manifests/{pick}");
        let response = self.transport.get(reference, &path, Wanted::Manifest).await?;
        let claimed = transport::header(&response, "docker-content-digest").map(str::to_owned);
        let content_type = transport::header(&response, "content-type").map(str::to_owned);
        let body = transport::body(response, self.options.max_manifest_bytes, "a manifest").await?;
        let digest = layers::sha256(&body);
        if matches!(pick, Pick::Digest(asked) if *asked != digest) {
            return Err(Error::Digest("a manifest"));
        }
        // Another algorithm than SHA-256 cannot be compared, and the digest asked for was compared above.
        if claimed.is_some_and(|claimed| {
            claimed.strip_prefix("sha256:").is_some_and(|hex| hex.parse() != Ok(digest))
        }) {
            return Err(Error::Digest("a manifest"));
        }
        Ok((digest, Document::parse(&body, content_type.as_deref())?))
    }
}
