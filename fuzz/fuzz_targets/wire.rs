//! Messages between our programs, from a program that was taken over.
#![no_main]

use assay_core::wire::guard::{FromGuard, ToGuard};
use assay_core::wire::worker::{Answer, Request};
use assay_pool::frame;

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let _to = postcard::from_bytes::<ToGuard>(data);
    let _from = postcard::from_bytes::<FromGuard>(data);
    let _answer = frame::read::<Answer>(&mut &data[..], 1 << 20);
    let _request = frame::read::<Request>(&mut &data[..], 1 << 20);
});
