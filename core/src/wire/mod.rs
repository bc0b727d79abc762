//! Types that cross a process, and how they are framed.
//!
//! [`api`]: HTTP bodies between assayd and whoever asks it.
//! [`worker`]: JSON frames on a stream socket, because reports are long and people debug them.
//! [`guard`]: one postcard message per packet of a sequenced-packet socket, because the privileged program must not
//! parse text.

pub mod api;
pub mod guard;
pub mod worker;
