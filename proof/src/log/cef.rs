//! Rows as ArcSight Common Event Format, for collectors that speak it.
//!
//! Source: "Micro Focus Security ArcSight Common Event Format", version 0.1 (CEF:0), revision 26.

use assay_core::{Answer, Decision, Mode};

use super::{Entry, Event};

/// One line of CEF, without a newline.
#[must_use]
pub fn cef(entry: &Entry, engine: &str) -> String {
    let (name, severity) = described(&entry.event);
    let mut line = format!("CEF:0|assay|assayd|{}|{}|{name}|{severity}|", header(engine), entry.event.kind());
    let mut extension = vec![
        ("rt", entry.at.as_millis().to_string()),
        ("externalId", entry.seq.to_string()),
        ("cs1Label", "previousRow".to_owned()),
        ("cs1", entry.prev.to_string()),
    ];
    extension.extend(details(&entry.event));
    let extension: Vec<String> =
        extension.into_iter().map(|(key, text)| format!("{key}={}", value(&text))).collect();
    line.push_str(&extension.join(" "));
    line
}

/// What a row is called, and how grave it is: 0 to 10.
const fn described(event: &Event) -> (&'static str, u8) {
    match event {
        Event::Load { load, .. } => match (load.answer, load.mode) {
            (Answer::Allow, _) => ("Model opened", 1),
            (_, Mode::Enforce) => ("Open of model denied", 8),
            (_, Mode::Audit) => ("Open of model would be denied", 6),
        },
        Event::Verdict { decision: Decision::Deny, .. } => ("Artifact denied", 7),
        Event::Verdict { decision: Decision::Warn, .. } => ("Artifact accepted with a warning", 4),
        Event::Verdict { decision: Decision::Allow, .. } => ("Artifact accepted", 1),
        Event::Mode { .. } => ("Mode changed", 6),
        Event::Policy { .. } => ("Policy changed", 6),
        Event::Guard { connected: true } => ("Guard connected", 3),
        Event::Guard { connected: false } => ("Guard lost", 8),
        Event::StoreLost { .. } => ("Store lost", 9),
        Event::Opened { .. } => ("Audit log begun", 5),
        Event::Started { .. } => ("assayd started", 3),
        Event::Stopped => ("assayd stopped", 5),
        Event::Rotated { .. } => ("Audit log rotated", 2),
        Event::Checkpoint { .. } => ("Audit log signed", 0),
    }
}

/// What the row tells, in CEF's words where it has them.
fn details(event: &Event) -> Vec<(&'static str, String)> {
    match event {
        Event::Load { sha256, load, times } => {
            let mut all = vec![("filePath", load.path.clone()), ("act", load.answer.to_string())];
            all.push(("cnt", times.to_string()));
            all.extend(sha256.map(|sha256| ("fileHash", sha256.to_string())));
            all.extend(load.process.uid.map(|uid| ("suid", uid.to_string())));
            all.push(("spid", load.process.pid.to_string()));
            all.extend(load.process.exe.clone().map(|exe| ("sproc", exe)));
            all
        }
        Event::Verdict { reference, decision, because, .. } => {
            vec![("fname", reference.clone()), ("act", decision.to_string()), ("reason", because.join("; "))]
        }
        Event::Mode { root, mode, by } => {
            let mut all = vec![("filePath", root.clone()), ("act", mode.to_string())];
            all.extend(by.uid.map(|uid| ("suid", uid.to_string())));
            all.extend(by.pid.map(|pid| ("spid", pid.to_string())));
            all.extend(by.exe.clone().map(|exe| ("sproc", exe)));
            all
        }
        Event::Policy { digest, name, .. } => vec![("fname", name.clone()), ("fileHash", digest.to_string())],
        Event::StoreLost { moved_to } => vec![("filePath", moved_to.clone())],
        Event::Rotated { segment, sha256, .. } => {
            vec![("fname", segment.clone()), ("fileHash", sha256.to_string())]
        }
        Event::Started { signer, .. } | Event::Checkpoint { signer, .. } => {
            vec![("cs2Label", "signer".to_owned()), ("cs2", signer.clone())]
        }
        Event::Opened { log } => vec![("cs2Label", "log".to_owned()), ("cs2", log.to_string())],
        Event::Guard { .. } | Event::Stopped => Vec::new(),
    }
}

/// Escaped for the header: backslash and bar, and no line of its own.
fn header(text: &str) -> String {
    text.replace('\\', "\\\\").replace('|', "\\|").replace(['\n', '\r'], " ")
}

/// Escaped for the extension: backslash, equals sign and line breaks.
fn value(text: &str) -> String {
    text.replace('\\', "\\\\").replace('=', "\\=").replace('\n', "\\n").replace('\r', "\\r")
}

#[cfg(test)]
mod tests {
    use assay_core::{FileKey, Load, Process, Timestamp};

    use super::super::Head;
    use super::*;

    #[test]
    fn a_denied_open_is_one_line_whatever_its_path_holds() {
        let load = Load {
            at: Timestamp::from_millis(7),
            process: Process {
                pid: 9,
                uid: Some(1000),
                exe: Some("/usr/bin/python3".to_owned()),
                cgroup: None,
            },
            key: FileKey { dev: 1, ino: 2, size: 3, mtime_ns: 4, ctime_ns: 5 },
            path: "/m/a=b|c\n\\d".to_owned(),
            mode: Mode::Enforce,
            answer: Answer::Deny,
        };
        let entry = Head::EMPTY.next(Timestamp::from_millis(7), Event::Load { sha256: None, load, times: 3 });
        let zeros = "0".repeat(64);
        assert_eq!(
            cef(&entry, "0.1|0"),
            format!(
                "CEF:0|assay|assayd|0.1\\|0|load|Open of model denied|8|rt=7 externalId=1 cs1Label=previousRow \
                 cs1={zeros} filePath=/m/a\\=b|c\\n\\\\d act=deny cnt=3 suid=1000 spid=9 sproc=/usr/bin/python3"
            )
        );
    }
}
