//! The command line as types.

use std::path::PathBuf;
use std::time::Duration;

use assay_core::{Decision, Mode, Severity, Sha256};
use clap::builder::PossibleValuesParser;
use clap::builder::TypedValueParser as _;
use clap::{Parser, Subcommand, ValueEnum};

use crate::units;

/// What the exit codes mean; shown below `--help`.
const EXIT_CODES: &str = "\
Exit codes:
  0  allowed or clean
  1  denied, or findings at or above --fail-on
  2  wrong usage
  3  operational error
  4  incomplete: something asked for could not be looked at to the end";

/// The whole command line.
#[derive(Debug, Parser)]
#[command(name = "assay", version, about = "Verify AI models before they are loaded", after_help = EXIT_CODES, max_term_width = 100)]
#[command(subcommand_required = true, arg_required_else_help = true)]
pub(crate) struct Args {
    #[command(flatten)]
    pub(crate) show: Show,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// How a result is shown; the same for every command.
#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "Output")]
pub(crate) struct Show {
    /// How to write the result
    #[arg(long, global = true, value_enum, default_value_t = OutputFormat::Table)]
    pub(crate) format: OutputFormat,
    /// Write the result to this file, which appears when it is complete
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
    /// No notes and no progress on stderr
    #[arg(long, short, global = true)]
    pub(crate) quiet: bool,
    /// No progress bar
    #[arg(long, global = true)]
    pub(crate) no_progress: bool,
    /// When to colour
    #[arg(long, global = true, value_enum, default_value_t = clap::ColorChoice::Auto, value_name = "WHEN")]
    pub(crate) color: clap::ColorChoice,
}

/// How a result is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum OutputFormat {
    /// For people, on a terminal
    Table,
    /// For programs; versioned schemas in docs/schema
    Json,
    /// SARIF 2.1.0, for code scanning services (scan and verify)
    Sarif,
    /// For pull requests and tickets
    Markdown,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Scan files and folders; needs no daemon
    Scan(Scan),
    /// Judge files and folders under a policy: findings, signatures and SBOMs
    Verify(Verify),
    /// Show why something is allowed or denied, and what a pickle would do
    Explain(Explain),
    /// Write assayd's verdict as a signed statement
    Attest(Attest),
    /// Show what assayd watches and does
    Status(Daemon),
    /// List the artifacts assayd knows, with their verdicts
    Artifacts(Artifacts),
    /// List who loaded what
    Loads(Loads),
    /// List what happened, and go on with what happens
    Events(Events),
    /// Show the audit log, and check that nobody changed it
    #[command(subcommand)]
    Log(Log),
    /// Show or set whether verdicts block opens
    Mode(SetMode),
    /// Show a malicious model being blocked, on a private scratch file system
    Demo(Demo),
    /// Look at policies, and vouch for what a scanner does not know
    #[command(subcommand)]
    Policy(Policy),
    /// List the rules, or show one rule's page
    Rules(Rules),
    /// Write shell completions to stdout
    Completions(Completions),
    /// Write the man pages into a folder
    #[command(hide = true)]
    Man(Man),
}

/// `assay scan`.
#[derive(Debug, clap::Args)]
pub(crate) struct Scan {
    /// Files and folders; symbolic links that leave a folder are not followed
    #[arg(required = true, value_name = "PATH")]
    pub(crate) paths: Vec<PathBuf>,
    /// The severity from which a finding denies
    #[arg(long, value_name = "SEVERITY", default_value = "high", value_parser = severity())]
    pub(crate) fail_on: Severity,
    /// List clean files too
    #[arg(long)]
    pub(crate) all: bool,
    #[command(flatten)]
    pub(crate) limits: Limits,
}

/// What one file may cost; reaching a limit is partial coverage, never "clean".
#[derive(Debug, Clone, Default, clap::Args)]
#[command(next_help_heading = "Limits for each file")]
pub(crate) struct Limits {
    /// The largest file that is scanned; larger ones are only hashed
    #[arg(long, value_name = "SIZE", value_parser = units::size)]
    pub(crate) max_file_size: Option<u64>,
    /// Bytes that all members of one file may inflate to
    #[arg(long, value_name = "SIZE", value_parser = units::size)]
    pub(crate) max_scan_size: Option<u64>,
    /// Inflated bytes for each compressed byte
    #[arg(long, value_name = "N")]
    pub(crate) max_ratio: Option<u64>,
    /// Members of all containers in one file
    #[arg(long, value_name = "N")]
    pub(crate) max_files: Option<u64>,
    /// Containers inside containers
    #[arg(long, value_name = "N")]
    pub(crate) max_recursion: Option<u32>,
    /// Findings of each severity that are kept; more are counted
    #[arg(long, value_name = "N")]
    pub(crate) max_findings: Option<u32>,
    /// Wall time
    #[arg(long, value_name = "TIME", value_parser = units::time)]
    pub(crate) max_scan_time: Option<Duration>,
}

