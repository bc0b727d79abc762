//! What the guard may do: four capabilities, or five.
//!
//! CAP_SYS_ADMIN for fanotify, CAP_DAC_READ_SEARCH for file handles, CAP_LEASE for leases on other users' files, CAP_FOWNER
//! for `O_NOATIME`. CAP_SYS_PTRACE is kept when it was given: only with it procfs shows other users' executables and the
//! flags of their stopped opens (`flux.rs`). Everything else is given up for good.

use std::{fs::File, io::Read as _};

use anyhow::{Context as _, bail};
use rustix::{
    fs::{Gid, Uid},
    process::{Resource, Rlimit},
    thread::{self, CapabilitySet, CapabilitySets},
};

/// Kept whenever given.
const KEPT: CapabilitySet = CapabilitySet::SYS_ADMIN
    .union(CapabilitySet::DAC_READ_SEARCH)
    .union(CapabilitySet::LEASE)
    .union(CapabilitySet::FOWNER)
    .union(CapabilitySet::SYS_PTRACE);

/// Needed.
const NEEDED: CapabilitySet = CapabilitySet::SYS_ADMIN
    .union(CapabilitySet::DAC_READ_SEARCH)
    .union(CapabilitySet::LEASE)
    .union(CapabilitySet::FOWNER);

/// Descriptors: two for each open that can be held, and for each record that can wait, and a few.
pub(crate) const MAX_DESCRIPTORS: u32 = 65_536;

/// The most bytes of `/etc/passwd` read.
const MAX_PASSWD: u64 = 1 << 20;

/// Becomes the user, if one is given, and gives up everything that is not needed. Called with one thread.
pub(crate) fn reduce(user: Option<(Uid, Gid)>) -> anyhow::Result<()> {
    let held = thread::capabilities(None).context("reading capabilities")?.permitted;
    let missing = NEEDED.difference(held);
    if !missing.is_empty() {
        bail!("missing capabilities: {missing:?}; start as root, or with AmbientCapabilities=");
    }
    let kept = KEPT.intersection(held);
    drop_bounding(held)?;
    if let Some((uid, gid)) = user {
        thread::set_keep_capabilities(true).context("keeping capabilities")?;
        thread::set_thread_groups(&[]).context("leaving groups")?;
        thread::set_thread_res_gid(gid, gid, gid).context("changing the group")?;
        thread::set_thread_res_uid(uid, uid, uid).context("changing the user")?;
    }
    let sets = CapabilitySets { effective: kept, permitted: kept, inheritable: CapabilitySet::empty() };
    thread::set_capabilities(None, sets).context("giving up capabilities")?;
    thread::set_no_new_privs(true).context("giving up privilege by exec")
}

/// Raises the limit of descriptors as far as allowed; the hard limit is the operator's.
pub(crate) fn raise_descriptor_limit() -> anyhow::Result<()> {
    let limit = rustix::process::getrlimit(Resource::Nofile);
    let most = u64::from(MAX_DESCRIPTORS);
    let current = Some(limit.maximum.map_or(most, |maximum| maximum.min(most)));
    if limit.current == current && limit.maximum == current {
        return Ok(());
    }
    match rustix::process::setrlimit(Resource::Nofile, Rlimit { current, maximum: current }) {
        // A service manager whose filter forbids the call has set the limit itself. Fewer descriptors only mean that
        // fewer opens are held, never that more pass.
        Ok(()) | Err(rustix::io::Errno::PERM) => Ok(()),
        Err(error) => Err(error).context("setting the limit of descriptors"),
    }
}

/// The bounding set goes while CAP_SETPCAP is there; started without it there is nothing to lose by exec anyway, because
/// of no_new_privs.
fn drop_bounding(held: CapabilitySet) -> anyhow::Result<()> {
    if !held.contains(CapabilitySet::SETPCAP) {
        return Ok(());
    }
    for capability in CapabilitySet::all().difference(KEPT).iter() {
        match thread::remove_capability_from_bounding_set(capability) {
            // An older kernel that does not know this capability.
            Ok(()) | Err(rustix::io::Errno::INVAL) => {}
            Err(error) => return Err(error).context("shrinking the bounding set"),
        }
    }
    Ok(())
}

/// User and group ids, from a number or from `/etc/passwd`. Never from a name service: it could wait for an open of ours.
pub(crate) fn identity(user: &str) -> anyhow::Result<(Uid, Gid)> {
    if let Ok(id) = user.parse() {
        return Ok((Uid::from_raw(id), Gid::from_raw(id)));
    }
    let mut passwd = String::new();
    let file = File::open("/etc/passwd").context("opening /etc/passwd")?;
    #[expect(clippy::disallowed_methods, reason = "the take is the limit")]
    file.take(MAX_PASSWD).read_to_string(&mut passwd).context("reading /etc/passwd")?;
    entry(&passwd, user).with_context(|| format!("no user {} in /etc/passwd", assay_core::shown(user)))
}

fn entry(passwd: &str, user: &str) -> Option<(Uid, Gid)> {
    let line = passwd.lines().find(|line| line.split(':').next() == Some(user))?;
    let mut fields = line.split(':').skip(2);
    let uid = fields.next()?.parse().ok()?;
    let gid = fields.next()?.parse().ok()?;
    Some((Uid::from_raw(uid), Gid::from_raw(gid)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_is_found_by_its_whole_name() {
        let passwd = "assayer:x:1:2::/:/bin/false\nassay:x:990:991::/:/bin/false\n";
        assert_eq!(entry(passwd, "assay"), Some((Uid::from_raw(990), Gid::from_raw(991))));
        assert_eq!(entry(passwd, "ass"), None);
        assert_eq!(entry("assay:x:no:1::/:", "assay"), None);
    }

    #[test]
    fn a_number_is_a_user() {
        assert_eq!(identity("65534").unwrap().0, Uid::from_raw(65534));
    }
}
