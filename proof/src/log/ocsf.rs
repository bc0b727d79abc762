//! Rows as OCSF events, for data lakes that speak it.
//!
//! Source: Open Cybersecurity Schema Framework 1.6: File System Activity (1001), Application Lifecycle (6002),
//! Detection Finding (2004) and Event Log Activity (1008). What has no field there stands under `unmapped`.

use assay_core::{Answer, Decision};
use serde_json::{Value, json};

use super::{Entry, Event};

/// The schema's version.
const VERSION: &str = "1.6.0";

/// One OCSF event.
#[must_use]
pub fn ocsf(entry: &Entry, engine: &str) -> Value {
    let (category, class, activity, severity) = class(&entry.event);
    let mut event = json!({
        "category_uid": category,
        "class_uid": class,
        "activity_id": activity,
        "type_uid": class.saturating_mul(100).saturating_add(activity),
        "severity_id": severity,
        "time": entry.at.as_millis(),
        "metadata": {
            "version": VERSION,
            "uid": entry.seq.to_string(),
            "product": {"name": "assay", "vendor_name": "assay", "version": engine},
        },
        "unmapped": {"event": entry.event, "previous_row": entry.prev},
    });
    if let (Some(all), Some(more)) = (event.as_object_mut(), details(&entry.event).as_object()) {
        all.extend(more.clone());
    }
    event
}

/// Category, class, activity and severity of a row.
const fn class(event: &Event) -> (u32, u32, u32, u32) {
    match event {
        // Open: 14.
        Event::Load { load, .. } => match load.answer {
            Answer::Allow => (1, 1001, 14, 1),
            Answer::Deny | Answer::DenyWriter | Answer::DenyUnknown => (1, 1001, 14, 4),
        },
        // Create: 1.
        Event::Verdict { decision, .. } => match decision {
            Decision::Allow => (2, 2004, 1, 1),
            Decision::Warn => (2, 2004, 1, 3),
            Decision::Deny => (2, 2004, 1, 4),
        },
        // Start: 3, stop: 4, other: 99.
        Event::Started { .. } => (6, 6002, 3, 1),
        Event::Stopped => (6, 6002, 4, 2),
        Event::Mode { .. } | Event::Policy { .. } => (6, 6002, 99, 3),
        Event::Guard { connected: true } => (6, 6002, 99, 1),
        Event::Guard { connected: false } | Event::StoreLost { .. } => (6, 6002, 99, 5),
        // Rotate: 4; other: 99.
        Event::Rotated { .. } => (1, 1008, 4, 1),
        Event::Opened { .. } | Event::Checkpoint { .. } => (1, 1008, 99, 1),
    }
}

fn details(event: &Event) -> Value {
    match event {
        Event::Load { sha256, load, times } => {
            let hashes: Vec<Value> = sha256
                .iter()
                .map(|sha256| json!({"algorithm_id": 3, "algorithm": "SHA-256", "value": sha256}))
                .collect();
            let process = &load.process;
            json!({
                "file": {"name": load.path, "path": load.path, "type_id": 1, "hashes": hashes},
                "actor": {"process": {
                    "pid": process.pid,
                    "file": {"path": process.exe, "type_id": 1},
                    "user": {"uid": process.uid.map(|uid| uid.to_string())},
                }},
                "count": times,
                // 1: allowed, 2: denied.
                "action_id": if matches!(load.answer, Answer::Allow) { 1 } else { 2 },
                "status_detail": load.answer,
            })
        }
        Event::Verdict { reference, decision, because, .. } => json!({
            "finding_info": {"title": format!("{decision}: {reference}"), "uid": reference, "desc": because.join("; ")},
            "disposition": decision,
        }),
        Event::Mode { by, .. } => json!({
            "app": {"name": "assayd"},
            "actor": {"process": {
                "pid": by.pid,
                "file": {"path": by.exe, "type_id": 1},
                "user": {"uid": by.uid.map(|uid| uid.to_string())},
            }},
        }),
        Event::Started { .. }
        | Event::Stopped
        | Event::Policy { .. }
        | Event::Guard { .. }
        | Event::StoreLost { .. } => json!({"app": {"name": "assayd"}}),
        Event::Rotated { segment, .. } => {
            json!({"log_name": "assay", "log_file": {"name": segment, "type_id": 1}})
        }
        Event::Opened { .. } | Event::Checkpoint { .. } => json!({"log_name": "assay"}),
    }
}

#[cfg(test)]
mod tests {
    use assay_core::Timestamp;

    use super::super::Head;
    use super::*;

    #[test]
    fn a_type_is_its_class_and_its_activity() {
        let entry = Head::EMPTY.next(Timestamp::from_millis(7), Event::Stopped);
        let event = ocsf(&entry, "0.1.0");
        assert_eq!((event["type_uid"].as_u64(), event["time"].as_i64()), (Some(600_204), Some(7)));
        assert_eq!(event["unmapped"]["event"]["event"], "stopped");
    }
}
