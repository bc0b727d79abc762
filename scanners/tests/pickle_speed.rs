//! How fast a dense pickle is followed: floats, tuples, dicts and references to the memo, hardly any payload.

use std::io;
use std::time::{Duration, Instant};

use assay_core::{Finding, Gap, Limits};
use assay_scanners::{Budget, Bytes, Input, MemorySpool, Report, Sink, examine};

/// Bytes of the pickle.
const SIZE: u64 = 500 << 20;

/// One list, filled in batches like those of Python's pickler, repeated without being held in memory.
struct Dense {
    head: Vec<u8>,
    batch: Vec<u8>,
    batches: u64,
}

impl Dense {
    fn new(size: u64) -> Self {
        let mut batch = b"(".to_vec();
        for row in 0..250_u8 {
            batch.extend_from_slice(&[b'}', 0x94, b'(', 0x8c, 1, b'x', 0x94, b'G']);
            batch.extend_from_slice(&f64::from(row).to_be_bytes());
            batch.extend_from_slice(&[b'h', 1, b'K', row, b'K', 2, 0x86, 0x94, b'h', 1, b'M', row, row]);
            batch.extend_from_slice(&[b'K', 1, b'K', 2, 0x87, 0x94, b'N', 0x88, b'u']);
        }
        batch.push(b'e');
        let batches = size / batch.len() as u64;
        Self { head: vec![0x80, 4, b']', 0x94, 0x8c, 1, b'y', 0x94, b'0'], batch, batches }
    }
}

impl Bytes for Dense {
    fn size(&self) -> u64 {
        self.head.len() as u64 + self.batch.len() as u64 * self.batches + 1
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        let head = self.head.len() as u64;
        let part: &[u8] = if offset < head {
            &self.head[usize::try_from(offset).unwrap_or(0)..]
        } else if offset + 1 == self.size() {
            b"."
        } else {
            let into = (offset - head) % self.batch.len() as u64;
            &self.batch[usize::try_from(into).unwrap_or(0)..]
        };
        let count = part.len().min(buffer.len());
        buffer[..count].copy_from_slice(&part[..count]);
        Ok(count)
    }
}

#[derive(Default)]
struct Count {
    findings: u32,
    gaps: Vec<Gap>,
}

impl Sink for Count {
    fn finding(&mut self, _finding: Finding) {
        self.findings += 1;
    }

    fn gap(&mut self, gap: Gap) {
        self.gaps.push(gap);
    }

    fn line(&mut self, _line: String) {}

    fn wants_lines(&self) -> bool {
        false
    }
}

fn peak_memory() -> String {
    let mut status = String::new();
    #[expect(clippy::disallowed_methods, reason = "the kernel's own file")]
    let read = std::fs::File::open("/proc/self/status")
        .and_then(|mut file| io::Read::read_to_string(&mut file, &mut status));
    let peak = status.lines().find(|line| line.starts_with("VmHWM")).filter(|_| read.is_ok());
    peak.unwrap_or("VmHWM unknown").split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Follows a dense pickle of this size, and gives the figures.
fn follow(size: u64) -> String {
    let dense = Dense::new(size);
    let budget = Budget::new(Limits::default(), Instant::now() + Duration::from_secs(300));
    let spool = MemorySpool::default();
    let mut count = Count::default();
    let mut report = Report::new(&mut count, 10);
    let started = Instant::now();
    let examined = examine(&Input::file("dense.pkl", &dense, &budget, &spool), &mut report);
    let seconds = started.elapsed().as_secs_f64();
    #[expect(clippy::cast_precision_loss, reason = "a rate to read")]
    let megabytes = dense.size() as f64 / 1e6;
    assert!(examined.is_ok());
    assert_eq!((count.findings, count.gaps), (0, Vec::new()));
    format!("{megabytes:.0} MB in {seconds:.2} s: {:.0} MB/s, {}", megabytes / seconds, peak_memory())
}

#[test]
fn a_dense_pickle_is_followed_to_its_end() {
    println!("{}", follow(4 << 20));
}

#[test]
#[ignore = "slow: 500 MB; run with --release and --nocapture for the figures"]
fn a_large_dense_pickle_is_followed_to_its_end() {
    println!("{}", follow(SIZE));
}
