//! Where models come from: cache layouts, OCI registries, webhooks.
//!
//! [`caches`] turns what lies on disk into named artifacts and the digests their place claims for them; it needs no
//! network and no async runtime. [`oci`] pulls manifests and layers and checks every byte against its digest.
//! [`webhook`] reads what registries push; nothing in a notification is believed, it only says where to look.
//! Every name, size, digest, header and JSON text here is chosen by an attacker.
#![forbid(unsafe_code)]
#![cfg_attr(
    not(test),
    deny(
        clippy::indexing_slicing,
        clippy::string_slice,
        clippy::arithmetic_side_effects,
        clippy::cast_possible_truncation,
        clippy::cast_possible_wrap,
        clippy::cast_sign_loss
    )
)]

pub mod caches;
pub mod oci;
pub mod webhook;
