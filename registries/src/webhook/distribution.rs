//! Notifications of the Distribution registry, envelopes v1 and v2.
//!
//! Source: distribution `notifications/event.go`; real bodies of registry 2.8. Kept are pushes and mounts of manifests.
//! Pulls are left out, or our own pulls would call us again; blobs arrive before the manifest that makes them an
//! artifact; deletions make nothing new. The sender proves itself with a fixed header: [`super::StaticHeader`].

use assay_core::shown;
use serde::Deserialize;

use super::{Action, MAX_BODY_BYTES, Notification, ParseError};
use crate::oci::is_manifest_media_type;
use crate::oci::names::{is_repository, is_tag, sha256};

/// Events of one body; the registry itself puts one into each.
const MAX_EVENTS: usize = 1_000;

/// The longest event id and host that are kept, bytes.
const MAX_TEXT: usize = 256;

/// Reads an authenticated body.
///
/// # Errors
/// [`ParseError`]. One malformed event refuses the whole body, so that nothing is half accepted.
pub fn parse(body: &[u8]) -> Result<Vec<Notification>, ParseError> {
    if body.len() > MAX_BODY_BYTES {
        return Err(ParseError::TooLarge);
    }
    let envelope: Envelope = serde_json::from_slice(body).map_err(ParseError::Json)?;
    if envelope.events.len() > MAX_EVENTS {
        return Err(ParseError::TooMany);
    }
    let events = envelope.events.into_iter().enumerate();
    events
        .filter_map(|(place, event)| {
            event.notification().map_err(|what| ParseError::Event { event: place, what }).transpose()
        })
        .collect()
}

#[derive(Deserialize)]
struct Envelope {
    events: Vec<Event>,
}

