//! From evidence and policy to a verdict, as a pure function.
