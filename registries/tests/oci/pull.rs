use assay_registries::oci::{Client, Error, Options};

use crate::server::{Answer, IMAGE, Registry, image, layer, sha256};

const INDEX: &str = "application/vnd.oci.image.index.v1+json";

/// The text of an index of these digests.
fn index(children: &[String]) -> String {
    let children: Vec<_> = children
        .iter()
        .map(|digest| format!(r#"{{"mediaType": "{IMAGE}", "digest": "sha256:{digest}", "size": 1}}"#))
        .collect();
    format!(r#"{{"schemaVersion": 2, "mediaType": "{INDEX}", "manifests": [{}]}}"#, children.join(","))
}

#[tokio::test]
async fn a_tag_and_a_digest_give_the_same_manifest_and_its_layers() {
    let registry = Registry::start().await;
    let blob = registry.blob(b"weights");
    let digest = registry.manifest("v1", IMAGE, &image(&[(&blob, 7)]));
    let by_tag = registry.pull(":v1", Options::default()).await.unwrap();
    let by_digest = registry.pull(&format!("@sha256:{digest}"), Options::default()).await.unwrap();
    assert_eq!(by_tag, by_digest);
    assert_eq!((by_tag.digest, by_tag.media_type.as_str()), (digest, IMAGE));
    assert_eq!(by_tag.layers[0].name, format!("sha256:{blob}"));
    let content = registry.layer(&by_tag.layers[0], Options::default()).await.unwrap();
    assert_eq!(content, b"weights");
}

#[tokio::test]
async fn an_index_is_all_its_manifests() {
    let registry = Registry::start().await;
    let blob = registry.blob(b"weights");
    let one = registry.manifest("one", IMAGE, &image(&[(&blob, 7)]));
    let two = registry.manifest("two", IMAGE, &format!("{} ", image(&[(&blob, 7)])));
    let digest = registry.manifest("all", INDEX, &index(&[one.to_string(), two.to_string()]));
    let all = registry.pull(":all", Options::default()).await.unwrap();
    assert_eq!((all.digest, all.children), (digest, vec![one, two]));
    let names: Vec<_> = all.layers.iter().map(|layer| layer.name.clone()).collect();
    let prefix = |digest: &str| digest[..12].to_owned();
    assert_eq!(names, [one, two].map(|child| format!("{}/sha256:{blob}", prefix(&child.to_string()))));
}

#[tokio::test]
async fn an_index_is_bounded_and_not_nested() {
    let registry = Registry::start().await;
    let inner = registry.manifest("inner", INDEX, &index(&[]));
    registry.manifest("outer", INDEX, &index(&[inner.to_string()]));
    assert!(matches!(registry.pull(":outer", Options::default()).await, Err(Error::Manifest(_))));
    registry.manifest("wide", INDEX, &index(&vec![inner.to_string(); 65]));
    assert!(matches!(registry.pull(":wide", Options::default()).await, Err(Error::TooMany(_))));
}

#[tokio::test]
async fn a_manifest_of_another_digest_is_refused() {
    let registry = Registry::start().await;
    let digest = sha256(b"another");
    let answer = Answer::new(200, &[("Content-Type", IMAGE)], image(&[]));
    registry.answer(&format!("/v2/tiny/manifests/sha256:{digest}"), answer.clone());
    let pulled = registry.pull(&format!("@sha256:{digest}"), Options::default()).await;
    assert!(matches!(pulled, Err(Error::Digest(_))), "{pulled:?}");
    registry.answer("/v2/tiny/manifests/v1", answer.with(&format!("Docker-Content-Digest: sha256:{digest}")));
    assert!(matches!(registry.pull(":v1", Options::default()).await, Err(Error::Digest(_))));
}

#[tokio::test]
async fn a_manifest_larger_than_the_limit_is_refused_with_and_without_a_length() {
    let registry = Registry::start().await;
    let options = || Options { max_manifest_bytes: 1_000, ..Options::default() };
    let text = format!("{}{}", image(&[]), " ".repeat(1_000));
    let headers = [("Content-Type", IMAGE)];
    registry.answer("/v2/tiny/manifests/long", Answer::new(200, &headers, &text));
    registry.answer("/v2/tiny/manifests/endless", Answer::raw(200, &headers, text.as_bytes()));
    assert!(matches!(registry.pull(":long", options()).await, Err(Error::TooLarge(_))));
    assert!(matches!(registry.pull(":endless", options()).await, Err(Error::TooLarge(_))));
    let exact = format!("{:<1000}", image(&[]));
    registry.answer("/v2/tiny/manifests/exact", Answer::raw(200, &headers, exact.as_bytes()));
    assert!(registry.pull(":exact", options()).await.is_ok());
}

#[tokio::test]
async fn a_layer_of_other_bytes_is_known_at_its_end() {
    let registry = Registry::start().await;
    let wanted = layer(b"weights");
    let path = format!("/v2/tiny/blobs/sha256:{}", wanted.digest);
    registry.answer(&path, Answer::new(200, &[], b"WEIGHTS"));
    let content = registry.layer(&wanted, Options::default()).await;
    assert!(matches!(content, Err(Error::Digest(_))), "{content:?}");
}

#[tokio::test]
async fn a_layer_that_is_shorter_or_longer_than_declared_is_refused() {
    let registry = Registry::start().await;
    let wanted = layer(b"weights");
    let path = format!("/v2/tiny/blobs/sha256:{}", wanted.digest);
    for answer in [
        Answer::new(200, &[], b"weights and more"),
        Answer::raw(200, &[], b"weights and more"),
        Answer::raw(200, &[], b"wei"),
        Answer::raw(200, &[], b""),
    ] {
        registry.answer(&path, answer);
        let content = registry.layer(&wanted, Options::default()).await;
        assert!(matches!(content, Err(Error::Size)), "{content:?}");
    }
    // Cut off within its announced length: the connection itself is at fault.
    registry.answer(&path, Answer::raw(200, &[], b"wei").with("Content-Length: 7"));
    assert!(matches!(registry.layer(&wanted, Options::default()).await, Err(Error::Transport(_))));
}

#[tokio::test]
async fn a_layer_above_the_limit_is_not_asked_for() {
    let registry = Registry::start().await;
    let options = Options { max_layer_bytes: 6, ..Options::default() };
    let content = registry.layer(&layer(b"weights"), options).await;
    assert!(matches!(content, Err(Error::TooLarge(_))));
    assert_eq!(registry.asked(), []);
}

#[tokio::test]
async fn an_empty_layer_is_a_layer() {
    let registry = Registry::start().await;
    registry.blob(b"");
    assert_eq!(registry.layer(&layer(b""), Options::default()).await.unwrap(), b"");
}

#[tokio::test]
async fn what_is_not_there_and_what_fails_are_told_apart() {
    let registry = Registry::start().await;
    assert!(matches!(registry.pull(":none", Options::default()).await, Err(Error::NotFound)));
    for status in [206, 400, 500] {
        registry.answer("/v2/tiny/manifests/odd", Answer::new(status, &[], ""));
        let pulled = registry.pull(":odd", Options::default()).await;
        assert!(matches!(pulled, Err(Error::Status(found)) if found == status), "{pulled:?}");
    }
}

#[tokio::test]
async fn an_answer_that_never_ends_is_given_up() {
    let registry = Registry::start().await;
    registry.answer("/v2/tiny/manifests/slow", Answer::stalled(&[("Content-Type", IMAGE)], b"{"));
    let wanted = layer(b"weights");
    registry.answer(&format!("/v2/tiny/blobs/sha256:{}", wanted.digest), Answer::stalled(&[], b"wei"));
    let short = std::time::Duration::from_millis(50);
    let options = || Options { answer_timeout: short, layer_timeout: short, ..Options::default() };
    assert!(matches!(registry.pull(":slow", options()).await, Err(Error::Transport(_))));
    assert!(matches!(registry.layer(&wanted, options()).await, Err(Error::Transport(_))));
}

#[tokio::test]
async fn a_pull_can_move_between_threads() {
    let registry = Registry::start().await;
    let blob = registry.blob(b"weights");
    registry.manifest("v1", IMAGE, &image(&[(&blob, 7)]));
    let reference = registry.reference(":v1");
    let client = Client::new(Options::default()).unwrap();
    let pull = tokio::spawn(async move {
        let manifest = client.manifest(&reference).await?;
        let mut stream = client.layer_stream(&reference, &manifest.layers[0]).await?;
        let mut len = 0;
        while let Some(chunk) = stream.chunk().await? {
            len += chunk.as_ref().len();
        }
        Ok::<_, Error>(len)
    });
    assert_eq!(pull.await.unwrap().unwrap(), 7);
}
