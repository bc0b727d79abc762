//! A registry of fixed answers, which remembers what it was asked.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use assay_core::Sha256;
use assay_registries::oci::{Client, Error, Layer, Manifest, Options, Reference};
use sha2::Digest as _;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

pub(crate) const IMAGE: &str = "application/vnd.oci.image.manifest.v1+json";

/// One answer: its head without the blank line, and its body.
#[derive(Clone)]
pub(crate) struct Answer {
    head: String,
    body: Vec<u8>,
    stalls: bool,
}

impl Answer {
    /// A status, headers, and a body with its length.
    pub(crate) fn new(status: u16, headers: &[(&str, &str)], body: impl AsRef<[u8]>) -> Self {
        let body = body.as_ref();
        Self::raw(status, headers, body).with(&format!("Content-Length: {}", body.len()))
    }

    /// An answer that ends with its connection and announces no length.
    pub(crate) fn raw(status: u16, headers: &[(&str, &str)], body: &[u8]) -> Self {
        let mut head = format!("HTTP/1.1 {status} X\r\nConnection: close\r\n");
        for (name, value) in headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        Self { head, body: body.to_vec(), stalls: false }
    }

    /// An answer that begins and never ends.
    pub(crate) fn stalled(headers: &[(&str, &str)], body: &[u8]) -> Self {
        Self { stalls: true, ..Self::raw(200, headers, body) }
    }

    pub(crate) fn with(mut self, header: &str) -> Self {
        self.head.push_str(&format!("{header}\r\n"));
        self
    }
}

type Answers = Arc<Mutex<BTreeMap<String, Answer>>>;

/// A request's path and its `Authorization`.
type Asked = (String, Option<String>);

/// A registry on a port of its own.
pub(crate) struct Registry {
    pub(crate) host: String,
    answers: Answers,
    asked: Arc<Mutex<Vec<Asked>>>,
}

impl Registry {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let host = listener.local_addr().unwrap().to_string();
        let registry = Self { host, answers: Arc::default(), asked: Arc::default() };
        let (answers, asked) = (Arc::clone(&registry.answers), Arc::clone(&registry.asked));
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (answers, asked) = (Arc::clone(&answers), Arc::clone(&asked));
                tokio::spawn(async move {
                    let request = read(stream).await;
                    let Some((mut stream, path, authorization)) = request else { return };
                    asked.lock().unwrap().push((path.clone(), authorization.clone()));
                    let login = authorization.unwrap_or_default();
                    let answer = {
                        let answers = answers.lock().unwrap();
                        answers.get(&format!("{path} {login}")).or_else(|| answers.get(&path)).cloned()
                    };
                    let answer = answer.unwrap_or_else(|| Answer::new(404, &[], "{}"));
                    let head = format!("{}\r\n", answer.head);
                    // A client that refuses the head hangs up; that is its answer.
                    if stream.write_all(head.as_bytes()).await.is_ok() {
                        drop(stream.write_all(&answer.body).await);
                        if answer.stalls {
                            std::future::pending::<()>().await;
                        }
                    }
                });
            }
        });
        registry
    }

    /// Answers a path; with a login behind a blank, only requests that carry it.
    pub(crate) fn answer(&self, path: &str, answer: Answer) {
        self.answers.lock().unwrap().insert(path.to_owned(), answer);
    }

    /// Puts a blob into the repository `tiny`.
    pub(crate) fn blob(&self, content: &[u8]) -> String {
        let digest = sha256(content);
        self.answer(&format!("/v2/tiny/blobs/sha256:{digest}"), Answer::new(200, &[], content));
        digest.to_string()
    }

    /// Puts a manifest into the repository `tiny`, under its digest and a tag.
    pub(crate) fn manifest(&self, tag: &str, media_type: &str, text: &str) -> Sha256 {
        let digest = sha256(text.as_bytes());
        let answer = Answer::new(200, &[("Content-Type", media_type)], text);
        self.answer(&format!("/v2/tiny/manifests/sha256:{digest}"), answer.clone());
        self.answer(&format!("/v2/tiny/manifests/{tag}"), answer);
        digest
    }

    pub(crate) fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap().clone()
    }

    pub(crate) fn reference(&self, rest: &str) -> Reference {
        format!("oci://{}/tiny{rest}", self.host).parse().unwrap()
    }

    pub(crate) async fn pull(&self, rest: &str, options: Options) -> Result<Manifest, Error> {
        Client::new(options).unwrap().manifest(&self.reference(rest)).await
    }

    /// Pulls one layer of the repository whole.
    pub(crate) async fn layer(&self, layer: &Layer, options: Options) -> Result<Vec<u8>, Error> {
        let client = Client::new(options).unwrap();
        let mut stream = client.layer_stream(&self.reference(""), layer).await?;
        let mut content = Vec::new();
        while let Some(chunk) = stream.chunk().await? {
            content.extend_from_slice(chunk.as_ref());
        }
        assert!(matches!(stream.chunk().await, Ok(None)), "a layer ends once and for all");
        Ok(content)
    }
}

/// The connection, the path, and the `Authorization` of one request.
async fn read(stream: TcpStream) -> Option<(TcpStream, String, Option<String>)> {
    let mut lines = BufReader::new(stream);
    let mut path = None;
    let mut authorization = None;
    loop {
        let mut line = String::new();
        lines.read_line(&mut line).await.ok()?;
        let line = line.trim_end();
        if line.is_empty() {
            return Some((lines.into_inner(), path?, authorization));
        }
        if path.is_none() {
            path = line.split(' ').nth(1).map(str::to_owned);
        } else if let Some((name, value)) = line.split_once(": ")
            && name.eq_ignore_ascii_case("authorization")
        {
            authorization = Some(value.to_owned());
        }
    }
}

pub(crate) fn sha256(content: &[u8]) -> Sha256 {
    Sha256::new(sha2::Sha256::digest(content).into())
}

/// The descriptor of the empty config.
const CONFIG: &str = r#"{"mediaType": "application/vnd.oci.empty.v1+json", "size": 2,
    "digest": "sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"}"#;

/// The text of a manifest with one layer per digest and length.
pub(crate) fn image(layers: &[(&str, usize)]) -> String {
    let layers: Vec<_> = layers
        .iter()
        .map(|(digest, size)| {
            format!(r#"{{"mediaType": "application/x", "digest": "sha256:{digest}", "size": {size}}}"#)
        })
        .collect();
    let layers = layers.join(",");
    format!(r#"{{"schemaVersion": 2, "mediaType": "{IMAGE}", "config": {CONFIG}, "layers": [{layers}]}}"#)
}

/// A layer as a manifest would describe it.
pub(crate) fn layer(content: &[u8]) -> Layer {
    let (media_type, name) = ("application/x".to_owned(), "x".to_owned());
    Layer { digest: sha256(content), size: content.len() as u64, media_type, name }
}
