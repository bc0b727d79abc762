//! From the root group to every object, each once.

use std::collections::BTreeSet;

use super::contents::Contents;
use super::{EXTERNAL_LINK, EXTERNAL_STORAGE, UNKNOWN_FILTER, VIRTUAL_DATASET};
use crate::hdf5::{Dataset, File, Kind, Layout, Object, Slots, Target, attributes, children, sweep};
use crate::{Limit, Report, Stop};

/// Objects of one file; a Keras model of 10,000 layers has about 50,000.
const MAX_OBJECTS: usize = 262_144;

/// Bytes of a path that are kept for showing.
const MAX_PATH: usize = 512;

/// Filters of the library itself, and registered plug-ins that come with h5py, PyTables and `hdf5plugin`.
const FILTERS: &[u16] = &[
    1, 2, 3, 4, 5, 6, 305, 307, 32000, 32001, 32004, 32008, 32013, 32015, 32017, 32018, 32019, 32024, 32026,
    32028,
];

/// A path through the file.
pub(super) struct Walk<'f, 'a, 'r, 's> {
    file: &'f File<'a>,
    contents: Contents<'f, 'a, 'r, 's>,
    seen: BTreeSet<u64>,
    open: Vec<(u64, String)>,
    /// Elements of a variable length lie in the global heap, and somebody refers to them.
    variable: bool,
}

impl<'f, 'a, 'r, 's> Walk<'f, 'a, 'r, 's> {
    pub(super) fn new(file: &'f File<'a>, report: &'r mut Report<'s>) -> Self {
        let contents = Contents::new(file, report);
        Self { file, contents, seen: BTreeSet::new(), open: Vec::new(), variable: false }
    }

    /// Looks at everything that can be reached. What cannot be followed is a gap at its object, and the others are
    /// still looked at.
    pub(super) fn everything(mut self, root: u64) -> Result<(), Stop> {
        self.seen.insert(root);
        self.open.push((root, String::new()));
        while let Some((address, path)) = self.open.pop() {
            let object = match Object::read(self.file, address) {
                Ok(object) => object,
                Err(stop) => {
                    self.leave(&path, stop)?;
                    continue;
                }
            };
            let looked = [
                Self::attributes(&mut self, &object, &path),
                Self::dataset(&mut self, &object, &path),
                Self::links(&mut self, &object, &path),
            ];
            for stop in looked.into_iter().filter_map(Result::err) {
                self.leave(&path, stop)?;
            }
        }
        if !self.variable {
            return Ok(());
        }
        sweep(self.file, &mut |span| {
            self.contents.element(&format!("[heap object at {:#x}]", span.at), "", span)
        })
    }

    /// Notes a gap at an object; when time or the structures have run out, everything ends.
    fn leave(&mut self, path: &str, stop: Stop) -> Result<(), Stop> {
        match stop {
            Stop::Deadline | Stop::Limit(Limit::Count(_) | Limit::Files) => Err(stop),
            Stop::Malformed { .. }
            | Stop::Limit(_)
            | Stop::Encrypted(_)
            | Stop::Unsupported(_)
            | Stop::Io(_) => {
                self.contents.report.gap(&self.file.input.place().member(&shown(path)), &stop);
                Ok(())
            }
        }
    }

    fn links(&mut self, object: &Object, path: &str) -> Result<(), Stop> {
        for child in children(self.file, object)? {
            let below = joined(path, &child.name);
            match child.target {
                Target::Soft => {}
                Target::Object(address) => {
                    if self.seen.insert(address) {
                        self.open.push((address, below));
                    }
                    if self.seen.len() > MAX_OBJECTS {
                        return Err(Stop::Limit(Limit::Count("HDF5 objects")));
                    }
                }
                Target::External { file, path } => {
                    let place = self.file.input.place().member(&below);
                    let message = format!("leads to {path} of {file}");
                    self.contents.report.hit(
                        &EXTERNAL_LINK,
                        place,
                        &message,
                        &[("file", &file), ("path", &path)],
                    );
                }
                Target::Defined(_) => return Err(Stop::Unsupported("HDF5 link that a program defines")),
            }
        }
        Ok(())
    }

    fn dataset(&mut self, object: &Object, path: &str) -> Result<(), Stop> {
        let Some(dataset) = Dataset::of(self.file, object)? else { return Ok(()) };
        let place = self.file.input.place().member(&shown(path));
        for file in &dataset.external {
            let message = format!("its elements are bytes of {file}");
            self.contents.report.hit(&EXTERNAL_STORAGE, place.clone(), &message, &[("file", file)]);
        }
        for filter in dataset.filters.iter().filter(|filter| !FILTERS.contains(filter)) {
            let message = format!("its chunks need filter {filter}");
            self.contents.report.hit(
                &UNKNOWN_FILTER,
                place.clone(),
                &message,
                &[("filter", &filter.to_string())],
            );
        }
        match dataset.layout {
            Layout::Virtual(None) => {
                self.contents.report.hit(&VIRTUAL_DATASET, place, "its sources could not be listed", &[]);
            }
            Layout::Virtual(Some(sources)) => {
                // A dot is the file itself.
                for source in sources.iter().filter(|source| *source != ".") {
                    let message = format!("takes elements from {source}");
                    self.contents.report.hit(&VIRTUAL_DATASET, place.clone(), &message, &[("file", source)]);
                }
            }
            Layout::Here(span) => {
                self.file.span(span, "HDF5 dataset")?;
                self.contents.fixed(&shown(path), "", dataset.datatype, span)?;
            }
            Layout::Elsewhere => {}
        }
        self.variable |= matches!(dataset.datatype.kind, Kind::Variable | Kind::HoldsVariable);
        Ok(())
    }

    fn attributes(&mut self, object: &Object, path: &str) -> Result<(), Stop> {
        for attribute in attributes(self.file, object)? {
            let looked = attribute.and_then(|attribute| {
                let name = format!("{}[{}]", shown(path), attribute.name);
                match attribute.datatype.kind {
                    Kind::Variable => {
                        let mut slots = Slots::new(self.file, attribute.elements)?;
                        while let Some(span) = slots.next()? {
                            self.contents.element(&name, &attribute.name, span)?;
                        }
                    }
                    Kind::HoldsVariable => self.variable = true,
                    Kind::Text | Kind::Bytes | Kind::Plain => {
                        self.contents.fixed(
                            &name,
                            &attribute.name,
                            attribute.datatype,
                            attribute.elements,
                        )?;
                    }
                }
                Ok(())
            });
            if let Err(stop) = looked {
                self.leave(path, stop)?;
            }
        }
        Ok(())
    }
}

/// The path as reports show it; the root is a slash.
fn shown(path: &str) -> String {
    if path.is_empty() { "/".to_owned() } else { path.to_owned() }
}

/// A path one step further, cut from the front when it is long.
fn joined(path: &str, name: &str) -> String {
    let whole = format!("{path}/{name}");
    let from = whole.len().saturating_sub(MAX_PATH);
    let from = (from..whole.len()).find(|at| whole.is_char_boundary(*at)).unwrap_or_default();
    whole.get(from..).unwrap_or_default().to_owned()
}
