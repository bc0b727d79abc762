//! Manifests and indexes, parsed into what can be pulled.
//!
//! Source: OCI image spec 1.1 `manifest.md`, `image-index.md`, `descriptor.md`; ModelPack `spec.md` for file names. They
//! are parsed into the types of `oci-client`. A document that can be read as both manifest and index is refused
//! (CVE-2021-41190), as is a manifest without a config, a layer that lies elsewhere (`urls`), a size below zero, and a
//! property given twice. Inline `data` is not read: the layer is pulled by its digest.
//!
//! Two things of `oci-client` are not used. Its choice between manifest and index: [`OciManifest`] is whichever fits
//! first, so a document that is both would be a manifest. Its `ImageIndexEntry` forgets `urls`. [`Outline`] sees both.

use std::collections::BTreeSet;

use assay_core::Sha256;
use oci_client::annotations::ORG_OPENCONTAINERS_IMAGE_TITLE;
use oci_client::manifest::{
    IMAGE_MANIFEST_LIST_MEDIA_TYPE, IMAGE_MANIFEST_MEDIA_TYPE, OCI_IMAGE_INDEX_MEDIA_TYPE,
    OCI_IMAGE_MEDIA_TYPE, OciDescriptor, OciImageIndex, OciImageManifest, OciManifest, Versioned,
};
use serde::Deserialize;
use serde::de::{DeserializeOwned, IgnoredAny};

use super::reference::sha256;
use super::{Error, Options};

/// The media types of a manifest.
const IMAGE: &[&str] = &[OCI_IMAGE_MEDIA_TYPE, IMAGE_MANIFEST_MEDIA_TYPE];

/// The media types of an index.
pub(super) const INDEX: &[&str] = &[OCI_IMAGE_INDEX_MEDIA_TYPE, IMAGE_MANIFEST_LIST_MEDIA_TYPE];

/// Annotations that name a layer's file, the specific one first.
const NAMES: &[&str] = &["org.cncf.model.filepath", ORG_OPENCONTAINERS_IMAGE_TITLE];

/// The longest file name that is kept, bytes; the longest path of Linux.
const MAX_NAME: usize = 4_096;

/// The longest media type that is kept, bytes.
const MAX_MEDIA_TYPE: usize = 255;

/// What is accepted for a manifest, as the value of an `Accept` header.
pub(super) fn accept() -> String {
    [IMAGE, INDEX].concat().join(", ")
}

/// Whether a media type is one of a manifest or an index.
pub(crate) fn is_manifest_media_type(media_type: &str) -> bool {
    IMAGE.contains(&media_type) || INDEX.contains(&media_type)
}

/// A manifest, checked against its digest, with everything below it that can be pulled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Manifest {
    /// SHA-256 of its bytes.
    pub digest: Sha256,
    /// Its length, bytes.
    pub size: u64,
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

/// A parsed document, whose parts are those of its media type.
#[derive(Debug)]
pub(super) struct Document {
    media_type: String,
    size: u64,
    pub(super) content: OciManifest,
}

/// Which parts a document has.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Outline {
    config: Option<IgnoredAny>,
    layers: Option<IgnoredAny>,
    manifests: Option<Vec<Place>>,
    /// Schema 1, which has no digests of what it names.
    fs_layers: Option<IgnoredAny>,
}

/// Where an index's entry lies.
#[derive(Deserialize)]
struct Place {
    urls: Option<Vec<String>>,
}

impl Document {
    /// Parses a document, whose own media type and the `Content-Type` it came with must not contradict each other.
    ///
    /// # Errors
    /// [`Error::Manifest`].
    pub(super) fn parse(body: &[u8], content_type: Option<&str>) -> Result<Self, Error> {
        let version: Versioned = json(body)?;
        let outline: Outline = json(body)?;
        if version.schema_version != 2 || outline.fs_layers.is_some() {
            return Err(Error::Manifest("its schemaVersion is not 2"));
        }
        let content_type = content_type.and_then(|text| text.split(';').next()).map(str::trim);
        let content_type = content_type.filter(|text| is_manifest_media_type(text));
        let media_type = match (version.media_type, content_type) {
            (Some(own), Some(header)) if own != header => {
                return Err(Error::Manifest("its mediaType is not its Content-Type"));
            }
            (Some(own), _) => own,
            (None, Some(header)) => header.to_owned(),
            (None, None) => return Err(Error::Manifest("it has no mediaType")),
        };
        let content = match (outline.layers, outline.manifests) {
            (Some(_), None) if IMAGE.contains(&media_type.as_str()) => OciManifest::Image(json(body)?),
            (None, Some(places)) if outline.config.is_none() && INDEX.contains(&media_type.as_str()) => {
                places.iter().try_for_each(|place| within_registry(place.urls.as_deref()))?;
                OciManifest::ImageIndex(json(body)?)
            }
            _ => return Err(Error::Manifest("its parts are not those of its mediaType")),
        };
        let size = u64::try_from(body.len()).unwrap_or(u64::MAX);
        Ok(Self { media_type, size, content })
    }

