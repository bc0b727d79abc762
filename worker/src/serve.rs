//! Takes requests one after the other and answers them.

use std::fs::File;
use std::io::{self, Read};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::time::{Duration, Instant};

use anyhow::Context;
use assay_core::wire::worker::{
    Answer, AttachedCheck, MAX_ANSWER, MAX_REQUEST, Request, SbomCheck, Scan, Scanned, SignatureCheck,
};
use assay_core::{Format, Gap, GapKind, Location};
use assay_pool::frame;
use assay_scanners::{Budget, Bytes, Input, Limit, Report, Sink, Spool, Stop, examine};
use rustix::fs::{FileType, fstat};

use crate::answers::Answers;
use crate::hashing::{Digests, Hashes, HashingFile};
use crate::spool::FileSpool;

/// The largest signature or SBOM document.
const MAX_DOCUMENT: u64 = 64 << 20;

/// Bytes copied from a pipe at a time.
const BLOCK: usize = 256 << 10;

/// Serves until the other side closes.
///
/// # Errors
/// When the socket breaks; the worker is of no use then.
pub(crate) fn serve(socket: &mut UnixStream) -> anyhow::Result<()> {
    while let Some((request, descriptors)) =
        frame::receive::<Request>(socket, MAX_REQUEST).context("receiving a request")?
    {
        let mut descriptors = descriptors.into_iter();
        match request {
            Request::Scan(scan) => match (descriptors.next(), descriptors.next()) {
                (Some(file), Some(spool)) => scan_one(socket, &scan, file, spool)?,
                _ => refuse(socket, "a scan needs a file and a spool")?,
            },
            Request::Signature(check) => answer(socket, &signature(&check, descriptors.next()))?,
            Request::Attached(check) => answer(socket, &attached(&check, descriptors.next()))?,
            Request::Wanted => answer(socket, &wanted(descriptors.next()))?,
            Request::Sbom(check) => answer(socket, &sbom(&check, descriptors.next()))?,
        }
    }
    Ok(())
}

fn refuse(socket: &UnixStream, why: &str) -> io::Result<()> {
    answer(socket, &Answer::Failed(why.to_owned()))
}

fn answer(mut socket: &UnixStream, answer: &Answer) -> io::Result<()> {
    frame::write(&mut socket, answer, MAX_ANSWER)
}

fn scan_one(socket: &UnixStream, scan: &Scan, file: OwnedFd, spool: OwnedFd) -> io::Result<()> {
    let mut answers = Answers::new(socket, scan.lines);
    let spool = FileSpool::new(spool.into(), scan.limits.max_scan_size);
    let deadline = Instant::now() + Duration::from_millis(scan.limits.max_scan_time_ms);
    let regular =
        fstat(file.as_fd()).is_ok_and(|stat| FileType::from_raw_mode(stat.st_mode) == FileType::RegularFile);
    let work = Work { scan, spool: &spool, deadline, socket };
    let scanned =
        if regular { work.file(file.into(), &mut answers) } else { work.pipe(file.into(), &mut answers) };
    match scanned {
        Ok(scanned) => answers.send(&Answer::Scanned(scanned)),
        Err(stop) => answers.send(&Answer::Failed(stop.to_string())),
    }
    answers.delivered()
}

/// One scan with all it needs.
struct Work<'w> {
    scan: &'w Scan,
    spool: &'w FileSpool,
    deadline: Instant,
    socket: &'w UnixStream,
}

