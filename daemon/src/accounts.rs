//! The local user database, `/etc/passwd` (`passwd(5)`), read as a file: no name service is asked.

use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::PathBuf;

/// The most bytes of the user database that are read; a million users do not belong in a file.
const MAX_BYTES: u64 = 4 << 20;

/// The lowest uid of a person (`login.defs(5)`, `UID_MIN`).
const FIRST_PERSON: u32 = 1_000;

/// The highest uid of a person; above lie `nobody` and our own number.
const LAST_PERSON: u32 = 60_000;

/// One line of the database.
#[derive(Debug, PartialEq, Eq)]
struct Account {
    name: String,
    uid: u32,
    gid: u32,
    home: PathBuf,
}

/// The uid and gid of a user.
pub(crate) fn ids_of(name: &str) -> Option<(u32, u32)> {
    accounts().find(|account| account.name == name).map(|account| (account.uid, account.gid))
}

/// Whether this is the uid of a person, not of root or a service.
pub(crate) fn is_person(uid: u32) -> bool {
    (FIRST_PERSON..=LAST_PERSON).contains(&uid)
}

/// The home directories of root and of people, in the order of the file.
pub(crate) fn homes() -> Vec<PathBuf> {
    accounts()
        .filter(|account| account.uid == 0 || is_person(account.uid))
        .map(|account| account.home)
        .collect()
}

fn accounts() -> impl Iterator<Item = Account> {
    File::open("/etc/passwd")
        .into_iter()
        .flat_map(|file| BufReader::new(file.take(MAX_BYTES)).lines().map_while(Result::ok))
        .filter_map(|line| account(&line))
}

fn account(line: &str) -> Option<Account> {
    let mut fields = line.split(':');
    let name = fields.next()?.to_owned();
    let _password = fields.next()?;
    let uid = fields.next()?.parse().ok()?;
    let gid = fields.next()?.parse().ok()?;
    let _comment = fields.next()?;
    let home = PathBuf::from(fields.next()?);
    home.is_absolute().then_some(Account { name, uid, gid, home })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_an_account() {
        let account = account("assay:x:997:995:Model verification:/var/lib/assay:/usr/sbin/nologin").unwrap();
        assert_eq!((account.name.as_str(), account.uid, account.gid), ("assay", 997, 995));
    }

    #[test]
    fn a_broken_line_is_none() {
        for line in ["", "a:b", "a:x:y:1::/h:", "a:x:1:1::relative:"] {
            assert_eq!(account(line), None, "{line}");
        }
    }
}