    /// What it says it is: `artifactType`, or the media type of a manifest's config.
    pub(super) fn artifact_type(&self) -> Option<String> {
        match &self.content {
            OciManifest::Image(image) => {
                image.artifact_type.clone().or_else(|| Some(image.config.media_type.clone()))
            }
            OciManifest::ImageIndex(index) => index.artifact_type.clone(),
        }
    }
}

/// Refuses what serde refuses, and with it a known key that is given twice.
pub(super) fn json<T: DeserializeOwned>(body: &[u8]) -> Result<T, Error> {
    serde_json::from_slice(body).map_err(|_| Error::Manifest("not the JSON of one"))
}

fn within_registry(urls: Option<&[String]>) -> Result<(), Error> {
    match urls {
        Some([_, ..]) => Err(Error::Manifest("a part lies outside of the registry")),
        Some([]) | None => Ok(()),
    }
}

/// The digest and the size of a descriptor.
fn identity(digest: &str, size: i64) -> Result<(Sha256, u64), Error> {
    let digest = sha256(digest).ok_or(Error::Manifest("a digest is not sha256"))?;
    Ok((digest, u64::try_from(size).map_err(|_| Error::Manifest("a size is below zero"))?))
}

/// The manifests an index lists, within the limit.
///
/// # Errors
/// [`Error::Manifest`], [`Error::TooMany`].
pub(super) fn children(index: &OciImageIndex, options: &Options) -> Result<Vec<Sha256>, Error> {
    if index.manifests.len() > options.max_children {
        return Err(Error::TooMany("manifests in an index"));
    }
    let entries = index.manifests.iter();
    entries.map(|entry| identity(&entry.digest, entry.size).map(|(digest, _)| digest)).collect()
}

/// The blob of a descriptor, in the manifest it is of when that is one of several.
pub(super) fn layer(descriptor: OciDescriptor, within: Option<Sha256>) -> Result<Layer, Error> {
    within_registry(descriptor.urls.as_deref())?;
    let (digest, size) = identity(&descriptor.digest, descriptor.size)?;
    if descriptor.media_type.len() > MAX_MEDIA_TYPE {
        return Err(Error::Manifest("a media type is too long"));
    }
    let mut annotations = descriptor.annotations.unwrap_or_default();
    let named = NAMES.iter().find_map(|key| annotations.remove(*key));
    let named = named.filter(|name| !name.is_empty() && name.len() <= MAX_NAME);
    let name = named.unwrap_or_else(|| format!("sha256:{digest}"));
    let name = match within {
        Some(manifest) => format!("{:.12}/{name}", manifest.to_string()),
        None => name,
    };
    Ok(Layer { digest, size, media_type: descriptor.media_type, name })
}

impl Manifest {
    pub(super) fn new(digest: Sha256, document: &Document) -> Self {
        let (media_type, artifact_type) = (document.media_type.clone(), document.artifact_type());
        let (children, configs, layers) = (Vec::new(), Vec::new(), Vec::new());
        Self { digest, size: document.size, media_type, artifact_type, children, configs, layers }
    }

