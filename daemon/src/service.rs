//! assayd from start to end: privilege first, then threads, then the API until a signal.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io::Read;
use std::os::unix::fs::MetadataExt;
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Sender};
use std::thread::JoinHandle;
use std::time::Duration;

use anyhow::{Context, anyhow, bail};
use assay_core::wire::guard::ToGuard;
use assay_policy::Policy;
use assay_pool::{Config as PoolConfig, Pool, locate_worker};
use assay_proof::log::Event;
use assay_registries::caches::CacheRoot;
use tokio::signal::unix::{SignalKind, signal};

use crate::api::{self, Api};
use crate::args::Args;
use crate::audit;
use crate::catalogue::{Catalogue, Target};
use crate::config::{Config, read_trusted};
use crate::guard::{self, Connection, Guard, service::Outlets};
use crate::judge;
use crate::ledger;
use crate::paths::Paths;
use crate::privileges::{self, Identity};
use crate::queue::{Queue, Takes};
use crate::rescan::{self, Pace, Signal};
use crate::roots;
use crate::signing_key;
use crate::state::{ENGINE, InProgress, Shared, now};
use crate::store::{Opened, Store};
use crate::watch;
use crate::webhook::Webhook;

/// The longest policy file.
const MAX_POLICY_BYTES: u64 = 1 << 20;

/// The longest file that a policy names: public authorities' revocation lists are up to a few MiB.
const MAX_TRUST_BYTES: u64 = 16 << 20;

/// How long judging waits for a guard at the start; without one it begins without leases.
const GUARD_PATIENCE: Duration = Duration::from_secs(5);

/// How a guard of ours came to be; it decides who ends it.
#[derive(Debug)]
enum GuardLink {
    /// We run as root by hand: it is ours to end.
    Own(Connection),
    /// Somebody else runs it, such as systemd.
    Foreign,
    /// There is none, and this is why.
    None(String),
}

impl GuardLink {
    /// Ends a guard that was started for nothing.
    fn give_up(&self) {
        if let Self::Own(connection) = self
            && let Err(error) = connection.send(&ToGuard::Shutdown, &[])
        {
            tracing::warn!(%error, "guard-shutdown");
        }
    }
}

/// What is made while assayd may still do everything.
struct Prepared {
    sources: Sources,
    link: GuardLink,
    listener: UnixListener,
    webhook: Option<Webhook>,
}

/// What verdicts are made from.
struct Sources {
    policy: Policy,
    worker: PathBuf,
    scanner: String,
    defaults: Vec<CacheRoot>,
}

/// Runs assayd until a signal ends it.
///
/// # Errors
/// What keeps it from starting: the operator's or the machine's to mend.
pub(crate) fn run(args: &Args) -> anyhow::Result<()> {
    let config = Config::load(args.config.as_deref())?;
    let root = rustix::process::geteuid().is_root();
    let vars: BTreeMap<String, OsString> =
        std::env::vars_os().filter_map(|(name, value)| Some((name.into_string().ok()?, value))).collect();
    let mut paths = Paths::choose(args, &config, root, &vars)?;
    let identity = Identity::choose();
    if args.guard_socket.is_none() && root && !can_bind_beside(&paths.guard, identity) {
        paths.guard = paths.state.join("guard.sock");
    }
    let prepared = prepare(args, &config, &paths, identity, root)?;
    privileges::drop_privileges(identity).context("giving up privileges")?;

    let judges = workers(config.scan.workers);
    let shared = open(args, &config, &paths, prepared.sources, judges, &prepared.link);
    let (shared, forget) = shared.inspect_err(|_| prepared.link.give_up())?;
    let threads = Threads::start(&shared, &config, prepared.link, &paths.guard, forget, judges)?;
    let served = serve(&shared, &paths, prepared.listener, prepared.webhook);
    threads.stop(&shared);
    served
}

