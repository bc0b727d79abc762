//! The descriptor store: a service manager keeps the group while nobody of the guard lives. The test plays the service
//! manager: it takes the descriptors from the notification socket and passes them to the next guard by number.

use std::{
    collections::BTreeMap,
    io::IoSliceMut,
    mem::MaybeUninit,
    os::fd::{AsRawFd as _, OwnedFd},
    process::{Child, Command},
};

use assay_core::wire::guard::Ruling;
use rustix::{
    io::FdFlags,
    net::{
        AddressFamily, RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, SocketAddrUnix, SocketFlags,
        SocketType, sockopt,
    },
};

use crate::harness::{
    PATIENCE, Scene, assert_denied, cat, cat_later, ended, on_each_filesystem_with, signal, wait_until,
};

/// Starts the guard with a notification socket beside its own: `$0` is the guard, `$2` its socket.
const STARTER: [&str; 3] = ["bash", "-c", r#"NOTIFY_SOCKET="${2%socket}notify" exec "$0" "$@""#];

#[test]
#[ignore = "needs root: fanotify"]
fn a_kept_group_lets_nothing_through() {
    on_each_filesystem_with("store::a_kept_group_lets_nothing_through", &STARTER, &[], |scene| {
        std::fs::write(scene.model("bad"), "bad").unwrap();
        let manager = manager(scene);
        let daemon = scene.enforcing(1_000);
        daemon.judge(&scene.model("bad"), Ruling::Deny);
        let kept = kept(&manager);
        let server = scene.server();
        signal(scene.keeper(), "KILL");
        signal(server, "KILL");
        drop(daemon);
        wait_until(|| ended(scene.keeper()) && ended(server));
        let mut held = cat_later(&scene.model("bad"));
        let mut next = takeover(scene, &kept);
        wait_until(|| held.try_wait().unwrap().is_some());
        assert_denied(&held.wait_with_output().unwrap());
        assert_denied(&cat(&scene.model("bad")));
        let daemon = scene.enforcing(1_000);
        daemon.judge(&scene.model("bad"), Ruling::Allow);
        crate::harness::assert_reads(&cat(&scene.model("bad")), "bad");
        signal(next.id(), "TERM");
        assert!(next.wait().unwrap().success());
    });
}

fn manager(scene: &Scene) -> OwnedFd {
    let socket =
        rustix::net::socket_with(AddressFamily::UNIX, SocketType::DGRAM, SocketFlags::CLOEXEC, None).unwrap();
    let address = SocketAddrUnix::new(scene.disk().parent().unwrap().join("notify")).unwrap();
    rustix::net::bind(&socket, &address).unwrap();
    sockopt::set_socket_timeout(&socket, sockopt::Timeout::Recv, Some(PATIENCE)).unwrap();
    socket
}

/// The descriptors that the guard wants kept, by name.
fn kept(manager: &OwnedFd) -> BTreeMap<String, OwnedFd> {
    let mut kept = BTreeMap::new();
    while kept.len() < 2 {
        let mut buffer = [0; 512];
        let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(4))];
        let mut control = RecvAncillaryBuffer::new(&mut space);
        let mut slices = [IoSliceMut::new(&mut buffer)];
        let received =
            rustix::net::recvmsg(manager, &mut slices, &mut control, RecvFlags::CMSG_CLOEXEC).unwrap();
        let text = String::from_utf8_lossy(&buffer[..received.bytes]).into_owned();
        let name = text.lines().find_map(|line| line.strip_prefix("FDNAME="));
        for message in control.drain() {
            if let RecvAncillaryMessage::ScmRights(files) = message {
                kept.extend(files.map(|file| (name.unwrap().to_owned(), file)));
            }
        }
    }
    kept
}

/// Starts a guard as sd_listen_fds(3) describes.
fn takeover(scene: &Scene, kept: &BTreeMap<String, OwnedFd>) -> Child {
    let mut redirections = String::new();
    for (number, file) in (3..).zip(kept.values()) {
        // High numbers, so that no redirection overwrites one that is still to come.
        let high = rustix::io::fcntl_dupfd_cloexec(file, 50).unwrap();
        rustix::io::fcntl_setfd(&high, FdFlags::empty()).unwrap();
        redirections.push_str(&format!("exec {number}<&{0} {0}<&-\n", high.as_raw_fd()));
        // Closed by this process's end.
        std::mem::forget(high);
    }
    let names: Vec<_> = kept.keys().map(String::as_str).collect();
    let script = format!(
        "{redirections} LISTEN_PID=$$ LISTEN_FDS={} LISTEN_FDNAMES={} exec {} --socket {}",
        names.len(),
        names.join(":"),
        env!("CARGO_BIN_EXE_assay-guard"),
        scene.disk().parent().unwrap().join("socket").display(),
    );
    Command::new("bash").args(["-c", &script]).spawn().unwrap()
}