#[derive(Deserialize)]
struct Event {
    id: String,
    action: String,
    target: Target,
    request: Option<Request>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Target {
    media_type: Option<String>,
    digest: Option<String>,
    repository: Option<String>,
    tag: Option<String>,
}

#[derive(Deserialize)]
struct Request {
    host: Option<String>,
}

impl Event {
    /// The notification, if this event is one, or which part of it is malformed.
    fn notification(self) -> Result<Option<Notification>, &'static str> {
        let action = match self.action.as_str() {
            "push" => Action::Push,
            "mount" => Action::Mount,
            _ => return Ok(None),
        };
        let Some(media_type) = self.target.media_type.filter(|text| is_manifest_media_type(text)) else {
            return Ok(None);
        };
        if self.id.is_empty() || self.id.len() > MAX_TEXT {
            return Err("id");
        }
        let digest = self.target.digest.as_deref().and_then(sha256).ok_or("digest")?;
        let repository = self.target.repository.filter(|name| is_repository(name)).ok_or("repository")?;
        let tag = self.target.tag.filter(|tag| !tag.is_empty());
        if tag.as_deref().is_some_and(|tag| !is_tag(tag)) {
            return Err("tag");
        }
        let host = self.request.and_then(|request| request.host).filter(|host| host.len() <= MAX_TEXT);
        let (id, host) = (shown(&self.id), host.map(|host| shown(&host)));
        Ok(Some(Notification { id, action, repository, digest, media_type, tag, host }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DIGEST: &str = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";

    fn event(action: &str, media_type: &str, digest: &str, repository: &str, tag: &str) -> String {
        format!(
            r#"{{"id": "e-1", "timestamp": "2026-01-01T00:00:00Z", "action": "{action}", "target": {{
                "mediaType": "{media_type}", "digest": "{digest}", "size": 3, "repository": "{repository}",
                "tag": "{tag}", "url": "http://169.254.169.254/", "references": [{{"digest": "sha256:00"}}]}},
                "request": {{"host": "127.0.0.1:5055"}}, "actor": {{}}, "source": {{}}}}"#
        )
    }

    fn body(events: &[String]) -> String {
        format!(r#"{{"events": [{}]}}"#, events.join(","))
    }

    #[test]
    fn a_pushed_and_a_mounted_manifest_are_notifications() {
        let text = body(&[
            event("push", MANIFEST, DIGEST, "models/tiny", "v1"),
            event("mount", "application/vnd.oci.image.index.v1+json", DIGEST, "models/tiny", ""),
        ]);
        let found = parse(text.as_bytes()).unwrap();
        assert_eq!(found.iter().map(|found| found.action).collect::<Vec<_>>(), [Action::Push, Action::Mount]);
        assert_eq!(found[0].tag.as_deref(), Some("v1"));
        assert_eq!(found[1].tag, None);
        assert_eq!(found[0].host.as_deref(), Some("127.0.0.1:5055"));
        let reference = found[0].reference("registry.example:5000").unwrap();
        assert_eq!(reference.to_string(), format!("oci://registry.example:5000/models/tiny@{DIGEST}"));
    }

    #[test]
    fn pulls_blobs_and_deletions_are_left_out() {
        let text = body(&[
            event("pull", MANIFEST, DIGEST, "models/tiny", "v1"),
            event("delete", MANIFEST, DIGEST, "models/tiny", "v1"),
            event("push", "application/octet-stream", DIGEST, "models/tiny", ""),
            r#"{"id": "x", "action": "push", "target": {}}"#.to_owned(),
        ]);
        assert_eq!(parse(text.as_bytes()).unwrap(), []);
        assert_eq!(parse(br#"{"events": []}"#).unwrap(), []);
    }

    #[test]
    fn one_malformed_event_refuses_the_body_and_is_named() {
        let good = event("push", MANIFEST, DIGEST, "models/tiny", "v1");
        for (bad, part) in [
            (event("push", MANIFEST, "sha512:00", "models/tiny", "v1"), "digest"),
            (event("push", MANIFEST, DIGEST, "../../etc", "v1"), "repository"),
            (event("push", MANIFEST, DIGEST, "a?b=c", "v1"), "repository"),
            (event("push", MANIFEST, DIGEST, "models/tiny", "v 1"), "tag"),
            (good.replace("e-1", ""), "id"),
            (good.replace("e-1", &"e".repeat(257)), "id"),
        ] {
            let parsed = parse(body(&[good.clone(), bad]).as_bytes());
            assert!(
                matches!(parsed, Err(ParseError::Event { event: 1, what }) if what == part),
                "{part}: {parsed:?}"
            );
        }
    }

    #[test]
    fn what_is_no_envelope_is_refused() {
        for text in ["", "{}", "[]", r#"{"events": {}}"#, r#"{"events": [{}]}"#, &"[".repeat(1_000_000)] {
            assert!(matches!(parse(text.as_bytes()), Err(ParseError::Json(_))), "{text:.40}");
        }
    }

    #[test]
    fn a_body_and_its_events_are_bounded() {
        let padded = |len: usize| body(&[]) + &" ".repeat(len - body(&[]).len());
        assert!(parse(padded(MAX_BODY_BYTES).as_bytes()).is_ok());
        assert!(matches!(parse(padded(MAX_BODY_BYTES + 1).as_bytes()), Err(ParseError::TooLarge)));
        let small = r#"{"id": "x", "action": "pull", "target": {}}"#.to_owned();
        assert!(parse(body(&vec![small.clone(); MAX_EVENTS]).as_bytes()).is_ok());
        assert!(matches!(parse(body(&vec![small; MAX_EVENTS + 1]).as_bytes()), Err(ParseError::TooMany)));
    }

    #[test]
    fn every_cut_of_a_body_is_refused() {
        let whole = body(&[event("push", MANIFEST, DIGEST, "models/tiny", "v1")]);
        for end in 0..whole.len() {
            assert!(parse(&whole.as_bytes()[..end]).is_err(), "{end}");
        }
    }
}