/// Opens the store and starts a worker; tells too whether a guard must forget what it was told before.
fn open(
    args: &Args,
    config: &Config,
    paths: &Paths,
    sources: Sources,
    judges: usize,
    link: &GuardLink,
) -> anyhow::Result<(Arc<Shared>, bool)> {
    let Sources { policy, worker, scanner, defaults } = sources;
    let (store, opened) = Store::open(&paths.state).context("opening the store")?;
    let roots = roots::choose(args, config, defaults, &store.modes()?)?;
    // What was under a root that is watched no more is not kept up to date, so it is not known any more.
    store.forget_other_roots(&roots.iter().map(|root| root.path.clone()).collect())?;
    let forget = is_news(&store, &opened, &policy, &scanner)?;
    let credentials = std::env::var_os("CREDENTIALS_DIRECTORY").map(PathBuf::from);
    let key = signing_key::load(&paths.state, credentials.as_deref()).context("reading assay's key")?;
    store.log(
        now(),
        Event::Started {
            engine: ENGINE.to_owned(),
            scanner: scanner.clone(),
            policy: policy.digest(),
            signer: key.public().signer(),
        },
    )?;
    let shared = Arc::new(Shared {
        store,
        key,
        audit: audit::Pace {
            checkpoint: Duration::from_secs(config.log.checkpoint_s.max(1)),
            max_rows: config.log.max_rows.max(1),
            directory: paths.state.join("log"),
        },
        policy,
        scanning: Box::new(pool(worker, judges, paths)?),
        scanner,
        limits: config.scan.limits.clone(),
        hold: Duration::from_millis(config.guard.hold_time_ms),
        queue: Queue::default(),
        catalogue: Mutex::new(Catalogue::default()),
        roots: Mutex::new(roots),
        guard: Guard::default(),
        wants_guard: !matches!(link, GuardLink::None(_)),
        limitations: Mutex::default(),
        in_progress: InProgress::default(),
        news: tokio::sync::watch::Sender::new(0),
        started_at: now(),
        walked: AtomicBool::new(false),
        settled: AtomicBool::new(false),
    });
    if config.default_roots && !args.no_default_roots {
        shared.limit("homes", roots::closed_homes());
    }
    decide_pulled_again(&shared)?;
    Ok((shared, forget))
}

/// Whether a guard that runs as `identity` can make its socket there: the directory is theirs, or we make it so.
fn can_bind_beside(socket: &Path, identity: Identity) -> bool {
    let directory = socket.parent().and_then(|directory| directory.metadata().ok());
    directory.is_none_or(|metadata| metadata.uid() == identity.uid())
}

fn prepare(
    args: &Args,
    config: &Config,
    paths: &Paths,
    identity: Identity,
    root: bool,
) -> anyhow::Result<Prepared> {
    let policy = load_policy(config)?;
    let worker = locate_worker().context("finding the worker")?;
    let scanner = scanner_name(&worker)?;
    let wants_defaults = config.default_roots && !args.no_default_roots;
    let defaults = if wants_defaults { roots::default_caches() } else { Vec::new() };
    make_directories(paths, identity)?;
    let webhook = Webhook::prepare(&config.webhook)?;
    let listener =
        api::bind(&paths.socket).with_context(|| format!("listening at {}", paths.socket.display()))?;
    let link = guard_link(config.guard.enable && !args.no_guard, root, &paths.guard, identity);
    if args.enforce
        && let GuardLink::None(why) = &link
    {
        bail!("--enforce cannot be kept: {why}");
    }
    let sources = Sources { policy, worker, scanner, defaults };
    Ok(Prepared { sources, link, listener, webhook })
}

fn pool(worker: PathBuf, judges: usize, paths: &Paths) -> anyhow::Result<Pool> {
    // One more than there are judges: a question never waits for a seat behind long scans.
    let workers = judges.saturating_add(1);
    let pool = Pool::new(PoolConfig { worker, workers, spool_dir: paths.state.join("spool") });
    pool.probe().context("starting a worker")?;
    Ok(pool)
}

/// Decides again about pulled artifacts under another policy; no walk comes by them.
fn decide_pulled_again(shared: &Shared) -> anyhow::Result<()> {
    for (reference, root) in shared.store.pulled_under_other_policy(&shared.policy.digest())? {
        judge::decide_stored(shared, &Target { root, reference })?;
    }
    Ok(())
}

fn make_directories(paths: &Paths, identity: Identity) -> anyhow::Result<()> {
    privileges::adopt_directory(&paths.state, 0o700, identity, &["store.db", "spool"])
        .context("making the state directory")?;
    privileges::make_directory(&paths.state.join("spool"), 0o700, identity).context("making the spool")?;
    for name in ["store.db", "store.db-wal", "store.db-shm", "log", signing_key::NAME] {
        privileges::give(&paths.state.join(name), identity).context("taking over the store")?;
    }
    for socket in [&paths.socket, &paths.guard] {
        if let Some(directory) = socket.parent()
            && !directory.exists()
        {
            privileges::make_directory(directory, 0o755, identity).context("making the runtime directory")?;
        }
    }
    Ok(())
}

