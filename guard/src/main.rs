//! assay-guard: answers the kernel's permission events; parses nothing, opens no paths, has no network.
//!
//! Two processes. The *keeper* makes the fanotify groups and holds them; the *server*, its forked child, answers. A
//! server that dies or hangs is replaced at once, and because the keeper holds the groups no open slips through in
//! between: the kernel lets waiting opens pass only when the last holder of a group closes it.
//!
//! An open of a gated file goes this way (`gate.rs`): identify by device and inode → in scope? → ruling known and the
//! content's key still equal, no writer (a read lease says so) → answer. Otherwise hold it, ask assayd, answer in time.
//! Sources: fanotify(7), fanotify_init(2), fanotify_mark(2), fcntl(2) on leases; failures in docs/enforcement.md.
#![deny(unsafe_code)]

use std::process::ExitCode;

mod args;
mod attribution;
mod changes;
mod event;
mod flux;
mod gate;
mod groups;
mod keeper;
mod kernel;
mod lease;
mod link;
mod opening;
mod outbox;
mod privileges;
mod questions;
mod recorder;
mod saved;
mod scope;
mod server;
#[expect(unsafe_code, reason = "the one file with system calls that no safe wrapper has")]
mod sys;
mod table;

fn main() -> ExitCode {
    let outcome = args::parse(std::env::args_os().skip(1)).and_then(|args| match args {
        args::Command::Help => {
            print(args::USAGE);
            Ok(ExitCode::SUCCESS)
        }
        args::Command::Version => {
            print(concat!("assay-guard ", env!("CARGO_PKG_VERSION"), "\n"));
            Ok(ExitCode::SUCCESS)
        }
        args::Command::Serve(options) => keeper::run(&options),
    });
    match outcome {
        Ok(code) => code,
        Err(error) => {
            complain(&format!("error: {error:#}"));
            ExitCode::from(3)
        }
    }
}

/// Prints a result.
#[expect(clippy::print_stdout, reason = "usage and version are results")]
fn print(text: &str) {
    print!("{text}");
}

/// Tells the operator. Only the keeper and the server's start do this: an answering thread never writes to a log.
/// To the journal it is a warning (`sd-daemon(3)`, the level prefix): all of it is about opens that may pass.
#[expect(clippy::print_stderr, reason = "the service manager turns stderr into the journal")]
fn complain(text: &str) {
    let level = if std::env::var_os("JOURNAL_STREAM").is_some() { "<4>" } else { "" };
    eprintln!("{level}assay-guard: {text}");
}
