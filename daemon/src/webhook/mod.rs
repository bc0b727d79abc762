//! Registries tell us what they have; we pull it, look at it and store a verdict by manifest digest.
//!
//! A notification is authenticated over the raw request, put into the store, and answered with 202: from then on it
//! survives a crash. What it says is only where to look: the artifact is pulled from the registry that is configured for
//! its sender, and every byte is checked against its digest on the way. Nothing is written to disk but what a worker
//! spools. Layers are judged as files; signatures and SBOMs among a manifest's referrers are not looked for.
//!
//! Received without TLS, and therefore on loopback only: a proxy that ends TLS stands before it.

mod pull;
mod receive;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, bail};
use assay_core::Timestamp;
use assay_registries::oci::{Client, Options};
use assay_registries::webhook::StaticHeader;

use crate::config::{WebhookConfig, WebhookKind, read_secret};
use crate::state::{Shared, now};

/// The longest secret file.
const MAX_SECRET_BYTES: u64 = 4096;

/// How often a delivery is tried before it is given up: with the pauses below, about a day.
const MAX_ATTEMPTS: u32 = 20;

/// The pause after the first failure; it doubles with each.
const FIRST_PAUSE: Duration = Duration::from_secs(5);

/// The longest pause.
const LONGEST_PAUSE: Duration = Duration::from_secs(3600);

/// How long to sleep when nothing waits.
const IDLE: Duration = Duration::from_secs(1);

/// One sender.
#[derive(Debug, Clone)]
struct Sender {
    kind: WebhookKind,
    secret: StaticHeader,
    registry: String,
}

/// Everything that is needed to receive and pull; made while assayd may still read secrets.
#[derive(Debug)]
pub(crate) struct Webhook {
    listener: TcpListener,
    senders: Vec<Sender>,
    client: Client,
}

impl Webhook {
    /// Reads the secrets and binds the listener, if one is configured.
    ///
    /// # Errors
    /// A secret that cannot be read or trusted, an address that is not loopback or is taken, or a machine without any
    /// certificate authority.
    pub(crate) fn prepare(config: &WebhookConfig) -> anyhow::Result<Option<Self>> {
        let Some(address) = config.listen else { return Ok(None) };
        check(address)?;
        let mut senders = Vec::new();
        let mut plain_http = BTreeSet::new();
        for source in &config.source {
            let secret = read_secret(&source.secret_file, MAX_SECRET_BYTES)?;
            let secret = StaticHeader::bearer(secret.trim())
                .with_context(|| format!("{}: no secret in it", source.secret_file.display()))?;
            senders.push(Sender { kind: source.kind, secret, registry: source.registry.clone() });
            if source.plain_http {
                plain_http.insert(source.registry.clone());
            }
        }
        if senders.is_empty() {
            bail!("webhook.listen is set, but there is no [[webhook.source]]");
        }
        let listener = TcpListener::bind(address).with_context(|| format!("listening at {address}"))?;
        listener.set_nonblocking(true)?;
        // Now, not when the first notification comes: without it assayd could not keep what it accepts.
        let client = Client::new(Options { plain_http, ..Options::default() })
            .context("setting up the registry client")?;
        Ok(Some(Self { listener, senders, client }))
    }

    /// Receives and pulls for ever.
    ///
    /// # Errors
    /// The listener's.
    pub(crate) async fn run(self, shared: Arc<Shared>) -> anyhow::Result<()> {
        let listener = tokio::net::TcpListener::from_std(self.listener)?;
        tracing::info!(address = %listener.local_addr()?, "webhook");
        let app = receive::router(Arc::clone(&shared), self.senders);
        tokio::select! {
            served = async { axum::serve(listener, app).await } => Ok(served?),
            never = work_off(&shared, &self.client) => match never {},
        }
    }
}

fn check(address: SocketAddr) -> anyhow::Result<()> {
    if !address.ip().is_loopback() {
        bail!("webhook.listen = {address}: only loopback; let a proxy end TLS before it");
    }
    Ok(())
}

/// Works off what was accepted, one manifest at a time.
async fn work_off(shared: &Arc<Shared>, client: &Client) -> std::convert::Infallible {
    loop {
        match shared.store.next_delivery(now()) {
            Ok(Some(delivery)) => {
                let pulled = pull::judge(shared, client, &delivery).await;
                let finished = match pulled {
                    Ok(()) => shared.store.finish_delivery(delivery.id),
                    Err(error) if delivery.attempts >= MAX_ATTEMPTS => {
                        tracing::error!(error = %format!("{error:#}"), delivery = ?delivery, "delivery-given-up");
                        shared.store.finish_delivery(delivery.id)
                    }
                    Err(error) => {
                        tracing::warn!(error = %format!("{error:#}"), delivery = ?delivery, "delivery-postponed");
                        shared.store.postpone_delivery(delivery.id, after(now(), delivery.attempts))
                    }
                };
                if let Err(error) = finished {
                    tracing::error!(%error, "delivery");
                    tokio::time::sleep(IDLE).await;
                }
            }
            Ok(None) => tokio::time::sleep(IDLE).await,
            Err(error) => {
                tracing::error!(%error, "delivery");
                tokio::time::sleep(IDLE).await;
            }
        }
    }
}

/// When to try again after so many failures.
fn after(now: Timestamp, attempts: u32) -> Timestamp {
    let pause =
        FIRST_PAUSE.saturating_mul(1_u32.checked_shl(attempts).unwrap_or(u32::MAX)).min(LONGEST_PAUSE);
    let millis = i64::try_from(pause.as_millis()).unwrap_or(i64::MAX);
    Timestamp::from_millis(now.as_millis().saturating_add(millis))
}
