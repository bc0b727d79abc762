//! Noticing changes without privilege, by inotify.
//!
//! Measured: in a storm of `mkdir`, write and rename, inotify misses most files, because they are there before a watch
//! stands on their directory. So an event is only a reason to walk; what is there is learnt by walking.
//! Source: inotify(7), the limitations section.

use std::path::Path;
use std::sync::mpsc::Sender;

use notify::event::{AccessKind, AccessMode};
use notify::{EventKind, RecommendedWatcher, RecursiveMode, Watcher};

use crate::rescan::Signal;
use crate::roots::Root;

/// Watches roots; what could not be watched is left to the periodic walk.
pub(crate) struct Watch {
    _watcher: Option<RecommendedWatcher>,
    /// Why some of it is not watched.
    pub(crate) limitation: Option<String>,
}

/// Starts to watch. Signals follow until the watch is dropped.
pub(crate) fn start(roots: &[Root], signals: &Sender<Signal>) -> Watch {
    let out = signals.clone();
    let on_event = move |event: notify::Result<notify::Event>| {
        for signal in signals_of(event) {
            // Nobody listens any more only when assayd ends.
            if out.send(signal).is_err() {
                return;
            }
        }
    };
    let config = notify::Config::default().with_follow_symlinks(false);
    let mut watcher = match RecommendedWatcher::new(on_event, config) {
        Ok(watcher) => watcher,
        Err(error) => {
            return Watch { _watcher: None, limitation: Some(format!("changes are not watched: {error}")) };
        }
    };
    let mut limitation = None;
    for root in roots {
        if let Err(error) = watcher.watch(Path::new(&root.path), RecursiveMode::Recursive) {
            tracing::warn!(root = %root.path, %error, "watch-limited");
            limitation = Some(format!("{}: not all of it is watched: {error}", root.path));
        }
    }
    Watch { _watcher: Some(watcher), limitation }
}

fn signals_of(event: notify::Result<notify::Event>) -> Vec<Signal> {
    let event = match event {
        Ok(event) => event,
        Err(error) => {
            tracing::warn!(%error, "watch-error");
            return vec![Signal::Everything];
        }
    };
    if event.need_rescan() {
        return vec![Signal::Everything];
    }
    match event.kind {
        EventKind::Access(AccessKind::Close(AccessMode::Write))
        | EventKind::Create(_)
        | EventKind::Modify(_)
        | EventKind::Remove(_)
        | EventKind::Any
        | EventKind::Other => event.paths.into_iter().map(Signal::Path).collect(),
        // Reading changes nothing, and we read.
        EventKind::Access(_) => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use notify::Event;
    use notify::event::{CreateKind, Flag};

    use super::*;

    #[test]
    fn lost_events_mean_everything() {
        let event = Event::new(EventKind::Other).set_flag(Flag::Rescan);
        assert_eq!(signals_of(Ok(event)), [Signal::Everything]);
        assert_eq!(signals_of(Err(notify::Error::generic("x"))), [Signal::Everything]);
    }

    #[test]
    fn reading_is_no_change_and_the_end_of_writing_is() {
        let at = |kind| signals_of(Ok(Event::new(kind).add_path("/r/f".into())));
        assert_eq!(at(EventKind::Access(AccessKind::Open(AccessMode::Read))), []);
        let path = [Signal::Path("/r/f".into())];
        assert_eq!(at(EventKind::Access(AccessKind::Close(AccessMode::Write))), path);
        assert_eq!(at(EventKind::Create(CreateKind::Folder)), path);
    }
}
