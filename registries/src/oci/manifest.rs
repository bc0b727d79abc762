//! Manifests and indexes, parsed into what can be pulled.
//!
//! Source: OCI image spec 1.1 `manifest.md`, `image-index.md`, `descriptor.md`; ModelPack `spec.md` for file names. A
//! document that can be read as both manifest and index is refused (CVE-2021-41190), as is a layer that lies elsewhere
//! (`urls`). Inline `data` is not read: the layer is pulled by its digest.

use std::collections::{BTreeMap, BTreeSet};

use assay_core::Sha256;
use serde::Deserialize;
use serde::de::IgnoredAny;

use super::reference::sha256;
use super::{Error, Options};

/// What is accepted for a manifest.
pub(super) const ACCEPT: &str = "application/vnd.oci.image.manifest.v1+json, \
    application/vnd.oci.image.index.v1+json, \
    application/vnd.docker.distribution.manifest.v2+json, \
    application/vnd.docker.distribution.manifest.list.v2+json";

/// The media types of a manifest.
const IMAGE: &[&str] =
    &["application/vnd.oci.image.manifest.v1+json", "application/vnd.docker.distribution.manifest.v2+json"];

/// The media types of an index.
const INDEX: &[&str] =
    &["application/vnd.oci.image.index.v1+json", "application/vnd.docker.distribution.manifest.list.v2+json"];

/// Annotations that name a layer's file, the specific one first.
const NAMES: &[&str] = &["org.cncf.model.filepath", "org.opencontainers.image.title"];

/// The longest file name that is kept, bytes; the longest path of Linux.
const MAX_NAME: usize = 4_096;

/// The longest media type that is kept, bytes.
const MAX_MEDIA_TYPE: usize = 255;

/// Whether a media type is one of a manifest or an index.
pub(crate) fn is_manifest_media_type(media_type: &str) -> bool {
    IMAGE.contains(&media_type) || INDEX.contains(&media_type)
}

/// A manifest, checked against its digest, with everything below it that can be pulled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Manifest {
    /// SHA-256 of its bytes.
    pub digest: Sha256,
    /// Its media type.
    pub media_type: String,
    /// What it says it is: `artifactType`, or the media type of its config.
    pub artifact_type: Option<String>,
    /// The manifests it lists, if it is an index.
    pub children: Vec<Sha256>,
    /// The config blobs, which loaders read but do not load: one per manifest that has one.
    pub configs: Vec<Layer>,
    /// The layers, in the order of the manifests. Names are unique.
    pub layers: Vec<Layer>,
}

/// One blob of a manifest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Layer {
    /// SHA-256 of its bytes.
    pub digest: Sha256,
    /// Its length, bytes.
    pub size: u64,
    /// Its media type.
    pub media_type: String,
    /// The file name an annotation gives, else `sha256:<hex>`. It is text and never a path.
    pub name: String,
}

/// A parsed document.
#[derive(Debug)]
pub(super) enum Document {
    /// A manifest.
    Image(Image),
    /// An index.
    Index(Index),
}

/// A parsed manifest.
#[derive(Debug)]
pub(super) struct Image {
    media_type: String,
    artifact_type: Option<String>,
    config: Option<Descriptor>,
    layers: Vec<Descriptor>,
}

