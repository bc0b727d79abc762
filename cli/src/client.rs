//! assayd's API over its Unix socket. Answers are bounded: the daemon shows text that attackers chose.

use std::io;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context as _, Result, anyhow, bail};
use assay_core::shown;
use assay_core::wire::api::Problem;
use reqwest::{Response, StatusCode, Url};
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::runtime::Runtime;

use crate::args::Daemon;
use crate::output::Stream;

/// Where the packaged daemon listens.
const SYSTEM_SOCKET: &str = "/run/assay/assay.sock";

/// The longest answer: an explanation with 100,000 program lines.
const MAX_ANSWER: usize = 64 << 20;

/// The longest line of a stream.
const MAX_LINE: usize = 1 << 20;

/// How long one question may take; an explanation may scan first.
const PATIENCE: Duration = Duration::from_secs(120);

/// A connection to assayd.
#[derive(Debug)]
pub(crate) struct Client {
    runtime: Runtime,
    http: reqwest::Client,
    socket: PathBuf,
}

/// What assayd says about something it may not know.
#[derive(Debug)]
pub(crate) enum Known<T> {
    /// This.
    Here(T),
    /// That it does not know it; in its words.
    Unknown(String),
}

impl Client {
    /// Prepares a connection; nothing is sent yet.
    pub(crate) fn new(daemon: &Daemon) -> Result<Self> {
        let socket = daemon.socket.clone().unwrap_or_else(default_socket);
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .context("starting the network runtime")?;
        let http = reqwest::Client::builder()
            .unix_socket(socket.clone())
            .tls_certs_only([])
            .build()
            .context("preparing the connection")?;
        Ok(Self { runtime, http, socket })
    }

    /// Whether a daemon listens there.
    pub(crate) fn reachable(&self) -> bool {
        std::os::unix::net::UnixStream::connect(&self.socket).is_ok()
    }

    /// Whether assayd says that it is ready; it may not even listen yet.
    pub(crate) fn ready(&self) -> Result<bool> {
        let url = url("/readyz", &[])?;
        self.runtime.block_on(async {
            let response = self.http.get(url).timeout(PATIENCE).send().await;
            Ok(response.map_err(|error| self.unreachable(&error))?.status().is_success())
        })
    }

    /// Asks for something that must be there.
    pub(crate) fn get<T: DeserializeOwned>(&self, path: &str, query: &[(&str, String)]) -> Result<T> {
        match self.ask(path, query)? {
            Known::Here(answer) => Ok(answer),
            Known::Unknown(error) => bail!("assayd: {error}"),
        }
    }

    /// Asks for something that assayd may not know.
    pub(crate) fn ask<T: DeserializeOwned>(&self, path: &str, query: &[(&str, String)]) -> Result<Known<T>> {
        let url = url(path, query)?;
        self.runtime.block_on(async {
            let response = self.http.get(url).timeout(PATIENCE).send().await;
            let mut response = response.map_err(|error| self.unreachable(&error))?;
            let status = response.status();
            let body = body(&mut response).await?;
            match status {
                StatusCode::NOT_FOUND => Ok(Known::Unknown(problem(status, &body))),
                status if status.is_success() => Ok(Known::Here(parse(&body)?)),
                status => bail!("assayd: {}", problem(status, &body)),
            }
        })
    }

    /// Asks for a text.
    pub(crate) fn text(&self, path: &str, query: &[(&str, String)]) -> Result<String> {
        let url = url(path, query)?;
        self.runtime.block_on(async {
            let response = self.http.get(url).timeout(PATIENCE).send().await;
            let mut response = response.map_err(|error| self.unreachable(&error))?;
            let status = response.status();
            let body = body(&mut response).await?;
            match status.is_success() {
                true => String::from_utf8(body).context("assayd's answer is no text"),
                false => bail!("assayd: {}", problem(status, &body)),
            }
        })
    }

    /// Sends something and takes the answer.
    pub(crate) fn post<B: Serialize, T: DeserializeOwned>(&self, path: &str, sent: &B) -> Result<T> {
        let url = url(path, &[])?;
        let json = serde_json::to_vec(sent).context("writing the request")?;
        self.runtime.block_on(async {
            let request =
                self.http.post(url).timeout(PATIENCE).header("content-type", "application/json").body(json);
            let mut response = request.send().await.map_err(|error| self.unreachable(&error))?;
            let status = response.status();
            let body = body(&mut response).await?;
            match status.is_success() {
                true => parse(&body),
                false => bail!("assayd: {}", problem(status, &body)),
            }
        })
    }

    /// Reads values, one on each line, until assayd or `on` ends the stream.
    pub(crate) fn lines<T: DeserializeOwned>(
        &self,
        path: &str,
        query: &[(&str, String)],
        on: &mut dyn FnMut(T) -> Result<Stream>,
    ) -> Result<()> {
        self.raw_lines(path, query, &mut |line| on(parse(line)?))
    }

