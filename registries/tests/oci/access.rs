use std::collections::BTreeSet;

use assay_registries::oci::{Credentials, Error, Options};

use crate::server::{Answer, IMAGE, Registry, image, layer};

/// `base64("user:secret")`.
const BASIC: &str = "Basic dXNlcjpzZWNyZXQ=";

fn options(registry: &Registry) -> Options {
    let credentials = Credentials::default().with(&registry.host, "user", "secret");
    Options { credentials, ..Options::default() }
}

fn manifest() -> Answer {
    Answer::new(200, &[("Content-Type", IMAGE)], image(&[]))
}

/// A registry that asks for a token of a realm.
async fn guarded(realm: impl Fn(&Registry) -> String) -> Registry {
    let registry = Registry::start().await;
    let challenge = format!(r#"Bearer realm="{}",service="tiny",scope="x""#, realm(&registry));
    registry.answer("/v2/tiny/manifests/v1", Answer::new(401, &[("WWW-Authenticate", &challenge)], ""));
    registry.answer("/v2/tiny/manifests/v1 Bearer t0k", manifest());
    registry
}

#[tokio::test]
async fn a_token_of_the_registrys_own_realm_opens_it() {
    let registry = guarded(|registry| format!("http://{}/token", registry.host)).await;
    let path = "/token?service=tiny&scope=repository%3Atiny%3Apull";
    registry.answer(&format!("{path} {BASIC}"), Answer::new(200, &[], r#"{"token": "t0k"}"#));
    registry.pull(":v1", options(&registry)).await.unwrap();
    let asked = registry.asked();
    assert_eq!(asked[1], (path.to_owned(), Some(BASIC.to_owned())));
    assert_eq!(asked[2].1.as_deref(), Some("Bearer t0k"));
}

#[tokio::test]
async fn a_realm_elsewhere_never_sees_the_login() {
    let elsewhere = Registry::start().await;
    elsewhere.answer("/token", Answer::new(200, &[], r#"{"token": "t0k"}"#));
    let registry = guarded(|_| format!("http://{}/token", elsewhere.host)).await;
    let pulled = registry.pull(":v1", options(&registry)).await;
    assert!(matches!(pulled, Err(Error::Elsewhere(place)) if place == elsewhere.host));
    assert_eq!(elsewhere.asked(), []);
}

#[tokio::test]
async fn a_realm_the_operator_names_is_asked() {
    let realm = Registry::start().await;
    let path = "/token?service=tiny&scope=repository%3Atiny%3Apull";
    realm.answer(path, Answer::new(200, &[], r#"{"access_token": "t0k"}"#));
    let registry = guarded(|_| format!("http://{}/token", realm.host)).await;
    let companions = BTreeSet::from([realm.host.clone()]);
    registry.pull(":v1", Options { companions, ..options(&registry) }).await.unwrap();
}

#[tokio::test]
async fn a_realm_without_a_token_is_refused_access() {
    for (status, body) in [(403, "{}"), (200, "{}"), (200, "["), (200, r#"{"token": ""}"#)] {
        let registry = guarded(|registry| format!("http://{}/token", registry.host)).await;
        let path = "/token?service=tiny&scope=repository%3Atiny%3Apull";
        registry.answer(path, Answer::new(status, &[], body));
        let pulled = registry.pull(":v1", options(&registry)).await;
        assert!(matches!(pulled, Err(Error::Access(_))), "{status} {body}: {pulled:?}");
    }
}

#[tokio::test]
async fn a_basic_login_is_sent_only_when_asked_for_and_there_is_one() {
    let registry = Registry::start().await;
    let challenge = [("WWW-Authenticate", r#"Basic realm="x""#)];
    registry.answer("/v2/tiny/manifests/v1", Answer::new(401, &challenge, ""));
    registry.answer(&format!("/v2/tiny/manifests/v1 {BASIC}"), manifest());
    assert!(matches!(registry.pull(":v1", Options::default()).await, Err(Error::Access(_))));
    registry.pull(":v1", options(&registry)).await.unwrap();
    assert_eq!(
        registry.asked().into_iter().map(|(_, login)| login.is_some()).collect::<Vec<_>>(),
        [false, false, true]
    );
}

#[tokio::test]
async fn a_redirect_to_a_host_that_is_not_public_is_refused() {
    let elsewhere = Registry::start().await;
    let registry = Registry::start().await;
    let wanted = layer(b"weights");
    for target in [
        format!("http://{}/cdn", elsewhere.host),
        "http://169.254.169.254/latest/meta-data".to_owned(),
        "http://[::1]:1/x".to_owned(),
        "http://localhost:1/x".to_owned(),
        "file:///etc/passwd".to_owned(),
        "ftp://public.example/x".to_owned(),
    ] {
        let path = format!("/v2/tiny/blobs/sha256:{}", wanted.digest);
        registry.answer(&path, Answer::new(307, &[("Location", &target)], ""));
        let content = registry.layer(&wanted, options(&registry)).await;
        assert!(matches!(content, Err(Error::Elsewhere(_))), "{target}: {content:?}");
    }
    assert_eq!(elsewhere.asked(), []);
}

#[tokio::test]
async fn a_redirect_the_operator_allows_gets_no_login() {
    let content = Registry::start().await;
    content.answer("/cdn", Answer::new(200, &[], b"weights"));
    let registry = Registry::start().await;
    let wanted = layer(b"weights");
    let path = format!("/v2/tiny/blobs/sha256:{}", wanted.digest);
    registry.answer(&path, Answer::new(401, &[("WWW-Authenticate", "Basic realm=x")], ""));
    let target = format!("http://{}/cdn", content.host);
    registry.answer(&format!("{path} {BASIC}"), Answer::new(307, &[("Location", &target)], ""));
    let companions = BTreeSet::from([content.host.clone()]);
    let options = Options { companions, ..options(&registry) };
    assert_eq!(registry.layer(&wanted, options).await.unwrap(), b"weights");
    assert_eq!(content.asked(), [("/cdn".to_owned(), None)]);
}

#[tokio::test]
async fn redirects_end() {
    let registry = Registry::start().await;
    registry.answer("/v2/tiny/manifests/v1", Answer::new(302, &[("Location", "/v2/tiny/manifests/v1")], ""));
    assert!(matches!(registry.pull(":v1", Options::default()).await, Err(Error::TooMany("redirects"))));
}
