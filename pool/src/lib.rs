//! Starts sandboxed workers, hands them descriptors, and holds them to a deadline.
