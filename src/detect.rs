//! Detection: the only place that holds raw matched bytes; what leaves it is redacted.

pub mod area;
pub mod check;
pub mod generic;
pub mod example;
pub mod grant;
pub mod name;
pub mod pattern;
pub mod redact;
mod shown;
mod candidate;
mod code;
mod decode;
mod fingerprint;
mod mask;
mod placeholder;
mod random;
mod work;
