//! Files of keys and values: LMDB, GNU dbm, Berkeley DB, SQLite. Python's `shelve` and many data sets keep pickles there.
//!
//! Of LMDB every value is looked at. The others are swept for pickles of protocol 2 and later that import something;
//! older protocols have no mark to sweep for. Large values of SQLite and Berkeley DB lie in pieces: what begins before
//! the first break is seen.
//!
//! Source: `lmdb.h` and `mdb.c`; `gdbm.h`; `db_page.h`; "Database File Format" of SQLite; Python's `shelve.py`.

use assay_core::{Finding, Format, Gap, Rule, RuleId, Severity};
use memchr::memchr_iter;

use crate::lmdb::{self, Value};
use crate::{Input, Limit, Probe, Report, Scanner, Sink, Stop, pickle};

/// Bytes searched at a time.
const BLOCK: usize = 1 << 20;

/// Bytes behind a mark that tell whether a pickle begins there: its first import stands near its start.
const SIGHT: usize = 1024;

/// Marks that turned out to be none, of the whole file: random bytes have one in 16,384 bytes, and text has none.
const MAX_TRIALS: u64 = 1 << 18;

/// Marks that turned out to be none, for each byte of the file beyond that.
const BYTES_PER_TRIAL: u64 = 1024;

const PICKLED_VALUE: Rule = Rule {
    id: RuleId::new("database-pickled-value"),
    severity: Severity::Low,
    summary: "Values are pickles that import something; what reads them will unpickle them",
    taxonomy: &["CWE-502", "AML.T0010", "OWASP-LLM03"],
};
const RULES: &[Rule] = &[PICKLED_VALUE];

/// Numbers at the start that say what wrote the file, in both byte orders: where they stand and what they are.
const MAGICS: &[(usize, u32)] = &[
    // LMDB, of 64 and of 32 bits.
    (16, 0xbeef_c0de),
    (12, 0xbeef_c0de),
    // Berkeley DB: hash, B-tree; and the hash of 1.85.
    (12, 0x0006_1561),
    (12, 0x0005_3162),
    (0, 0x0006_1561),
    (0, 0x0005_3162),
    // GNU dbm: old, of 32 and of 64 bits, and with numbered synchronisation.
    (0, 0x1357_9acd),
    (0, 0x1357_9ace),
    (0, 0x1357_9acf),
    (0, 0x1357_9ad0),
    (0, 0x1357_9ad1),
];

/// Findings of a pickle that is tried; one of a few rules ends the question.
const MAX_TRIAL_FINDINGS: u32 = 4096;

/// Rules that name what is dangerous, which what is left of deleted values does not do by chance.
const PROOF: &[&str] = &["pickle-unsafe-global", "pickle-unsafe-import"];

/// Bytes of the header that say how long the file is.
const HEADER: usize = 160;

/// Pages at the end of an LMDB file that may not have been written.
const FREE_PAGES: u64 = 4;

const SQLITE: &[u8] = b"SQLite format 3\0";

/// Scanner of files of keys and values.
#[derive(Debug)]
pub(super) struct Database;

impl Scanner for Database {
    fn format(&self) -> Format {
        Format::Database
    }

    fn rules(&self) -> &'static [Rule] {
        RULES
    }

    fn recognises(&self, probe: &Probe<'_>) -> bool {
        let magic = |(at, magic): &(usize, u32)| {
            let word = probe.head.get(*at..).and_then(<[u8]>::first_chunk);
            word.is_some_and(|word| [u32::from_le_bytes(*word), u32::from_be_bytes(*word)].contains(magic))
        };
        probe.head.starts_with(SQLITE) || MAGICS.iter().any(magic)
    }

    fn scan(&self, input: &Input<'_>, report: &mut Report<'_>) -> Result<(), Stop> {
        let mut sweep = Sweep { input, report, found: 0, first: 0, trials: 0 };
        let swept = match lmdb::page_size(input)? {
            Some(page) => lmdb::values(input, page, &mut |value| sweep.value(&value)),
            None => sweep.everything(),
        };
        let Sweep { found, first, .. } = sweep;
        if found > 0 {
            report.recognised(Format::Pickle);
            let message = format!("values that are pickles: {found}");
            report.hit(&PICKLED_VALUE, input.place().at(first), &message, &[("values", &found.to_string())]);
        }
        swept?;
        if stated_size(&input.window(0, HEADER)?) > input.size() {
            return Err(Stop::Malformed { what: "end of database", offset: input.size() });
        }
        Ok(())
    }
}

