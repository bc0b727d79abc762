//! The program from outside: what it prints, and what it ends with.

#[cfg(test)]
mod daemon;
#[cfg(test)]
mod demo;
#[cfg(test)]
mod explain;
#[cfg(test)]
mod help;
#[cfg(test)]
mod oci;
#[cfg(test)]
mod policy;
#[cfg(test)]
mod program;
#[cfg(test)]
mod sarif;
#[cfg(test)]
mod scan;
#[cfg(test)]
mod verify;
