//! Where models come from: cache layouts, OCI registries, webhooks.
