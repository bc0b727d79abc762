//! Requests to one registry: login, tokens, redirects.
//!
//! Redirects are followed by hand, so that each target is judged before it is asked and no login goes with it.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

use oci_client::token_cache::RegistryToken;
use reqwest::header::{ACCEPT, AUTHORIZATION, LOCATION, WWW_AUTHENTICATE};
use reqwest::redirect::Policy;
use reqwest::{Certificate, RequestBuilder, Response, StatusCode, Url};

use super::address::{PublicOnly, is_public};
use super::auth::{self, Challenge, is_companion, place};
use super::reference::is_loopback;
use super::{Error, Options, Reference, manifest};

/// Redirects of one request; registries use one, to a content network.
const MAX_REDIRECTS: u32 = 3;

/// The largest answer of a token realm, bytes.
const MAX_TOKEN_BYTES: u64 = 64 << 10;

/// Tokens that are kept; beyond it all are asked for again.
const MAX_TOKENS: usize = 1_024;

/// What a request is for.
#[derive(Debug, Clone, Copy)]
pub(super) enum Wanted {
    /// The bytes of a layer.
    Layer,
    /// A manifest or index.
    Manifest,
}

/// Connections and tokens.
#[derive(Debug, Clone)]
pub(super) struct Transport {
    /// For hosts the operator named.
    named: reqwest::Client,
    /// For hosts the registry named.
    elsewhere: reqwest::Client,
    options: Arc<Options>,
    tokens: Arc<Mutex<BTreeMap<(String, String), Token>>>,
}

/// The value of an `Authorization` header. Shows nothing.
#[derive(Clone)]
struct Token(String);

impl std::fmt::Debug for Token {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Token")
    }
}

impl Transport {
    /// # Errors
    /// [`Error::Setup`].
    pub(super) fn new(options: &Options) -> Result<Self, Error> {
        let mut authorities = Vec::new();
        for pem in &options.authorities {
            authorities.extend(Certificate::from_pem_bundle(pem).map_err(Error::Setup)?);
        }
        let client = || {
            reqwest::Client::builder()
                .redirect(Policy::none())
                .no_proxy()
                .referer(false)
                .connect_timeout(options.connect_timeout)
                .read_timeout(options.read_timeout)
                .user_agent(concat!("assay/", env!("CARGO_PKG_VERSION")))
                .tls_certs_merge(authorities.clone())
        };
        Ok(Self {
            named: client().build().map_err(Error::Setup)?,
            elsewhere: client().dns_resolver(Arc::new(PublicOnly)).build().map_err(Error::Setup)?,
            options: Arc::new(options.clone()),
            tokens: Arc::default(),
        })
    }

    /// `GET /v2/<repository>/<path>`, with whatever login the registry asks for. Answers with status 200 only.
    ///
    /// # Errors
    /// [`Error`].
    pub(super) async fn get(
        &self,
        reference: &Reference,
        path: &str,
        wanted: Wanted,
    ) -> Result<Response, Error> {
        let url = self.url(reference, path)?;
        let key = (reference.host().to_owned(), reference.repository().to_owned());
        let mut token = self.tokens.lock().unwrap_or_else(PoisonError::into_inner).get(&key).cloned();
        let mut response = self.send(&url, wanted, token.as_ref()).await?;
        if response.status() == StatusCode::UNAUTHORIZED {
            let challenges = response.headers().get_all(WWW_AUTHENTICATE).iter();
            let challenge = challenges
                .filter_map(|value| value.to_str().ok())
                .find_map(|value| Challenge::parse(value).ok())
                .ok_or(Error::Access("it asks for an unknown kind of login"))?;
            token = Some(self.login(reference, &url, challenge).await?);
            response = self.send(&url, wanted, token.as_ref()).await?;
            if response.status().is_success() || response.status().is_redirection() {
                self.keep(key, token);
            }
        }
        let response = self.follow(url, response, wanted).await?;
        match response.status() {
            StatusCode::OK => Ok(response),
            StatusCode::NOT_FOUND => Err(Error::NotFound),
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => {
                Err(Error::Access("the login does not allow it"))
            }
            status => Err(Error::Status(status.as_u16())),
        }
    }

    fn url(&self, reference: &Reference, path: &str) -> Result<Url, Error> {
        let host = reference.host();
        let name = host.rsplit_once(':').map_or(host, |(name, _)| name);
        let plain = &self.options.plain_http;
        let scheme = if reference.is_loopback() || plain.contains(host) || plain.contains(name) {
            "http"
        } else {
            "https"
        };
        let text = format!("{scheme}://{host}/v2/{}/{path}", reference.repository());
        Url::parse(&text).map_err(|_| Error::Elsewhere(host.to_owned()))
    }