fn guard_link(wanted: bool, root: bool, socket: &Path, identity: Identity) -> GuardLink {
    if !wanted {
        return GuardLink::None("blocking is off: no guard is wanted".to_owned());
    }
    if root {
        return match guard::start(socket, identity.uid()) {
            Ok(connection) => GuardLink::Own(connection),
            Err(error) => GuardLink::None(format!("nothing is blocked: {error}")),
        };
    }
    if std::env::var_os("NOTIFY_SOCKET").is_some() || Connection::connect(socket).is_ok() {
        return GuardLink::Foreign;
    }
    GuardLink::None("nothing is blocked: that needs root, or a running assay-guard".to_owned())
}

/// Reads the policy and the files it names.
fn load_policy(config: &Config) -> anyhow::Result<Policy> {
    let Some(path) = &config.policy else { return Ok(Policy::built_in()) };
    let text = read_trusted(path, MAX_POLICY_BYTES).context("reading the policy")?;
    let policy = Policy::parse(&text, &path.display().to_string())?;
    let mut texts = BTreeMap::new();
    for file in policy.trust_files() {
        let text = read_trusted(Path::new(file.path()), MAX_TRUST_BYTES).context("reading a trusted file")?;
        texts.insert(file.path().to_owned(), text);
    }
    Ok(policy.with_files(&texts)?)
}

/// The version and the digest of the worker: another worker may find other things in the same bytes.
fn scanner_name(worker: &Path) -> anyhow::Result<String> {
    use sha2::Digest;
    let mut file = std::fs::File::open(worker).context("reading the worker")?;
    let mut hasher = sha2::Sha256::new();
    let mut buffer = vec![0; 1 << 16];
    loop {
        let count = file.read(&mut buffer).context("reading the worker")?;
        if count == 0 {
            break;
        }
        hasher.update(buffer.get(..count).unwrap_or_default());
    }
    Ok(format!("{} {}", crate::state::ENGINE, hex::encode(hasher.finalize())))
}

/// Whether rulings that a guard still holds from an earlier daemon may rest on another policy or scanner, or on a store
/// that is no more.
fn is_news(store: &Store, opened: &Opened, policy: &Policy, scanner: &str) -> anyhow::Result<bool> {
    let digest = policy.digest().to_string();
    let known = [("policy", digest.as_str()), ("scanner", scanner)];
    let mut news = match opened {
        Opened::Continued => false,
        Opened::Fresh | Opened::MovedAside(_) => true,
    };
    if let Opened::MovedAside(aside) = opened {
        store.log(now(), Event::StoreLost { moved_to: aside.display().to_string() })?;
    }
    for (name, value) in known {
        let before = store.meta(name)?;
        if before.as_deref() != Some(value) {
            news = true;
            store.set_meta(name, value)?;
        }
        if name == "policy" && before.as_deref() != Some(value) {
            let before = before.and_then(|before| before.parse().ok());
            let name = policy.name().to_owned();
            store.log(now(), Event::Policy { digest: policy.digest(), name, before })?;
        }
    }
    Ok(news)
}

fn workers(configured: usize) -> usize {
    let processors = std::thread::available_parallelism().map_or(2, std::num::NonZero::get);
    if configured == 0 { processors.max(2) } else { configured }
}

/// Everything that runs beside the API.
struct Threads {
    joins: Vec<JoinHandle<()>>,
    signals: Sender<Signal>,
    stopping: Arc<AtomicBool>,
    watch: watch::Watch,
    own_guard: bool,
    /// The audit log is kept as long as this is there.
    keep: Sender<()>,
}

impl Threads {
    fn start(
        shared: &Arc<Shared>,
        config: &Config,
        link: GuardLink,
        guard_socket: &Path,
        forget: bool,
        workers: usize,
    ) -> anyhow::Result<Self> {
        let (signals, inbox) = mpsc::channel();
        let stopping = Arc::new(AtomicBool::new(false));
        let (ledger, loads) = ledger::ledger();
        let mut joins = Vec::new();
        let own_guard = matches!(link, GuardLink::Own(_));
        let first = match link {
            GuardLink::Own(connection) => Some(Some(connection)),
            GuardLink::Foreign => Some(None),
            GuardLink::None(why) => {
                tracing::warn!(%why, "no-guard");
                shared.limit("guard", Some(why));
                None
            }
        };
        if let Some(first) = first {
            let (signals, stopping) = (signals.clone(), Arc::clone(&stopping));
            let outlets = Outlets { ledger, signals, stopping, forget };
            let path = guard_socket.to_owned();
            let serve = move |shared: &Arc<Shared>| guard::service::run(shared, &path, first, &outlets);
            joins.push(spawn("guard", shared, serve)?);
            // What is scanned before there are leases is scanned again under them; and whoever waits for us to be ready
            // counts on the gate.
            shared.guard.wait_gating(GUARD_PATIENCE);
        }
        let kept = (config.store.max_loads, config.store.max_events);
        joins.push(spawn("ledger", shared, move |shared| ledger::run(shared, &loads, kept.0, kept.1))?);
        // Watches stand before the first walk, so that nothing falls between the two.
        let watch = watch::start(&shared.roots(), &signals);
        shared.limit("watch", watch.limitation.clone());
        let pace = Pace { debounce: config.watch.debounce(), reconcile: config.watch.reconcile() };
        joins.push(spawn("walk", shared, move |shared| rescan::run(shared, &inbox, &pace))?);
        for _ in 0..workers {
            joins.push(spawn("judge", shared, |shared| judge::run(shared, Takes::Anything))?);
        }
        let (keep, stop) = mpsc::channel();
        joins.push(spawn("audit", shared, move |shared| audit::run(shared, &stop, &shared.audit))?);
        joins.push(spawn("place", shared, |shared| judge::place::run(shared))?);
        joins.push(spawn("answer", shared, |shared| judge::run(shared, Takes::Questions))?);
        Ok(Self { joins, signals, stopping, watch, own_guard, keep })
    }

