//! Ways in which text says something else to a program than to its reader.

use serde::{Deserialize, Serialize};

/// What a rule of kind `text` looks for. The code points and what is harmless about them stand in `detect/hidden/`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Hidden {
    /// Controls that change the order in which text is shown.
    Bidi,
    /// Tag characters, which spell text that nobody sees.
    Tag,
    /// Characters without width.
    ZeroWidth,
    /// Variation selectors that vary nothing.
    Variation,
    /// Letters that look like others, in names and hosts.
    Lookalike,
    /// Letters that are never drawn.
    Filler,
    /// Controls that a terminal obeys.
    Control,
    /// Instructions where a rendered page shows nothing.
    Comment,
    /// Code behind so much white space that nobody scrolls there.
    OutOfSight,
}
