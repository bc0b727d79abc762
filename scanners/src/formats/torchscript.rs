//! TorchScript source in a checkpoint: `code/__torch__.py` and what stands below it.
//!
//! Recognised by where it stands: only PyTorch's reader takes this dialect, and only there. Judged by [`crate::python`].

use assay_core::{Format, Rule};

use crate::python::{FILE_OPERATOR, MAX_SOURCE, examine_torchscript};
use crate::{Input, Limit, Loader, Probe, Report, Scanner, Stop};

const RULES: &[Rule] = &[FILE_OPERATOR];

/// Scanner of TorchScript source.
pub(super) struct TorchScript;

impl Scanner for TorchScript {
    fn format(&self) -> Format {
        Format::Torchscript
    }

    fn rules(&self) -> &'static [Rule] {
        RULES
    }

    fn recognises(&self, probe: &Probe<'_>) -> bool {
        probe.loader == Loader::TorchScript
    }

    fn fills(&self, _probe: &Probe<'_>) -> bool {
        false
    }

    fn scan(&self, input: &Input<'_>, report: &mut Report<'_>) -> Result<(), Stop> {
        if input.size() > MAX_SOURCE as u64 {
            return Err(Stop::Limit(Limit::Length("TorchScript source")));
        }
        let place = input.place();
        examine_torchscript(&input.window(0, MAX_SOURCE)?, &|offset| place.at(offset), report)
    }
}