/// `assay verify`.
#[derive(Debug, clap::Args)]
pub(crate) struct Verify {
    /// Files, folders (each is one artifact) or oci://HOST/REPOSITORY references
    #[arg(required = true, value_name = "PATH|REF")]
    pub(crate) subjects: Vec<PathBuf>,
    /// The policy; the built-in one when not given
    #[arg(long, value_name = "FILE")]
    pub(crate) policy: Option<PathBuf>,
    /// Trust signatures by this public key (PEM), besides those of the policy
    #[arg(long = "key", value_name = "PEM")]
    pub(crate) keys: Vec<PathBuf>,
    /// Talk to the registry over plain HTTP; for registries on this machine
    #[arg(long)]
    pub(crate) plain_http: bool,
    #[command(flatten)]
    pub(crate) limits: Limits,
}

/// `assay explain`.
#[derive(Debug, clap::Args)]
pub(crate) struct Explain {
    /// A file, or the SHA-256 of content or of an OCI manifest that assayd knows
    #[arg(value_name = "PATH|DIGEST")]
    pub(crate) subject: PathBuf,
    /// Do not ask assayd; scan here
    #[arg(long)]
    pub(crate) local: bool,
    #[command(flatten)]
    pub(crate) daemon: Daemon,
}

/// `assay attest`.
#[derive(Debug, clap::Args)]
pub(crate) struct Attest {
    /// A file, the SHA-256 of content or of an OCI manifest, or an artifact's reference
    #[arg(value_name = "PATH|DIGEST|REF")]
    pub(crate) subject: PathBuf,
    #[command(flatten)]
    pub(crate) daemon: Daemon,
}

/// Where assayd is.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct Daemon {
    /// assayd's socket [default: /run/assay/assay.sock, else $XDG_RUNTIME_DIR/assay/assay.sock]
    #[arg(long, value_name = "PATH")]
    pub(crate) socket: Option<PathBuf>,
}

/// `assay artifacts`.
#[derive(Debug, clap::Args)]
pub(crate) struct Artifacts {
    /// Only those with this decision
    #[arg(long, value_parser = decision())]
    pub(crate) decision: Option<Decision>,
    #[command(flatten)]
    pub(crate) daemon: Daemon,
}

/// `assay loads`.
#[derive(Debug, clap::Args)]
pub(crate) struct Loads {
    /// Only loads of this content (SHA-256)
    pub(crate) digest: Option<Sha256>,
    /// The most to list, newest first
    #[arg(long, value_name = "N", default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub(crate) limit: u32,
    #[command(flatten)]
    pub(crate) daemon: Daemon,
}

/// `assay events`.
#[derive(Debug, clap::Args)]
pub(crate) struct Events {
    /// Stay and print what happens
    #[arg(long, short = 'f')]
    pub(crate) follow: bool,
    /// Only events after this number
    #[arg(long, value_name = "ID")]
    pub(crate) after: Option<i64>,
    #[command(flatten)]
    pub(crate) daemon: Daemon,
}

/// `assay log`.
#[derive(Debug, Subcommand)]
pub(crate) enum Log {
    /// Check that no row was edited, dropped, added or moved
    Verify(LogVerify),
    /// Write the rows as they are, or for a log collector
    Export(LogExport),
    /// Write the public key that signs the log and assay's verdicts
    Key(Daemon),
}

/// `assay log verify`.
#[derive(Debug, clap::Args)]
pub(crate) struct LogVerify {
    /// Exported rows, oldest first; - is stdin; asks assayd for its rows when not given
    #[arg(value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,
    /// Trust checkpoints by this public key (PEM); assayd's own is taken when there is neither FILE nor key
    #[arg(long = "key", value_name = "PEM")]
    pub(crate) keys: Vec<PathBuf>,
    /// A head that was kept elsewhere, such as in the journal; it must be in the log
    #[arg(long = "head", value_name = "SEQ:SHA256")]
    pub(crate) heads: Vec<KnownHead>,
    #[command(flatten)]
    pub(crate) daemon: Daemon,
}

/// The end of an audit log at some time, as `assay log verify` prints it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct KnownHead(pub(crate) assay_proof::log::Head);

impl std::str::FromStr for KnownHead {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (seq, hash) = text.split_once(':').ok_or("expected SEQ:SHA256")?;
        let seq = seq.parse().map_err(|_| "expected a row's number before the colon")?;
        let hash = hash.parse().map_err(|error: assay_core::DigestError| error.to_string())?;
        Ok(Self(assay_proof::log::Head { seq, hash }))
    }
}

/// `assay log export`.
#[derive(Debug, clap::Args)]
pub(crate) struct LogExport {
    /// How to write the rows
    #[arg(long = "as", value_enum, default_value_t = LogFormat::Jsonl)]
    pub(crate) format: LogFormat,
    /// Only rows after this number
    #[arg(long, value_name = "SEQ", default_value_t = 0)]
    pub(crate) after: u64,
    #[command(flatten)]
    pub(crate) daemon: Daemon,
}

