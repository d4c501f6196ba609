//! Structured text as a tree whose nodes know where they stand: one shape for YAML, JSON, TOML and HCL.

mod arena;
mod groovy;
mod hcl;
mod hcl_items;
mod ini;
mod json;
mod sql;
mod template;
mod toml;
mod xml;
mod yaml;

pub use arena::{Document, Gap, Node};
pub use groovy::{GroovyToken, groovy};
pub use ini::{IniEntry, ini};
pub use sql::{SqlKind, SqlStatement, SqlToken, statements as sql};
pub use xml::{Xml, XmlElement, plist, xml};

/// Reads YAML 1.2, several documents included. What is a template is read as if its actions were plain words.
pub fn yaml(text: &str) -> Document {
    let document = yaml::read(text);
    match template::masked(text) {
        // What reads as it stands needs no mask: `{{ x }}` in a string is none of a template's business.
        Some(masked) if !document.gaps().is_empty() || template::has_lines(text) => {
            let mut template = yaml::read(&masked);
            // A template in a value, of which the mask makes something else: the text is none itself.
            if document.gaps().is_empty() && !template.gaps().is_empty() {
                return document;
            }
            template.unmask(text);
            template
        }
        _ => document,
    }
}

/// Reads JSON, with the comments and trailing commas that its users write.
pub fn json(text: &str) -> Document {
    json::read(text)
}

/// Reads TOML as far as it goes.
pub fn toml(text: &str) -> Document {
    toml::read(text)
}

/// Reads HCL as far as it goes, in the shape of Terraform's JSON syntax.
pub fn hcl(text: &str) -> Document {
    hcl::read(text)
}
