//! Gives up everything a parser does not need, before the first request is read.
//!
//! Layers, so that one missing in a kernel does not open the others:
//! `no_new_privs`; resource limits (`setrlimit(2)`); Landlock with no rule at all (no file system, no TCP, no signals
//! or abstract sockets outside); seccomp: a short list of system calls on descriptors it already has, everything else
//! kills the process. After it the worker cannot open, connect, execute, fork, map executable memory or trace.
//!
//! Source: landlock(7), seccomp(2), prctl(2), getrlimit(2).

use std::collections::BTreeMap;

use anyhow::Context;
use landlock::{ABI, Access, AccessFs, AccessNet, CompatLevel, Compatible, Ruleset, RulesetAttr, Scope};
use rustix::process::{DumpableBehavior, Resource, Rlimit, set_dumpable_behavior, setrlimit};
use seccompiler::{
    BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter, SeccompRule,
};

/// Address space. Scanners hold at most about 64 MiB; an SBOM of 64 MiB as JSON values needs several times its size.
const MAX_ADDRESS_SPACE: u64 = 1 << 30;

/// Descriptors: the socket, standard error, the file, the spool, and room to receive.
const MAX_DESCRIPTORS: u64 = 16;

/// System calls on what the worker already has, whatever their arguments.
const ALLOWED: &[libc::c_long] = &[
    libc::SYS_brk,
    libc::SYS_clock_gettime,
    libc::SYS_close,
    libc::SYS_exit,
    libc::SYS_exit_group,
    libc::SYS_fstat,
    libc::SYS_ftruncate,
    libc::SYS_futex,
    libc::SYS_getpid,
    libc::SYS_getrandom,
    libc::SYS_gettid,
    libc::SYS_lseek,
    libc::SYS_madvise,
    libc::SYS_mremap,
    libc::SYS_munmap,
    libc::SYS_pread64,
    libc::SYS_pwrite64,
    libc::SYS_read,
    libc::SYS_recvfrom,
    libc::SYS_recvmsg,
    libc::SYS_restart_syscall,
    libc::SYS_rt_sigaction,
    libc::SYS_rt_sigprocmask,
    libc::SYS_rt_sigreturn,
    libc::SYS_sched_yield,
    libc::SYS_sendmsg,
    libc::SYS_sendto,
    libc::SYS_sigaltstack,
    libc::SYS_tgkill,
    libc::SYS_write,
    libc::SYS_writev,
];

/// `PROT_EXEC` of mmap(2).
const PROT_EXEC: u64 = libc::PROT_EXEC as u64;

/// Enters the sandbox; there is no way back.
///
/// # Errors
/// When a layer that this kernel has cannot be set up. The caller must not go on.
pub(crate) fn enter() -> anyhow::Result<()> {
    rustix::thread::set_no_new_privs(true).context("no_new_privs")?;
    set_dumpable_behavior(DumpableBehavior::NotDumpable).context("prctl(PR_SET_DUMPABLE)")?;
    limit_resources()?;
    leave_file_system().context("landlock")?;
    seccompiler::apply_filter(&filter()?).context("seccomp")
}

fn limit_resources() -> anyhow::Result<()> {
    let limits = [
        (Resource::As, MAX_ADDRESS_SPACE),
        (Resource::Core, 0),
        (Resource::Nofile, MAX_DESCRIPTORS),
        (Resource::Nproc, 0),
    ];
    for (resource, limit) in limits {
        let limit = Rlimit { current: Some(limit), maximum: Some(limit) };
        setrlimit(resource, limit).with_context(|| format!("setrlimit({resource:?})"))?;
    }
    Ok(())
}

/// A ruleset without rules denies all it handles. Kernels without Landlock still have seccomp, which has no open(2).
fn leave_file_system() -> anyhow::Result<()> {
    let abi = ABI::V6;
    Ruleset::default()
        .set_compatibility(CompatLevel::BestEffort)
        .handle_access(AccessFs::from_all(abi))?
        .handle_access(AccessNet::from_all(abi))?
        .scope(Scope::from_all(abi))?
        .create()?
        .restrict_self()?;
    Ok(())
}

fn filter() -> anyhow::Result<BpfProgram> {
    let mut rules: BTreeMap<i64, Vec<SeccompRule>> = ALLOWED.iter().map(|call| (*call, Vec::new())).collect();
    for call in [libc::SYS_mmap, libc::SYS_mprotect] {
        let not_executable =
            SeccompCondition::new(2, SeccompCmpArgLen::Dword, SeccompCmpOp::MaskedEq(PROT_EXEC), 0)?;
        rules.insert(call, vec![SeccompRule::new(vec![not_executable])?]);
    }
    // The standard library's debug builds look whether a descriptor is open before they close it.
    let only_look =
        SeccompCondition::new(1, SeccompCmpArgLen::Dword, SeccompCmpOp::Eq, libc::F_GETFD as u64)?;
    rules.insert(libc::SYS_fcntl, vec![SeccompRule::new(vec![only_look])?]);
    let architecture = std::env::consts::ARCH.try_into()?;
    let filter = SeccompFilter::new(rules, SeccompAction::KillProcess, SeccompAction::Allow, architecture)?;
    Ok(filter.try_into()?)
}