/// How long the file is by its own header, as far as that says it: pages and their size, or where the next block goes.
/// A header that is cut says more than there is.
fn stated_size(head: &[u8]) -> u64 {
    let word = |at: usize| head.get(at..).and_then(<[u8]>::first_chunk).map(|word| u32::from_le_bytes(*word));
    let stated = if head.starts_with(SQLITE) {
        sqlite_size(head)
    } else {
        let word = |at: usize| word(at).map(u64::from);
        let long = |at: usize| Some(word(at)? | word(at.checked_add(4)?)?.checked_shl(32)?);
        match (word(0), word(12), word(16)) {
            (_, _, Some(0xbeef_c0de)) => long(136).zip(word(40)).and_then(|(last, page)| {
                // The last pages may be free, and then nobody has written them.
                last.saturating_sub(FREE_PAGES).checked_mul(page)
            }),
            (_, Some(0x0006_1561 | 0x0005_3162), _) => {
                word(32).zip(word(20)).and_then(|(last, page)| last.checked_add(1)?.checked_mul(page))
            }
            (Some(0x1357_9acd..=0x1357_9acf), _, _) => long(32),
            _ => Some(0),
        }
    };
    stated.unwrap_or(u64::MAX)
}

/// Pages and their size. The number of pages counts when whoever wrote last has written it too.
fn sqlite_size(head: &[u8]) -> Option<u64> {
    let four = |at: usize| head.get(at..)?.first_chunk::<4>();
    let [high, low] = *head.get(16..)?.first_chunk()?;
    let page = if [high, low] == [0, 1] { 1 << 16 } else { u64::from(u16::from_be_bytes([high, low])) };
    let (changed, counted, pages) = (four(24)?, four(92)?, four(28)?);
    if changed == counted { page.checked_mul(u64::from(u32::from_be_bytes(*pages))) } else { Some(0) }
}

/// Whether a pickle that is tried names something dangerous.
struct Trial {
    dangerous: bool,
}

impl Sink for Trial {
    fn finding(&mut self, finding: Finding) {
        self.dangerous |= PROOF.contains(&finding.rule.as_str());
    }

    fn gap(&mut self, _gap: Gap) {}

    fn line(&mut self, _line: String) {}

    fn wants_lines(&self) -> bool {
        false
    }
}

struct Sweep<'i, 'a, 'r, 's> {
    input: &'i Input<'a>,
    report: &'r mut Report<'s>,
    found: u64,
    first: u64,
    trials: u64,
}

impl Sweep<'_, '_, '_, '_> {
    /// One value, whose place is known.
    fn value(&mut self, value: &Value) -> Result<(), Stop> {
        self.input.budget().charge(64)?;
        let head = self.input.window(value.at, usize::try_from(value.size).unwrap_or(SIGHT).min(SIGHT))?;
        if pickle::may_import(&head, value.size) {
            let part = self.input.part(0, value.at.saturating_add(value.size));
            self.follow(&part, value.at)?;
        }
        Ok(())
    }

    fn everything(&mut self) -> Result<(), Stop> {
        let mut start = 0;
        // Nothing before this offset is looked at again: it is part of a pickle.
        let mut done = 0;
        while start < self.input.size() {
            // A mark at the end of a block is seen whole in the next one.
            let block = self.input.window(start, BLOCK.saturating_add(SIGHT))?;
            let fresh = block.get(..BLOCK).unwrap_or(&block);
            for at in memchr_iter(0x80, fresh) {
                let here = start.saturating_add(at as u64);
                let sight = block.get(at..).unwrap_or_default();
                if here >= done && matches!(sight, [_, 2..=5, ..]) {
                    done = self.candidate(here, sight.get(..SIGHT).unwrap_or(sight))?;
                }
            }
            start = start.saturating_add(BLOCK as u64);
        }
        Ok(())
    }

    /// Follows a pickle that begins here, if it is one that imports something, and gives the offset after it.
    fn candidate(&mut self, here: u64, sight: &[u8]) -> Result<u64, Stop> {
        let left = self.input.size().saturating_sub(here);
        if !pickle::may_import(sight, left) {
            self.trials = self.trials.saturating_add(1);
            let most = (self.input.size() / BYTES_PER_TRIAL).saturating_add(MAX_TRIALS);
            return if self.trials > most {
                Err(Stop::Limit(Limit::Count("marks of pickles")))
            } else {
                Ok(here)
            };
        }
        self.follow(self.input, here)
    }