    fn request(&self, client: &reqwest::Client, url: &Url, wanted: Wanted) -> RequestBuilder {
        let (accept, timeout) = match wanted {
            Wanted::Layer => ("application/octet-stream, */*".to_owned(), self.options.layer_timeout),
            Wanted::Manifest => (manifest::accept(), self.options.answer_timeout),
        };
        client.get(url.clone()).header(ACCEPT, accept).timeout(timeout)
    }

    async fn send(&self, url: &Url, wanted: Wanted, token: Option<&Token>) -> Result<Response, Error> {
        let mut request = self.request(&self.named, url, wanted);
        if let Some(Token(value)) = token {
            request = request.header(AUTHORIZATION, value);
        }
        Ok(request.send().await?)
    }

    fn keep(&self, key: (String, String), token: Option<Token>) {
        let mut tokens = self.tokens.lock().unwrap_or_else(PoisonError::into_inner);
        if tokens.len() >= MAX_TOKENS {
            tokens.clear();
        }
        tokens.extend(token.map(|token| (key, token)));
    }

    /// The header a challenge asks for.
    async fn login(&self, reference: &Reference, url: &Url, challenge: Challenge) -> Result<Token, Error> {
        let login = self.options.credentials.login(reference.host());
        match challenge {
            Challenge::Basic => {
                let login = login.ok_or(Error::Access("it asks for a login, and none is configured"))?;
                Ok(Token(basic(&login.user, &login.password)))
            }
            Challenge::Bearer { realm, service } => {
                let mut realm = auth::realm(&realm, url, &self.options.companions)?;
                let scope = format!("repository:{}:pull", reference.repository());
                realm
                    .query_pairs_mut()
                    .extend_pairs(service.map(|service| ("service", service)))
                    .append_pair("scope", &scope);
                let mut request = self.named.get(realm).timeout(self.options.answer_timeout);
                if let Some(login) = login {
                    request = request.header(AUTHORIZATION, basic(&login.user, &login.password));
                }
                let response = request.send().await?;
                if response.status() != StatusCode::OK {
                    return Err(Error::Access("its token realm refuses the login"));
                }
                let answer = body(response, MAX_TOKEN_BYTES, "a token").await?;
                bearer(&answer).ok_or(Error::Access("its token realm gives no token"))
            }
        }
    }

    /// Follows redirects, without a login.
    async fn follow(&self, mut at: Url, mut response: Response, wanted: Wanted) -> Result<Response, Error> {
        let registry = at.clone();
        for _ in 0..MAX_REDIRECTS {
            if !response.status().is_redirection() {
                return Ok(response);
            }
            let location = header(&response, LOCATION.as_str()).unwrap_or_default();
            let target =
                at.join(location).map_err(|_| Error::Elsewhere("a malformed redirect".to_owned()))?;
            let client = self.judge(&registry, &target)?;
            response = self.request(client, &target, wanted).send().await?;
            at = target;
        }
        if response.status().is_redirection() { Err(Error::TooMany("redirects")) } else { Ok(response) }
    }

    /// The client for a redirect's target, if the registry may lead there.
    fn judge(&self, registry: &Url, target: &Url) -> Result<&reqwest::Client, Error> {
        let refused = || Error::Elsewhere(place(target));
        let host = target.host_str().ok_or_else(refused)?;
        let tls = target.scheme() == "https" || (target.scheme() == "http" && registry.scheme() == "http");
        if !tls {
            return Err(refused());
        }
        let same = target.host() == registry.host()
            && target.port_or_known_default() == registry.port_or_known_default();
        if same || is_companion(target, &self.options.companions) {
            return Ok(&self.named);
        }
        // An address in the URL is never resolved, so it is checked here.
        let address = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
        if is_loopback(host) || address.is_ok_and(|address| !is_public(address)) {
            return Err(refused());
        }
        Ok(&self.elsewhere)
    }
}

/// The header of the token a realm answers with.
fn bearer(answer: &[u8]) -> Option<Token> {
    let token: RegistryToken = serde_json::from_slice(answer).ok()?;
    if token.token().is_empty() { None } else { Some(Token(token.bearer_token())) }
}

fn basic(user: &str, password: &str) -> String {
    use base64::Engine as _;
    format!("Basic {}", base64::engine::general_purpose::STANDARD.encode(format!("{user}:{password}")))
}

/// The text of a header.
pub(super) fn header<'r>(response: &'r Response, name: &str) -> Option<&'r str> {
    response.headers().get(name)?.to_str().ok()
}

/// A whole body, up to a limit.
///
/// # Errors
/// [`Error::TooLarge`], [`Error::Transport`].
pub(super) async fn body(
    mut response: Response,
    max_bytes: u64,
    what: &'static str,
) -> Result<Vec<u8>, Error> {
    let mut body = Vec::new();
    let too_large = |len: usize| u64::try_from(len).map_or(true, |len| len > max_bytes);
    while let Some(chunk) = response.chunk().await? {
        if too_large(body.len().saturating_add(chunk.len())) {
            return Err(Error::TooLarge(what));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}