    /// Adds what one manifest names, within the limits.
    ///
    /// # Errors
    /// [`Error::Manifest`], [`Error::TooMany`], [`Error::TooLarge`].
    pub(super) fn add(
        &mut self,
        image: OciImageManifest,
        within: Option<Sha256>,
        options: &Options,
    ) -> Result<(), Error> {
        if self.layers.len().saturating_add(image.layers.len()) > options.max_layers {
            return Err(Error::TooMany("layers in a manifest"));
        }
        self.configs.push(layer(image.config, within)?);
        for descriptor in image.layers {
            self.layers.push(layer(descriptor, within)?);
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

#[cfg(test)]
mod tests {
    use super::*;

    const A: &str = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    const B: &str = "sha256:5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03";

    fn layer(digest: &str, more: &str) -> String {
        format!(r#"{{"mediaType": "x/y", "digest": "{digest}", "size": 5{more}}}"#)
    }

    fn image(layers: &[String]) -> String {
        let config = format!(r#"{{"mediaType": "c/d", "digest": "{A}", "size": 0}}"#);
        let layers = layers.join(",");
        let head = format!(r#"{{"schemaVersion": 2, "mediaType": "{}""#, IMAGE[0]);
        format!(r#"{head}, "config": {config}, "layers": [{layers}]}}"#)
    }

    fn index(entries: &[String]) -> String {
        let head = format!(r#"{{"schemaVersion": 2, "mediaType": "{}""#, INDEX[0]);
        format!(r#"{head}, "manifests": [{}]}}"#, entries.join(","))
    }

    fn manifest(text: &str) -> Result<Manifest, Error> {
        let document = Document::parse(text.as_bytes(), None)?;
        let mut manifest = Manifest::new(Sha256::new([0; 32]), &document);
        let options = Options { max_layers: 3, max_total_bytes: 14, max_children: 2, ..Options::default() };
        match document.content {
            OciManifest::Image(image) => manifest.add(image, None, &options)?,
            OciManifest::ImageIndex(index) => manifest.children = children(&index, &options)?,
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
            image(&[]).replacen('{', &format!("{{{list}, "), 1),
            image(&[]).replacen("\"layers\": []", &list, 1),
            image(&[]).replacen(IMAGE[0], INDEX[0], 1),
            image(&[]).replacen("2,", "1,", 1),
            image(&[]).replacen('{', "{\"fsLayers\": [], ", 1),
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
    fn a_key_given_twice_is_refused() {
        for text in [
            image(&[]).replacen('{', "{\"schemaVersion\": 2, ", 1),
            image(&[]).replacen('{', "{\"layers\": [], ", 1),
            image(&[layer(A, &format!(r#", "digest": "{B}""#))]),
            image(&[layer(A, r#", "urls": [], "urls": ["https://x"]"#)]),
            index(&[]).replacen('{', "{\"manifests\": [], ", 1),
            index(&[layer(A, &format!(r#", "digest": "{B}""#))]),
        ] {
            assert!(matches!(manifest(&text), Err(Error::Manifest(_))), "{text}");
        }
    }

    #[test]
    fn an_index_is_the_digests_of_its_entries() {
        let found =
            manifest(&index(&[layer(A, ""), layer(B, r#", "platform": {"os": "x", "architecture": "y"}"#)]));
        let children: Vec<_> =
            found.unwrap().children.iter().map(|child| format!("sha256:{child}")).collect();
        assert_eq!(children, [A, B]);
        let many = index(&[layer(A, ""), layer(A, ""), layer(A, "")]);
        assert!(matches!(manifest(&many), Err(Error::TooMany(_))));
        for entry in [
            layer(A, r#", "urls": ["https://x"]"#),
            layer(A, "").replace(": 5", ": -1"),
            layer("sha512:00", ""),
        ] {
            assert!(matches!(manifest(&index(&[entry])), Err(Error::Manifest(_))));
        }
    }

    #[test]
    fn a_manifest_says_what_it_is_itself_or_by_its_config() {
        let found = manifest(&image(&[])).unwrap();
        assert_eq!((found.artifact_type.as_deref(), found.configs.len()), (Some("c/d"), 1));
        let own = image(&[]).replacen('{', "{\"artifactType\": \"a/b\", ", 1);
        assert_eq!(manifest(&own).unwrap().artifact_type.as_deref(), Some("a/b"));
        let bare = image(&[]).replacen("\"config\"", "\"other\"", 1);
        assert!(matches!(manifest(&bare), Err(Error::Manifest(_))), "a config is required");
    }

    #[test]
    fn every_media_type_that_is_read_is_asked_for() {
        let asked = accept();
        let asked: Vec<_> = asked.split(", ").collect();
        assert_eq!(asked, [IMAGE, INDEX].concat());
        assert!(asked.iter().all(|media_type| is_manifest_media_type(media_type)));
    }

    #[test]
    fn a_size_outside_of_the_specification_is_refused() {
        for size in ["-1", "9223372036854775808", "5.0", "\"5\""] {
            let text = image(&[layer(A, "").replace(": 5", &format!(": {size}"))]);
            assert!(matches!(manifest(&text), Err(Error::Manifest(_))), "{text}");
        }
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
        let huge = image(&[layer(A, "").replace(": 5", ": 9223372036854775807"), layer(B, "")]);
        assert!(matches!(manifest(&huge), Err(Error::TooLarge(_))));
    }
}
