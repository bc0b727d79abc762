//! Pulls from a registry on loopback that answers as each test tells it.

#[cfg(test)]
mod access;
#[cfg(test)]
mod attached;
#[cfg(test)]
mod pull;
#[cfg(test)]
mod server;
