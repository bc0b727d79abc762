//! A progress bar for anything that takes over a second, on a terminal.

use std::io::{IsTerminal as _, stderr};
use std::sync::Mutex;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::args::Show;

/// Work shorter than this shows nothing.
const PATIENCE: Duration = Duration::from_secs(1);

/// How many bytes are done, of how many.
#[derive(Debug)]
pub(crate) struct Progress {
    bar: ProgressBar,
    /// When the bar becomes visible; `None` once it is, or if it never shall.
    due: Mutex<Option<Instant>>,
}

impl Progress {
    /// A bar that shows itself after a second, unless it is unwanted or nobody looks.
    pub(crate) fn new(show: &Show, total_bytes: u64) -> Self {
        let wanted = !show.quiet && !show.no_progress && stderr().is_terminal();
        let bar = ProgressBar::with_draw_target(Some(total_bytes), ProgressDrawTarget::hidden());
        if let Ok(style) = ProgressStyle::with_template(
            "{bar:24} {binary_bytes}/{binary_total_bytes} {binary_bytes_per_sec} {wide_msg}",
        ) {
            bar.set_style(style);
        }
        Self { bar, due: Mutex::new(wanted.then(|| Instant::now() + PATIENCE)) }
    }

    /// Says what is being worked on.
    pub(crate) fn at(&self, name: &str) {
        self.bar.set_message(assay_core::shown(name));
        self.tick();
    }

    /// Adds work done.
    pub(crate) fn add(&self, bytes: u64) {
        self.bar.inc(bytes);
        self.tick();
    }

    fn tick(&self) {
        let Ok(mut due) = self.due.lock() else { return };
        if due.is_some_and(|due| Instant::now() >= due) {
            *due = None;
            self.bar.set_draw_target(ProgressDrawTarget::stderr());
            self.bar.enable_steady_tick(Duration::from_millis(200));
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}