impl Work<'_> {
    /// A regular file: scanned where it lies, hashed on the way.
    fn file(&self, file: File, answers: &mut Answers<'_>) -> Result<Scanned, Stop> {
        let mut progress = self.progress();
        let bytes = HashingFile::new(file, &self.scan.digests, &mut progress)?;
        let (formats, dropped) = self.look(&bytes, answers);
        let digests = bytes.finish(self.deadline)?;
        if digests.changed {
            let location = Location::file(&self.scan.name);
            answers.gap(Gap {
                kind: GapKind::Changed,
                message: "changed while it was read".to_owned(),
                location,
            });
        }
        Ok(scanned(digests, formats, dropped))
    }

    /// A pipe: hashed while it is copied to the spool, then scanned there.
    fn pipe(&self, mut pipe: File, answers: &mut Answers<'_>) -> Result<Scanned, Stop> {
        let mut progress = self.progress();
        let mut hashes = Hashes::new(None, &self.scan.digests, &mut progress);
        let mut block = vec![0; BLOCK];
        loop {
            if Instant::now() >= self.deadline {
                return Err(Stop::Deadline);
            }
            match pipe.read(&mut block) {
                Ok(0) => break,
                Ok(read) => {
                    let part = block.get(..read).unwrap_or_default();
                    hashes.update(part);
                    self.spool.append(part)?;
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error.into()),
            }
        }
        let digests = hashes.finish(false);
        let spooled = Spooled { spool: self.spool, size: digests.size };
        let (formats, dropped) = self.look(&spooled, answers);
        Ok(scanned(digests, formats, dropped))
    }

    /// Scans; whatever stands in the way is in the answers already.
    fn look(&self, bytes: &dyn Bytes, answers: &mut Answers<'_>) -> (Vec<Format>, u64) {
        let limits = &self.scan.limits;
        let budget = Budget::new(limits.clone(), self.deadline);
        let input = Input::file(&self.scan.name, bytes, &budget, self.spool);
        let mut report = Report::new(answers, limits.max_findings);
        if bytes.size() > limits.max_file_size {
            report.gap(input.place(), &Stop::Limit(Limit::FileSize));
        } else if examine(&input, &mut report).is_err() {
            // Out of time: the gap is in the report, and hashing ends the same way.
        }
        (report.formats().to_vec(), report.dropped())
    }

    fn progress(&self) -> impl FnMut(u64) {
        let mut socket = self.socket;
        move |bytes| {
            // If this cannot be delivered the answers cannot either, and they are checked.
            let _delivered = frame::write(&mut socket, &Answer::Progress(bytes), MAX_ANSWER);
        }
    }
}

/// The part of the spool that a pipe was copied to; members are spooled behind it.
struct Spooled<'s> {
    spool: &'s FileSpool,
    size: u64,
}

impl Bytes for Spooled<'_> {
    fn size(&self) -> u64 {
        self.size
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        self.spool.read_at(offset, buffer)
    }
}

fn scanned(digests: Digests, formats: Vec<Format>, findings_dropped: u64) -> Scanned {
    Scanned {
        size: digests.size,
        sha256: digests.sha256,
        git_sha1: digests.git_sha1,
        digests: digests.extra,
        formats,
        findings_dropped,
    }
}

fn signature(check: &SignatureCheck, file: Option<OwnedFd>) -> Answer {
    match document(file) {
        Ok(bytes) => Answer::Signature(assay_signatures::verify_oms(&bytes, check)),
        Err(error) => Answer::Failed(error.to_string()),
    }
}

fn attached(check: &AttachedCheck, file: Option<OwnedFd>) -> Answer {
    match document(file) {
        Ok(bytes) => Answer::Signature(assay_signatures::verify_attached(&bytes, check)),
        Err(error) => Answer::Failed(error.to_string()),
    }
}

fn wanted(file: Option<OwnedFd>) -> Answer {
    match document(file) {
        Ok(bytes) => Answer::Wanted(assay_signatures::wanted_digests(&bytes)),
        Err(error) => Answer::Failed(error.to_string()),
    }
}

fn sbom(check: &SbomCheck, file: Option<OwnedFd>) -> Answer {
    match document(file) {
        Ok(bytes) => Answer::Sbom(assay_sbom::check(&bytes, check)),
        Err(error) => Answer::Failed(error.to_string()),
    }
}

/// The whole of a small document, from its start.
fn document(file: Option<OwnedFd>) -> io::Result<Vec<u8>> {
    let file = File::from(file.ok_or_else(|| io::Error::other("no descriptor came with the request"))?);
    let mut reader = FromStart { file: &file, offset: 0 }.take(MAX_DOCUMENT.saturating_add(1));
    let mut bytes = Vec::new();
    #[expect(clippy::disallowed_methods, reason = "bounded by take")]
    reader.read_to_end(&mut bytes)?;
    if bytes.len() as u64 > MAX_DOCUMENT {
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, "document larger than 64 MiB"));
    }
    Ok(bytes)
}

/// Reads a file from its start whatever its shared position is.
struct FromStart<'f> {
    file: &'f File,
    offset: u64,
}

impl Read for FromStart<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = std::os::unix::fs::FileExt::read_at(self.file, buffer, self.offset)?;
        self.offset = self.offset.saturating_add(read as u64);
        Ok(read)
    }
}