    /// Reads lines, each with its line end, until assayd or `on` ends the stream.
    pub(crate) fn raw_lines(
        &self,
        path: &str,
        query: &[(&str, String)],
        on: &mut dyn FnMut(&[u8]) -> Result<Stream>,
    ) -> Result<()> {
        let url = url(path, query)?;
        self.runtime.block_on(async {
            let response = self.http.get(url).send().await;
            let mut response = response.map_err(|error| self.unreachable(&error))?;
            let status = response.status();
            if !status.is_success() {
                let body = body(&mut response).await?;
                bail!("assayd: {}", problem(status, &body));
            }
            let mut pending = Pending::default();
            while let Some(chunk) = response.chunk().await.context("reading from assayd")? {
                for line in pending.take(&chunk)? {
                    if on(&line)? == Stream::Closed {
                        return Ok(());
                    }
                }
            }
            Ok(())
        })
    }

    fn unreachable(&self, error: &reqwest::Error) -> anyhow::Error {
        let socket = self.socket.display();
        if error.is_timeout() {
            return anyhow!("assayd at {socket} did not answer in time");
        }
        let mut cause: &dyn std::error::Error = error;
        while let Some(deeper) = cause.source() {
            cause = deeper;
        }
        match cause.downcast_ref::<io::Error>().map(io::Error::kind) {
            Some(io::ErrorKind::NotFound | io::ErrorKind::ConnectionRefused) => {
                anyhow!("no assayd at {socket}; start one with 'assayd', or name its socket with --socket")
            }
            _ => anyhow!("asking assayd at {socket}: {cause}"),
        }
    }
}

/// The system's socket when it is there, else the user's own.
fn default_socket() -> PathBuf {
    let system = PathBuf::from(SYSTEM_SOCKET);
    match std::env::var_os("XDG_RUNTIME_DIR") {
        Some(runtime) if !system.exists() => PathBuf::from(runtime).join("assay/assay.sock"),
        _ => system,
    }
}

fn url(path: &str, query: &[(&str, String)]) -> Result<Url> {
    let base = format!("http://assayd{path}");
    let url = if query.is_empty() { Url::parse(&base) } else { Url::parse_with_params(&base, query) };
    url.context("building the request")
}

async fn body(response: &mut Response) -> Result<Vec<u8>> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.context("reading from assayd")? {
        if body.len().saturating_add(chunk.len()) > MAX_ANSWER {
            bail!("assayd's answer is longer than {MAX_ANSWER} bytes");
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

fn parse<T: DeserializeOwned>(body: &[u8]) -> Result<T> {
    serde_json::from_slice(body).context("assayd's answer is not what this version expects")
}

fn problem(status: StatusCode, body: &[u8]) -> String {
    match serde_json::from_slice::<Problem>(body) {
        Ok(problem) => shown(&problem.error),
        Err(_) => format!("answered {status}"),
    }
}

/// The part of a stream after its last line end.
#[derive(Debug, Default)]
struct Pending(Vec<u8>);

impl Pending {
    /// The lines that `chunk` completes; empty ones keep a connection alive and say nothing.
    fn take(&mut self, chunk: &[u8]) -> Result<Vec<Vec<u8>>> {
        let mut lines = Vec::new();
        for part in chunk.split_inclusive(|byte| *byte == b'\n') {
            self.0.extend_from_slice(part);
            if self.0.len() > MAX_LINE {
                bail!("a line of assayd's stream is longer than {MAX_LINE} bytes");
            }
            if self.0.ends_with(b"\n") {
                let line = std::mem::take(&mut self.0);
                if !line.trim_ascii().is_empty() {
                    lines.push(line);
                }
            }
        }
        Ok(lines)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_survive_any_chunking() {
        let mut pending = Pending::default();
        assert!(pending.take(b"{\"a\"").unwrap().is_empty());
        assert_eq!(pending.take(b":1}\n\n{}\n{").unwrap(), [b"{\"a\":1}\n".to_vec(), b"{}\n".to_vec()]);
        assert_eq!(pending.take(b"}\n").unwrap(), [b"{}\n".to_vec()]);
    }

    #[test]
    fn an_endless_line_is_refused() {
        let mut pending = Pending::default();
        assert!(pending.take(&vec![b'x'; MAX_LINE]).unwrap().is_empty());
        assert!(pending.take(b"x").is_err());
    }

    #[test]
    fn queries_are_encoded() {
        let url = url("/v1/explain", &[("path", "/a b&c".to_owned())]).unwrap();
        assert_eq!(url.as_str(), "http://assayd/v1/explain?path=%2Fa+b%26c");
    }
}