/// How rows of the audit log are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum LogFormat {
    /// As they are, for `assay log verify`
    Jsonl,
    /// ArcSight Common Event Format
    Cef,
    /// Open Cybersecurity Schema Framework
    Ocsf,
}

/// `assay mode`.
#[derive(Debug, clap::Args)]
pub(crate) struct SetMode {
    /// The new mode; shows the present one when not given
    #[arg(value_parser = mode())]
    pub(crate) mode: Option<Mode>,
    /// Only this root
    #[arg(long, value_name = "PATH", requires = "mode")]
    pub(crate) root: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) daemon: Daemon,
}

/// `assay demo`.
#[derive(Debug, clap::Args)]
pub(crate) struct Demo {
    /// Runs as the first process of the demo's own namespaces
    #[arg(long, hide = true)]
    pub(crate) stage: Option<PathBuf>,
}

/// `assay policy`.
#[derive(Debug, Subcommand)]
pub(crate) enum Policy {
    /// Check a policy file
    Check {
        /// The file
        file: PathBuf,
    },
    /// Show a policy as the engine reads it; the built-in one when no file is given
    Show {
        /// The file
        file: Option<PathBuf>,
    },
    /// Vouch for a global that no scanner knows, in the artifacts of some sources
    Approve(Approve),
}

/// `assay policy approve`.
#[derive(Debug, clap::Args)]
pub(crate) struct Approve {
    /// The global, as findings name it: package.module.Class
    pub(crate) global: String,
    /// The policy that gets the approval; written anew, made when there is none
    pub(crate) file: PathBuf,
    /// References it holds for, such as 'hf://acme/**'
    #[arg(long = "for", value_name = "PATTERN", required = true)]
    pub(crate) patterns: Vec<String>,
    /// Why it is harmless, and who looked at it
    #[arg(long, value_name = "TEXT")]
    pub(crate) reason: String,
}

/// `assay rules`.
#[derive(Debug, clap::Args)]
pub(crate) struct Rules {
    /// One rule
    #[arg(value_name = "RULE")]
    pub(crate) rule: Option<String>,
}

/// `assay completions`.
#[derive(Debug, clap::Args)]
pub(crate) struct Completions {
    /// The shell
    pub(crate) shell: clap_complete::Shell,
}

/// `assay man`.
#[derive(Debug, clap::Args)]
pub(crate) struct Man {
    /// An existing folder
    pub(crate) folder: PathBuf,
}

fn severity() -> impl clap::builder::TypedValueParser<Value = Severity> {
    PossibleValuesParser::new(Severity::ALL.map(Severity::name)).try_map(|name| name.parse::<Severity>())
}

fn decision() -> impl clap::builder::TypedValueParser<Value = Decision> {
    PossibleValuesParser::new(["allow", "warn", "deny"]).map(|name| match name.as_str() {
        "allow" => Decision::Allow,
        "warn" => Decision::Warn,
        _ => Decision::Deny,
    })
}

fn mode() -> impl clap::builder::TypedValueParser<Value = Mode> {
    PossibleValuesParser::new(["audit", "enforce"]).map(|name| match name.as_str() {
        "enforce" => Mode::Enforce,
        _ => Mode::Audit,
    })
}

impl Limits {
    /// The defaults with what was given in their place.
    pub(crate) fn or_default(&self) -> assay_core::Limits {
        let default = assay_core::Limits::default();
        let millis = |time: Duration| u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
        assay_core::Limits {
            max_file_size: self.max_file_size.unwrap_or(default.max_file_size),
            max_scan_size: self.max_scan_size.unwrap_or(default.max_scan_size),
            max_ratio: self.max_ratio.unwrap_or(default.max_ratio),
            max_files: self.max_files.unwrap_or(default.max_files),
            max_recursion: self.max_recursion.unwrap_or(default.max_recursion),
            max_findings: self.max_findings.unwrap_or(default.max_findings),
            max_scan_time_ms: self.max_scan_time.map_or(default.max_scan_time_ms, millis),
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_definitions_agree_with_each_other() {
        Args::command().debug_assert();
    }

    #[test]
    fn a_limit_that_is_given_replaces_the_default() {
        let args = Args::parse_from(["assay", "scan", "--max-scan-time", "5s", "--max-file-size", "1k", "x"]);
        let Command::Scan(scan) = args.command else { panic!("not scan") };
        let limits = scan.limits.or_default();
        assert_eq!((limits.max_scan_time_ms, limits.max_file_size), (5_000, 1_024));
        assert_eq!(limits.max_recursion, assay_core::Limits::default().max_recursion);
    }

    #[test]
    fn a_severity_that_does_not_exist_is_refused() {
        assert!(Args::try_parse_from(["assay", "scan", "--fail-on", "severe", "x"]).is_err());
    }
}
