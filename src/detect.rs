//! Detection: the only place that holds raw matched bytes; what leaves it is redacted.

pub mod accepted;
pub mod allow;
pub mod area;
pub mod check;
pub mod command;
pub mod generic;
pub mod example;
pub mod flow;
pub mod grant;
pub mod hidden;
pub mod name;
pub mod pattern;
pub mod redact;
pub mod safeguard;
pub mod scope;
pub mod vouched;
mod shown;
mod candidate;
mod code;
mod decode;
mod fingerprint;
mod known;
mod mask;
mod placeholder;
mod random;
mod work;