    /// Ends everything; what is being scanned is left, and begun again at the next start.
    fn stop(self, shared: &Arc<Shared>) {
        self.stopping.store(true, Ordering::Release);
        if self.own_guard
            && let Err(error) = shared.guard.send(&ToGuard::Shutdown, &[])
        {
            tracing::warn!(%error, "guard-shutdown");
        }
        shared.guard.disconnect();
        shared.queue.close();
        if self.signals.send(Signal::Stop).is_err() {
            tracing::debug!("walk-ended");
        }
        drop(self.watch);
        drop(self.keep);
        let deadline = std::time::Instant::now() + Duration::from_secs(2);
        for join in self.joins {
            while !join.is_finished() && std::time::Instant::now() < deadline {
                std::thread::sleep(Duration::from_millis(10));
            }
        }
        audit::close(shared);
    }
}

fn spawn(
    name: &str,
    shared: &Arc<Shared>,
    work: impl FnOnce(&Arc<Shared>) + Send + 'static,
) -> anyhow::Result<JoinHandle<()>> {
    let shared = Arc::clone(shared);
    let thread = std::thread::Builder::new().name(name.to_owned());
    thread.spawn(move || work(&shared)).context("starting a thread")
}

fn serve(
    shared: &Arc<Shared>,
    paths: &Paths,
    listener: UnixListener,
    webhook: Option<Webhook>,
) -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .context("starting the runtime")?;
    let served = runtime.block_on(async {
        let listener = tokio::net::UnixListener::from_std(listener).context("listening")?;
        tracing::info!(socket = %paths.socket.display(), roots = shared.roots().len(), "serving");
        let mut end = signal(SignalKind::terminate())?;
        let mut interrupt = signal(SignalKind::interrupt())?;
        tell_systemd(&[sd_notify::NotifyState::Ready]);
        let stop = async move {
            tokio::select! {
                _ = end.recv() => {}
                _ = interrupt.recv() => {}
            }
        };
        tokio::select! {
            served = api::serve(listener, Api::new(Arc::clone(shared)), stop) => {
                served.map_err(|error| anyhow!(error).context("serving"))
            }
            never = feed_watchdog(shared) => match never {},
            received = receive(shared, webhook) => received.context("receiving notifications"),
        }
    });
    tracing::info!("stopping");
    tell_systemd(&[sd_notify::NotifyState::Stopping]);
    runtime.shutdown_timeout(Duration::from_secs(1));
    if let Err(error) = std::fs::remove_file(&paths.socket) {
        tracing::debug!(%error, "socket");
    }
    served
}

async fn receive(shared: &Arc<Shared>, webhook: Option<Webhook>) -> anyhow::Result<()> {
    match webhook {
        Some(webhook) => webhook.run(Arc::clone(shared)).await,
        None => std::future::pending().await,
    }
}

/// Tells systemd that we are alive, as long as the store answers.
async fn feed_watchdog(shared: &Arc<Shared>) -> std::convert::Infallible {
    let Some(limit) = sd_notify::watchdog_enabled() else { return std::future::pending().await };
    loop {
        tokio::time::sleep(limit / 3).await;
        let asked = Arc::clone(shared);
        let alive = tokio::task::spawn_blocking(move || asked.store.meta("policy").is_ok()).await;
        if alive.unwrap_or(false) {
            tell_systemd(&[sd_notify::NotifyState::Watchdog]);
        }
    }
}

fn tell_systemd(state: &[sd_notify::NotifyState<'_>]) {
    if let Err(error) = sd_notify::notify(state) {
        tracing::warn!(%error, "sd-notify");
    }
}