/// A parsed index.
#[derive(Debug)]
pub(super) struct Index {
    media_type: String,
    artifact_type: Option<String>,
    pub(super) children: Vec<Sha256>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Raw {
    schema_version: u64,
    media_type: Option<String>,
    artifact_type: Option<String>,
    config: Option<Descriptor>,
    layers: Option<Vec<Descriptor>>,
    manifests: Option<Vec<Descriptor>>,
    /// Schema 1, which has no digests of what it names.
    fs_layers: Option<IgnoredAny>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Descriptor {
    media_type: String,
    digest: String,
    size: u64,
    #[serde(default)]
    urls: Option<Vec<String>>,
    #[serde(default)]
    annotations: Option<BTreeMap<String, String>>,
}

impl Document {
    /// Parses a document, whose own media type and the `Content-Type` it came with must not contradict each other.
    ///
    /// # Errors
    /// [`Error::Manifest`].
    pub(super) fn parse(body: &[u8], content_type: Option<&str>) -> Result<Self, Error> {
        let raw: Raw = serde_json::from_slice(body).map_err(|_| Error::Manifest("not the JSON of one"))?;
        if raw.schema_version != 2 || raw.fs_layers.is_some() {
            return Err(Error::Manifest("its schemaVersion is not 2"));
        }
        let content_type = content_type.and_then(|text| text.split(';').next()).map(str::trim);
        let content_type = content_type.filter(|text| is_manifest_media_type(text));
        let media_type = match (raw.media_type.as_deref(), content_type) {
            (Some(own), Some(header)) if own != header => {
                return Err(Error::Manifest("its mediaType is not its Content-Type"));
            }
            (Some(own), _) => own.to_owned(),
            (None, Some(header)) => header.to_owned(),
            (None, None) => return Err(Error::Manifest("it has no mediaType")),
        };
        match (raw.layers, raw.manifests) {
            (Some(layers), None) if IMAGE.contains(&media_type.as_str()) => {
                let (artifact_type, config) = (raw.artifact_type, raw.config);
                Ok(Self::Image(Image { media_type, artifact_type, config, layers }))
            }
            (None, Some(manifests)) if raw.config.is_none() && INDEX.contains(&media_type.as_str()) => {
                let children = manifests.iter().map(Descriptor::sha256).collect::<Result<_, _>>()?;
                Ok(Self::Index(Index { media_type, artifact_type: raw.artifact_type, children }))
            }
            _ => Err(Error::Manifest("its parts are not those of its mediaType")),
        }
    }
}

impl Descriptor {
    fn sha256(&self) -> Result<Sha256, Error> {
        if self.urls.as_ref().is_some_and(|urls| !urls.is_empty()) {
            return Err(Error::Manifest("a part lies outside of the registry"));
        }
        sha256(&self.digest).ok_or(Error::Manifest("a digest is not sha256"))
    }

    fn layer(self, within: Option<Sha256>) -> Result<Layer, Error> {
        let digest = self.sha256()?;
        if self.media_type.len() > MAX_MEDIA_TYPE {
            return Err(Error::Manifest("a media type is too long"));
        }
        let mut annotations = self.annotations.unwrap_or_default();
        let named = NAMES.iter().find_map(|key| annotations.remove(*key));
        let named = named.filter(|name| !name.is_empty() && name.len() <= MAX_NAME);
        let name = named.unwrap_or_else(|| format!("sha256:{digest}"));
        let name = match within {
            Some(manifest) => format!("{:.12}/{name}", manifest.to_string()),
            None => name,
        };
        Ok(Layer { digest, size: self.size, media_type: self.media_type, name })
    }
}

impl Manifest {
    pub(super) fn new(digest: Sha256, document: &Document) -> Self {
        let (media_type, artifact_type) = match document {
            Document::Image(image) => (image.media_type.clone(), image.artifact_type()),
            Document::Index(index) => (index.media_type.clone(), index.artifact_type.clone()),
        };
        let (children, configs, layers) = (Vec::new(), Vec::new(), Vec::new());
        Self { digest, media_type, artifact_type, children, configs, layers }
    }

    /// Adds what one manifest names, within the limits.
    ///
    /// # Errors
    /// [`Error::Manifest`], [`Error::TooMany`], [`Error::TooLarge`].
    pub(super) fn add(
        &mut self,
        image: Image,
        within: Option<Sha256>,
        options: &Options,
    ) -> Result<(), Error> {
        if self.layers.len().saturating_add(image.layers.len()) > options.max_layers {
            return Err(Error::TooMany("layers in a manifest"));
        }
        if let Some(descriptor) = image.config {
            self.configs.push(descriptor.layer(within)?);
        }
        for descriptor in image.layers {
            self.layers.push(descriptor.layer(within)?);
        }
        let sizes = || self.configs.iter().chain(&self.layers).map(|layer| layer.size);
        if sizes().any(|size| size > options.max_layer_bytes) {
            return Err(Error::TooLarge("a layer"));
        }
        if sizes().fold(0_u64, u64::saturating_add) > options.max_total_bytes {
            return Err(Error::TooLarge("the sum of the layers"));
        }
        Ok(())
    }

    /// Gives layers of one name different ones, by their digest and, for the same digest, their place.
    pub(super) fn name_apart(&mut self) {
        let mut taken = BTreeSet::new();
        for (place, layer) in self.layers.iter_mut().enumerate() {
            if taken.contains(&layer.name) {
                layer.name = format!("{}@sha256:{}", layer.name, layer.digest);
            }
            if taken.contains(&layer.name) {
                layer.name = format!("{}#{place}", layer.name);
            }
            taken.insert(layer.name.clone());
        }
    }
}

impl Image {
    fn artifact_type(&self) -> Option<String> {
        let config = self.config.as_ref().map(|config| config.media_type.clone());
        self.artifact_type.clone().or(config)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: &str = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    const B: &str = "sha256:5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03";

    fn layer(digest: &str, more: &str) -> String {
        format!(r#"{{"mediaType": "x/y", "digest": "{digest}", "size": 5{more}}}"#)
    }

    fn image(layers: &[String]) -> String {
        format!(r#"{{"schemaVersion": 2, "mediaType": "{}", "layers": [{}]}}"#, IMAGE[0], layers.join(","))
    }

    fn manifest(text: &str) -> Result<Manifest, Error> {
        let document = Document::parse(text.as_bytes(), None)?;
        let mut manifest = Manifest::new(Sha256::new([0; 32]), &document);
        if let Document::Image(image) = document {
            manifest.add(
                image,
                None,
                &Options { max_layers: 3, max_total_bytes: 14, ..Options::default() },
            )?;
        }
        manifest.name_apart();
        Ok(manifest)
    }

    #[test]
    fn layers_are_named_by_annotation_and_never_alike() {
        let title =
            r#", "annotations": {"org.opencontainers.image.title": "a", "org.cncf.model.filepath": "m"}"#;
        let named = layer(A, title);
        let found = manifest(&image(&[named.clone(), layer(B, "")])).unwrap();
        assert_eq!(found.layers.iter().map(|layer| layer.name.as_str()).collect::<Vec<_>>(), ["m", B]);
        let alike =
            image(&[named.replace(": 5", ": 4"), named.replace(": 5", ": 4"), named.replace(": 5", ": 4")]);
        let names: BTreeSet<_> =
            manifest(&alike).unwrap().layers.into_iter().map(|layer| layer.name).collect();
        assert_eq!(names.len(), 3, "{names:?}");
    }

    #[test]
    fn a_document_that_is_two_things_is_neither() {
        let list = format!(r#""manifests": [{}]"#, layer(A, ""));
        for text in [
            image(&[]).replacen('}', &format!(", {list}}}"), 1),
            image(&[]).replacen("\"layers\": []", &list, 1),
            image(&[]).replacen(IMAGE[0], INDEX[0], 1),
            image(&[]).replacen("2,", "1,", 1),
            image(&[]).replacen('}', ", \"fsLayers\": []}", 1),
            format!(r#"{{"schemaVersion": 2, {list}}}"#),
            "[]".to_owned(),
            "[".repeat(100_000),
        ] {
            assert!(matches!(manifest(&text), Err(Error::Manifest(_))), "{text:.200}");
        }
        let header = Document::parse(image(&[]).as_bytes(), Some("application/vnd.oci.image.index.v1+json"));
        assert!(matches!(header, Err(Error::Manifest("its mediaType is not its Content-Type"))));
    }

    #[test]
    fn a_layer_elsewhere_or_without_sha256_is_refused() {
        for layer in [layer(A, r#", "urls": ["https://x"]"#), layer("sha512:00", ""), layer("sha256:zz", "")]
        {
            assert!(matches!(manifest(&image(&[layer])), Err(Error::Manifest(_))));
        }
        assert!(manifest(&image(&[layer(A, r#", "urls": []"#)])).is_ok());
    }

    #[test]
    fn more_layers_or_bytes_than_the_limit_are_refused() {
        assert!(manifest(&image(&[layer(A, ""), layer(B, "")])).is_ok());
        let many = [layer(A, ""), layer(A, ""), layer(A, ""), layer(A, "")];
        assert!(matches!(manifest(&image(&many)), Err(Error::TooMany(_))));
        assert!(matches!(manifest(&image(&many[1..])), Err(Error::TooLarge(_))));
        let huge = image(&[layer(A, "").replace(": 5", ": 18446744073709551615"), layer(B, "")]);
        assert!(matches!(manifest(&huge), Err(Error::TooLarge(_))));
    }
}
