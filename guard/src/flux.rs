//! Files in flux: a download being written is opened for writing, and that must work, while reading it must not.
//!
//! fanotify does not tell how a file is opened. The opener is stopped inside its system call, so its registers tell
//! (`/proc/PID/task/TID/syscall`, proc(5); needs CAP_SYS_PTRACE for other users' processes). Only flags passed in a
//! register count: those of openat2(2) and io_uring lie in memory that another thread can change. Anything not understood
//! is not a writer, so it is denied.

use std::{
    fs::File,
    io::{self, Read as _},
};

/// Threads looked at in one process; a downloader has few. More means "not understood".
const MAX_THREADS: usize = 256;

/// The line is a number and eight hexadecimal words.
const MAX_LINE: u64 = 256;

/// How a process's stopped opens would use the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Use {
    /// Every open of the process is write-only: nothing can be read through it.
    WriteOnly,
    /// At least one may read, or it cannot be told.
    MayRead,
}

/// Looks at the system calls in which a process stands.
pub(crate) fn opens_of(pid: i32) -> Use {
    match write_only(pid) {
        Ok(true) => Use::WriteOnly,
        Ok(false) | Err(_) => Use::MayRead,
    }
}

/// Whether at least one thread stands in an open, and every one that does is write-only.
fn write_only(pid: i32) -> io::Result<bool> {
    let mut opens = false;
    for (count, thread) in std::fs::read_dir(format!("/proc/{pid}/task"))?.enumerate() {
        if count >= MAX_THREADS {
            return Ok(false);
        }
        let mut line = String::new();
        #[expect(clippy::disallowed_methods, reason = "the take is the limit")]
        File::open(thread?.path().join("syscall"))?.take(MAX_LINE).read_to_string(&mut line)?;
        match stands_in(&line) {
            Some(Call::Open(flags)) if flags & O_ACCMODE == O_WRONLY => opens = true,
            Some(Call::Open(_) | Call::Unreadable) => return Ok(false),
            Some(Call::Other) | None => {}
        }
    }
    Ok(opens)
}

const O_ACCMODE: u64 = 3;
const O_WRONLY: u64 = 1;

/// What a thread does.
#[derive(Debug, PartialEq, Eq)]
enum Call {
    /// An open with these flags in a register.
    Open(u64),
    /// An open whose flags lie in memory, or anything on behalf of io_uring.
    Unreadable,
    /// Another call.
    Other,
}

/// Parses `nr arg0 arg1 …`; `running` and `-1 …` are no system call.
fn stands_in(line: &str) -> Option<Call> {
    let mut words = line.split_ascii_whitespace();
    let number: i64 = words.next()?.parse().ok()?;
    let mut argument = |index: usize| {
        let word = words.nth(index)?.strip_prefix("0x")?;
        u64::from_str_radix(word, 16).ok()
    };
    Some(match number {
        libc::SYS_openat => argument(2).map_or(Call::Unreadable, Call::Open),
        #[cfg(target_arch = "x86_64")]
        libc::SYS_open => argument(1).map_or(Call::Unreadable, Call::Open),
        #[cfg(target_arch = "x86_64")]
        libc::SYS_creat => Call::Open(O_WRONLY),
        libc::SYS_openat2 | libc::SYS_io_uring_enter | libc::SYS_open_by_handle_at => Call::Unreadable,
        _ => Call::Other,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(number: i64, args: [u64; 3]) -> String {
        format!("{number} {:#x} {:#x} {:#x} 0x0 0x0 0x0 0x7ffd 0x7f\n", args[0], args[1], args[2])
    }

    #[test]
    fn the_flags_of_openat_are_its_third_argument() {
        assert_eq!(stands_in(&line(libc::SYS_openat, [9, 8, 0o1101])), Some(Call::Open(0o1101)));
    }

    #[test]
    fn flags_in_memory_are_not_believed() {
        assert_eq!(stands_in(&line(libc::SYS_openat2, [9, 8, 7])), Some(Call::Unreadable));
    }

    #[test]
    fn a_running_thread_stands_in_no_call() {
        assert_eq!(stands_in("running\n"), None);
        assert_eq!(stands_in("-1 0x7ffd 0x7f\n"), Some(Call::Other));
        assert_eq!(stands_in(""), None);
    }

    #[test]
    fn a_process_that_is_gone_may_read() {
        assert_eq!(opens_of(i32::MAX), Use::MayRead);
    }
}
