"""Makes harmless artifacts with the current versions of the libraries, for measuring false positives."""
