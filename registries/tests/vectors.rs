//! Notifications that real registries sent. `ASSAY_VECTORS` names the folder; without it the test says so and ends.

#[cfg(test)]
mod tests {
    use std::env;
    use std::fs;
    use std::path::PathBuf;

    use assay_registries::webhook::{Action, StaticHeader, distribution};
    use reqwest::header::{HeaderMap, HeaderName, HeaderValue};

    fn folder() -> Option<PathBuf> {
        let folder = env::var_os("ASSAY_VECTORS").map(PathBuf::from);
        if folder.is_none() {
            println!("skipped: ASSAY_VECTORS is not set");
        }
        Some(folder?.join("webhooks/distribution"))
    }

    #[expect(clippy::disallowed_methods, reason = "a vector is a small file of our own")]
    fn headers(path: &PathBuf) -> HeaderMap {
        let text = fs::read_to_string(path).unwrap();
        let lines = text.lines().filter_map(|line| line.split_once(": "));
        lines
            .map(|(name, value)| (name.parse::<HeaderName>().unwrap(), value.parse::<HeaderValue>().unwrap()))
            .collect()
    }

    #[test]
    #[expect(clippy::disallowed_methods, reason = "a vector is a small file of our own")]
    fn real_notifications_are_authenticated_and_their_manifests_found() {
        let Some(folder) = folder() else { return };
        let secret = StaticHeader::bearer("s3cret-token").unwrap();
        let wrong = StaticHeader::bearer("s3cret-tokeN").unwrap();
        let mut found = Vec::new();
        let mut bodies = 0;
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_some_and(|extension| extension == "body") {
                let headers = headers(&path.with_extension("headers.txt"));
                assert_eq!(secret.authenticate(&headers), Ok(()), "{}", path.display());
                assert!(wrong.authenticate(&headers).is_err());
                found.extend(distribution::parse(&fs::read(&path).unwrap()).unwrap());
                bodies += 1;
            }
        }
        assert!(bodies > 20);
        found.sort_by(|a, b| (&a.repository, &a.tag).cmp(&(&b.repository, &b.tag)));
        let places: Vec<_> = found.iter().map(|found| found.repository.as_str()).collect();
        assert_eq!(places, ["models/tiny", "quarantine/tiny", "quarantine/tiny"]);
        assert!(found.iter().all(|found| found.action == Action::Push));
        assert_eq!(found[0].digest, found[2].digest);
    }
}
