//! Whatever stands before a call, the call is seen; and no bytes at all make the machine panic.

use std::time::{Duration, Instant};

use assay_core::Limits;
use assay_scanners::{Budget, Collected, Input, MemorySpool, Report, examine};
use proptest::prelude::*;

fn facts(bytes: &[u8]) -> Collected {
    let limits = Limits { max_scan_size: 16 << 20, ..Limits::default() };
    let budget = Budget::new(limits, Instant::now() + Duration::from_secs(60));
    let spool = MemorySpool::default();
    let mut facts = Collected::default();
    let mut report = Report::new(&mut facts, 100);
    // The deadline's gap is already in the report.
    let _deadline = examine(&Input::file("m.pkl", &bytes, &budget, &spool), &mut report).is_err();
    facts
}

/// Operations that CPython runs without error on any stack, and that leave it as it was.
fn harmless() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        Just(b"N0".to_vec()),
        Just(b"(1".to_vec()),
        Just(b"(0".to_vec()),
        Just(b"N200".to_vec()),
        Just(b"](K\x01K\x02e0".to_vec()),
        Just(b"}K\x01K\x02s0".to_vec()),
        Just(b"(K\x01K\x02d0".to_vec()),
        Just(b"NNN\x870".to_vec()),
        Just(b"N\x940".to_vec()),
        Just(b"Nq\x070h\x070".to_vec()),
        Just(b"Np900\n0".to_vec()),
        Just(b"I0x1f\n0".to_vec()),
        Just(b"I 1_0\n0".to_vec()),
        Just(b"L10L\n0".to_vec()),
        Just(b"Finf\n0".to_vec()),
        Just(b"\x8f(K\x01\x900".to_vec()),
        Just(b"\x96\x01\0\0\0\0\0\0\0x0".to_vec()),
        proptest::collection::vec(any::<u8>(), 0..40).prop_map(|text| {
            let length = u8::try_from(text.len()).unwrap_or(0);
            [&[b'C', length], text.as_slice(), b"0"].concat()
        }),
        "[a-zA-Z0-9 ]{0,20}".prop_map(|text| format!("V{text}\n0").into_bytes()),
        "[a-zA-Z0-9 ]{0,20}".prop_map(|text| format!("S'{text}'\n0").into_bytes()),
    ]
}

/// Ways to call `posix.system('id')`.
fn call() -> impl Strategy<Value = &'static [u8]> {
    let ways: [&'static [u8]; 6] = [
        b"cposix\nsystem\n(S'id'\ntR",
        b"(S'id'\niposix\nsystem\n",
        b"(cposix\nsystem\nS'id'\no",
        b"\x8c\x05posix\x8c\x06system\x93\x8c\x02id\x85R",
        b"V\\u0070osix\nVsystem\n\x93Vid\n\x85\x81",
        b"\x8c\x05posix\x8c\x06system\x93\x8c\x02id\x85}\x92",
    ];
    proptest::sample::select(ways.to_vec())
}

proptest! {
    #[test]
    fn a_call_is_seen_behind_any_harmless_operations(
        before in proptest::collection::vec(harmless(), 0..30),
        call in call(),
        after in proptest::collection::vec(any::<u8>(), 0..20),
    ) {
        let bytes = [b"\x80\x04".as_slice(), &before.concat(), call, &after].concat();
        let facts = facts(&bytes);
        prop_assert!(facts.rules().contains(&"pickle-unsafe-global"), "{:?}", facts.rules());
    }

    #[test]
    fn a_cut_pickle_has_a_gap_or_its_finding(
        before in proptest::collection::vec(harmless(), 3..10),
        call in call(),
        cut in 0.0..1.0_f64,
    ) {
        let bytes = [b"\x80\x04".as_slice(), &before.concat(), call, b"."].concat();
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss, reason = "a place inside a small sample")]
        let end = (bytes.len() as f64 * cut) as usize;
        let facts = facts(&bytes[..end]);
        prop_assert!(end < 2 || !facts.is_clean());
    }

    #[test]
    fn any_bytes_are_survived(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        facts(&[b"\x80\x04".as_slice(), &bytes].concat());
        facts(&bytes);
    }
}
