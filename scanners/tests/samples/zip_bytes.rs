//! Writes zip archives byte by byte, honest unless told otherwise.

use std::io::Write;

use flate2::write::DeflateEncoder;
use flate2::{Compression, Crc};

/// What one header states.
#[derive(Clone, Default)]
pub(crate) struct Header {
    pub(crate) version: u16,
    pub(crate) flags: u16,
    pub(crate) method: u16,
    pub(crate) crc: u32,
    pub(crate) compressed: u32,
    pub(crate) size: u32,
    pub(crate) name: Vec<u8>,
    pub(crate) extra: Vec<u8>,
    /// Sizes stand in a zip64 extra.
    pub(crate) zip64: bool,
}

/// One member: its two headers and its bytes.
#[derive(Clone)]
pub(crate) struct File {
    pub(crate) here: Header,
    pub(crate) there: Header,
    pub(crate) before: Vec<u8>,
    pub(crate) bytes: Vec<u8>,
    pub(crate) after: Vec<u8>,
    pub(crate) listed: bool,
    pub(crate) made_by: u16,
    pub(crate) attributes: u32,
}

/// An archive.
#[derive(Clone)]
pub(crate) struct Zip {
    pub(crate) files: Vec<File>,
    pub(crate) comment: Vec<u8>,
    pub(crate) declared: Option<u16>,
    pub(crate) disk: u16,
    pub(crate) without_end: bool,
}

/// A stored member whose headers agree.
pub(crate) fn honest(name: &str, content: &[u8]) -> File {
    let mut crc = Crc::new();
    crc.update(content);
    let size = word(content.len());
    let header = Header {
        version: 20,
        crc: crc.sum(),
        compressed: size,
        size,
        name: name.into(),
        ..Header::default()
    };
    File {
        here: header.clone(),
        there: header,
        before: Vec::new(),
        bytes: content.to_vec(),
        after: Vec::new(),
        listed: true,
        made_by: 0,
        attributes: 0,
    }
}

/// A member written as a stream: sizes and CRC follow the data.
pub(crate) fn described(name: &str) -> File {
    let mut file = honest(name, b"streamed").deflated();
    (file.here.flags, file.there.flags) = (8, 8);
    let there = &file.there;
    file.after =
        [*b"PK\x07\x08", there.crc.to_le_bytes(), there.compressed.to_le_bytes(), there.size.to_le_bytes()]
            .concat();
    (file.here.crc, file.here.compressed, file.here.size) = (0, 0, 0);
    file
}

impl File {
    /// The same content, deflated.
    #[expect(clippy::expect_used, reason = "memory does not fail")]
    pub(crate) fn deflated(mut self) -> Self {
        let mut encoder = DeflateEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(&self.bytes).expect("memory");
        self.bytes = encoder.finish().expect("memory");
        for header in [&mut self.here, &mut self.there] {
            header.method = 8;
            header.compressed = word(self.bytes.len());
        }
        self
    }
}

impl File {
    /// The same content, as `bytes` of another method.
    pub(crate) fn coded(mut self, method: u16, bytes: Vec<u8>) -> Self {
        self.bytes = bytes;
        for header in [&mut self.here, &mut self.there] {
            header.method = method;
            header.compressed = word(self.bytes.len());
        }
        self
    }
}

impl Header {
    /// The fields that both headers have, from the version on, up to the lengths.
    fn shared(&self) -> Vec<u8> {
        let (compressed, size) = if self.zip64 { (u32::MAX, u32::MAX) } else { (self.compressed, self.size) };
        let mut bytes = Vec::new();
        for field in [self.version, self.flags, self.method, 0, 0x21] {
            bytes.extend(field.to_le_bytes());
        }
        for field in [self.crc, compressed, size] {
            bytes.extend(field.to_le_bytes());
        }
        for length in [self.name.len(), self.extra().len()] {
            bytes.extend(half(length).to_le_bytes());
        }
        bytes
    }

    fn extra(&self) -> Vec<u8> {
        let mut extra = self.extra.clone();
        if self.zip64 {
            extra.extend(b"\x01\0\x10\0");
            extra.extend(u64::from(self.size).to_le_bytes());
            extra.extend(u64::from(self.compressed).to_le_bytes());
        }
        extra
    }
}

impl Zip {
    /// An archive of these members.
    pub(crate) fn of(files: impl IntoIterator<Item = File>) -> Self {
        let files = files.into_iter().collect();
        Self { files, comment: Vec::new(), declared: None, disk: 0, without_end: false }
    }

    /// The archive's bytes.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        let mut directory = Vec::new();
        for file in &self.files {
            bytes.extend(&file.before);
            let at = word(bytes.len());
            bytes.extend(b"PK\x03\x04");
            bytes.extend(file.here.shared());
            bytes.extend(&file.here.name);
            bytes.extend(file.here.extra());
            bytes.extend(&file.bytes);
            bytes.extend(&file.after);
            if file.listed {
                directory.extend(entry(file, at));
            }
        }
        if self.without_end {
            return bytes;
        }
        let listed = self.files.iter().filter(|file| file.listed).count();
        let declared = self.declared.unwrap_or(half(listed));
        let offset = word(bytes.len());
        let size = word(directory.len());
        bytes.extend(directory);
        bytes.extend(b"PK\x05\x06");
        for field in [self.disk, self.disk, declared, declared] {
            bytes.extend(field.to_le_bytes());
        }
        bytes.extend(size.to_le_bytes());
        bytes.extend(offset.to_le_bytes());
        bytes.extend(half(self.comment.len()).to_le_bytes());
        bytes.extend(&self.comment);
        bytes
    }
}

fn entry(file: &File, at: u32) -> Vec<u8> {
    let mut bytes = b"PK\x01\x02".to_vec();
    bytes.extend(file.made_by.to_le_bytes());
    bytes.extend(file.there.shared());
    // Comment length, disk and internal attributes.
    bytes.extend([0; 6]);
    bytes.extend(file.attributes.to_le_bytes());
    bytes.extend(at.to_le_bytes());
    bytes.extend(&file.there.name);
    bytes.extend(file.there.extra());
    bytes
}

/// A length as a 32-bit field; samples are small.
const fn word(length: usize) -> u32 {
    length as u32
}

/// A length as a 16-bit field; samples are small.
const fn half(length: usize) -> u16 {
    length as u16
}