    /// What was deleted stays in the file until something else is written over a part of it. So a pickle that breaks off
    /// is told only when it names something dangerous before.
    fn follow(&mut self, input: &Input<'_>, here: u64) -> Result<u64, Stop> {
        let mut trial = Trial { dangerous: false };
        let ended = pickle::try_one(input, here, &mut Report::new(&mut trial, MAX_TRIAL_FINDINGS));
        let end = match ended {
            Err(Stop::Deadline) => return Err(Stop::Deadline),
            Ok(Some((end, true))) => end,
            Err(_) if trial.dangerous => here.saturating_add(1),
            Ok(_) | Err(_) => return Ok(here),
        };
        self.first = if self.found == 0 { here } else { self.first };
        self.found = self.found.saturating_add(1);
        match pickle::try_one(input, here, self.report) {
            Err(Stop::Deadline) => Err(Stop::Deadline),
            Ok(_) | Err(_) => Ok(end),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::scan;

    fn rules(start: &[u8], value: &[u8]) -> Vec<String> {
        let file = [start, &[0; 64], value].concat();
        scan(&Database, "x.db", &file).rules().into_iter().map(str::to_owned).collect()
    }

    #[test]
    fn a_pickle_is_found_across_blocks_and_after_another() {
        let pickle = b"\x80\x02cposix\nsystem\nU\x02id\x85R.";
        let data = b"\x80\x02]K\x01a.";
        for before in [0, BLOCK - 66, BLOCK - 65, BLOCK - 64, BLOCK, 2 * BLOCK] {
            let value = [vec![b' '; before].as_slice(), data, pickle].concat();
            let found = rules(b"\0\x06\x15\x61", &value);
            assert_eq!(found, ["database-pickled-value", "pickle-unsafe-global"], "{before}");
        }
    }

    #[test]
    fn a_long_text_in_front_does_not_hide_an_import() {
        let text = [b"\x80\x02X\0\0\x02\0".as_slice(), &vec![b'a'; 2 << 16]].concat();
        let value = [text, b"0cposix\nsystem\nU\x02id\x85R.".to_vec()].concat();
        assert!(rules(b"SQLite format 3\0", &value).contains(&"pickle-unsafe-global".to_owned()));
    }

    #[test]
    fn what_is_left_of_a_pickle_is_told_only_when_it_names_something_dangerous() {
        let rest = b"\x80\x02cmymodel\nload\nU\x02id\x85R\xff";
        assert_eq!(rules(b"SQLite format 3\0", rest), Vec::<String>::new());
        let rest = b"\x80\x02cposix\nsystem\nU\x02id\x85R\xff";
        let found = rules(b"SQLite format 3\0", rest);
        assert_eq!(found, ["database-pickled-value", "pickle-unsafe-global"]);
    }

    /// LMDB with pages of 256 bytes: its own, a leaf with one node, and one of a large value.
    fn lmdb(flags: u16, data: &[u8], overflow: u16, large: &[u8]) -> Vec<u8> {
        let page = |number: u64, flags: u16, lower: u16, upper: u16, rest: &[u8]| {
            let mut page = [number.to_le_bytes().as_slice(), &[0; 2]].concat();
            [flags, lower, upper].iter().for_each(|word| page.extend(word.to_le_bytes()));
            page.extend(rest);
            page.resize(256, 0);
            page
        };
        let mut meta = [b"\xde\xc0\xef\xbe".as_slice(), &[0; 20]].concat();
        meta.extend(256_u32.to_le_bytes());
        let size = u16::try_from(if flags == 1 { large.len() } else { data.len() }).unwrap();
        let mut node = 18_u16.to_le_bytes().to_vec();
        [size, 0, flags, 1].iter().for_each(|word| node.extend(word.to_le_bytes()));
        node.push(b'k');
        node.extend(data);
        let pages =
            [page(0, META, 0, 0, &meta), page(1, LEAF, 18, 18, &node), page(2, overflow, 1, 0, large)];
        pages.concat()
    }

    const META: u16 = 8;
    const LEAF: u16 = 2;
    const OVERFLOW: u16 = 4;

    #[test]
    fn values_of_lmdb_are_read_where_they_stand() {
        let old = b"cposix\nsystem\n(S'id'\ntR.";
        let found = |file: &[u8]| scan(&Database, "data.mdb", file).findings.len();
        assert_eq!(found(&lmdb(0, old, LEAF, b"")), 2, "in the leaf");
        assert_eq!(found(&lmdb(1, &2_u64.to_le_bytes(), OVERFLOW, old)), 2, "on its own page");
        assert_eq!(
            found(&lmdb(1, &2_u64.to_le_bytes(), LEAF, old)),
            0,
            "on a page that is something else by now"
        );
        assert_eq!(found(&lmdb(1, &u64::MAX.to_le_bytes(), OVERFLOW, old)), 0, "outside");
        assert_eq!(found(&lmdb(0, b"plain", OVERFLOW, old)), 0, "what nothing leads to");
    }

    #[test]
    fn what_looks_like_a_long_text_and_breaks_is_nothing() {
        let value = [b"\x80\x02X\0\0\x02\0".as_slice(), &vec![b'a'; 2 << 16], b"\xff"].concat();
        let file = [b"\xce\x9a\x57\x13".as_slice(), &[0; 64], &value].concat();
        assert!(scan(&Database, "x.db", &file).is_clean());
    }
}
