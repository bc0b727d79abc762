//! Reads XML element by element, as the loaders of models do, and never expands an entity.
//!
//! Source: XML 1.0 (fifth edition), its appendix F for encodings; pugixml, which OpenVINO embeds, for what is lenient;
//! CWE-611 (external entities) and CWE-776 (entities that grow). The grammar is that of the `quick-xml` crate.
//! Namespaces are not resolved: names are compared without their prefix. Texts beyond ASCII are not kept.

mod doctype;
mod document;
mod encoding;
mod root;

use assay_core::{Rule, RuleId, Severity};

pub(crate) use document::{Document, Element, Step};
pub(crate) use root::{Root, root};

/// The document makes a parser open something.
pub(crate) const EXTERNAL_ENTITY: Rule = Rule {
    id: RuleId::new("xml-external-entity"),
    severity: Severity::High,
    summary: "The document makes an XML parser open another file or address",
    taxonomy: &["CWE-611", "CWE-827", "AML.T0010"],
};

/// The document grows when it is read.
pub(crate) const ENTITY_EXPANSION: Rule = Rule {
    id: RuleId::new("xml-entity-expansion"),
    severity: Severity::High,
    summary: "Entities of the document expand to far more than the document is long",
    taxonomy: &["CWE-776"],
};

/// The document declares names for texts.
pub(crate) const ENTITY_DECLARATION: Rule = Rule {
    id: RuleId::new("xml-entity-declaration"),
    severity: Severity::Medium,
    summary: "The document declares entities, which some loaders expand and others do not",
    taxonomy: &["CWE-436"],
};
