//! One command each: a function from arguments to exit code.

pub(crate) mod artifacts;
mod attest;
mod completions;
mod events;
pub(crate) mod explain;
pub(crate) mod loads;
mod log;
mod man;
mod mode;
mod policy;
mod rules;
pub(crate) mod scan;
mod status;
mod verify;

use anyhow::Result;

use crate::args::{Args, Command};
use crate::exit::Exit;

/// Runs the command that was asked for.
pub(crate) fn run(args: Args) -> Result<Exit> {
    let show = &args.show;
    match args.command {
        Command::Scan(scan) => scan::run(&scan, show),
        Command::Verify(verify) => verify::run(&verify, show),
        Command::Explain(explain) => explain::run(&explain, show),
        Command::Attest(attest) => attest::run(&attest, show),
        Command::Status(daemon) => status::run(&daemon, show),
        Command::Artifacts(artifacts) => artifacts::run(&artifacts, show),
        Command::Loads(loads) => loads::run(&loads, show),
        Command::Events(events) => events::run(&events, show),
        Command::Log(log) => log::run(&log, show),
        Command::Mode(mode) => mode::run(&mode, show),
        Command::Demo(demo) => crate::demo::run(&demo, show),
        Command::Policy(policy) => policy::run(&policy, show),
        Command::Rules(rules) => rules::run(&rules, show),
        Command::Completions(completions) => completions::run(&completions, show),
        Command::Man(man) => man::run(&man),
    }
}
