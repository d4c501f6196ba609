//! Fills the templates of rule files: examples look alive only while they run.

use std::fmt;

use crate::detect::check;
use crate::detect::random::{BASE32, BASE36, BASE58, BASE62, BASE64, BASE64_URL, HEX, Random};

/// Longest run of characters that one placeholder makes.
const LONGEST: usize = 4096;

/// Why a template cannot be filled. Columns count bytes from 1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TemplateError {
    /// A `{` without its `}`.
    Open {
        /// Where it stands.
        column: usize,
    },
    /// A `}` that closes nothing.
    Close {
        /// Where it stands.
        column: usize,
    },
    /// No generator has this name, or it does not know this argument.
    Unknown {
        /// Where the placeholder stands.
        column: usize,
        /// What stands between the braces.
        placeholder: String,
    },
}

impl fmt::Display for TemplateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Open { column } => {
                write!(f, "`{{` in column {column} is never closed; write `{{{{` for a brace that stands for itself")
            }
            Self::Close { column } => {
                write!(f, "`}}` in column {column} closes nothing; write `}}}}` for a brace that stands for itself")
            }
            Self::Unknown { column, placeholder } => {
                write!(f, "no generator makes `{{{placeholder}}}` in column {column}; CONTRIBUTING.md lists them")
            }
        }
    }
}

impl std::error::Error for TemplateError {}

/// Replaces each `{name:argument}` by a value that `seed` decides; `{{` and `}}` are braces.
///
/// Characters: `hex HEX digit lower upper alpha alnum loweralnum upperalnum base64 base64url base32 base58`, each with a
/// count, a class such as `{[A-Z0-9_]:12}`, and `uuid`. Every other name is a kind of token that proves itself.
pub fn fill(template: &str, seed: u64) -> Result<String, TemplateError> {
    let random = &mut Random::new(seed);
    expanded(template, &mut |placeholder| generate(placeholder, random))
}

/// The template as a person reads it: each placeholder says in square brackets what would stand there.
pub fn legible(template: &str) -> Result<String, TemplateError> {
    expanded(template, &mut described)
}

/// What a placeholder becomes; `None` if there is none of that name.
type Becomes<'a> = &'a mut dyn FnMut(&str) -> Option<String>;

fn expanded(template: &str, becomes: Becomes<'_>) -> Result<String, TemplateError> {
    let mut out = String::with_capacity(template.len() * 2);
    let mut rest = template;
    while let Some(at) = rest.find(['{', '}']) {
        let (text, tail) = rest.split_at(at);
        out.push_str(text);
        let column = template.len() - tail.len() + 1;
        if let Some(after) = tail.strip_prefix("{{") {
            out.push('{');
            rest = after;
        } else if let Some(after) = tail.strip_prefix("}}") {
            out.push('}');
            rest = after;
        } else if let Some(inside) = tail.strip_prefix('{') {
            let end = placeholder_end(inside).ok_or(TemplateError::Open { column })?;
            let (placeholder, after) = inside.split_at(end);
            let unknown = || TemplateError::Unknown { column, placeholder: placeholder.to_owned() };
            out.push_str(&becomes(placeholder).ok_or_else(unknown)?);
            rest = after.get(1..).unwrap_or_default();
        } else {
            return Err(TemplateError::Close { column });
        }
    }
    out.push_str(rest);
    Ok(out)
}

/// Where the placeholder's closing brace stands; a class may hold braces.
fn placeholder_end(inside: &str) -> Option<usize> {
    let class = if inside.starts_with('[') { inside.find(']')? } else { 0 };
    inside.get(class..)?.find('}').map(|at| class + at)
}

fn generate(placeholder: &str, random: &mut Random) -> Option<String> {
    if let Some((class, count)) = placeholder.strip_prefix('[').and_then(|rest| rest.split_once("]:")) {
        return characters(&class_members(class)?, count, random);
    }
    let (name, argument) = placeholder.split_once(':').unwrap_or((placeholder, ""));
    match alphabet(name) {
        Some(alphabet) => characters(alphabet, argument, random),
        None if name == "uuid" => Some(random.uuid()),
        None => check::sample(name, argument, random),
    }
}

fn described(placeholder: &str) -> Option<String> {
    if let Some((class, count)) = placeholder.strip_prefix('[').and_then(|rest| rest.split_once("]:")) {
        return Some(format!("[{count} of {class}]"));
    }
    let (name, argument) = placeholder.split_once(':').unwrap_or((placeholder, ""));
    let what = match name {
        "hex" => "hex digits",
        "HEX" => "hex digits in capitals",
        "digit" => "digits",
        "upper" => "capital letters",
        "lower" => "small letters",
        "alpha" => "letters",
        "alnum" => "letters and digits",
        "loweralnum" => "small letters and digits",
        "upperalnum" => "capital letters and digits",
        "base64" => "characters of base64",
        "base64url" => "characters of base64url",
        "base32" => "characters of base32",
        "base58" => "characters of base58",
        "uuid" => return Some("[a UUID]".to_owned()),
        _ => return token(name, argument),
    };
    Some(format!("[{argument} {what}]"))
}

/// A token that proves itself: what all of its kind begin with, and how much comes then.
fn token(name: &str, argument: &str) -> Option<String> {
    let samples: Option<Vec<String>> =
        (0..4).map(|seed| check::sample(name, argument, &mut Random::new(seed))).collect();
    let samples = samples?;
    let (first, others) = samples.split_first()?;
    let shared = |other: &String| first.bytes().zip(other.bytes()).take_while(|(a, b)| a == b).count();
    let begins = match first.starts_with(argument) && !argument.is_empty() {
        true => argument.len(),
        false => others.iter().map(shared).min()?,
    };
    let start = first.get(..begins)?.lines().next().unwrap_or_default();
    let lengths = samples.iter().map(|sample| sample.len() - start.len());
    let (least, most) = (lengths.clone().min()?, lengths.max()?);
    let count = if least == most { least.to_string() } else { format!("some {most}") };
    Some(format!("{start}[{count} characters that pass the check]"))
}

fn characters(alphabet: &[u8], count: &str, random: &mut Random) -> Option<String> {
    let count = count.parse().ok().filter(|&count| count <= LONGEST)?;
    Some(random.text(alphabet, count))
}

fn alphabet(name: &str) -> Option<&'static [u8]> {
    let letters = &BASE62[10..];
    Some(match name {
        "hex" => HEX,
        "HEX" => b"0123456789ABCDEF",
        "digit" => &BASE62[..10],
        "upper" => &letters[..26],
        "lower" => &letters[26..],
        "alpha" => letters,
        "alnum" => BASE62,
        "loweralnum" => BASE36,
        "upperalnum" => &BASE62[..36],
        "base64" => BASE64,
        "base64url" => BASE64_URL,
        "base32" => BASE32,
        "base58" => BASE58,
        _ => return None,
    })
}

/// The members of a class: single characters and ranges, ASCII only. A `-` at either end stands for itself.
fn class_members(class: &str) -> Option<Vec<u8>> {
    let mut rest = class.as_bytes();
    let mut members = Vec::new();
    while let Some((&first, tail)) = rest.split_first() {
        rest = match tail {
            [b'-', last, after @ ..] => {
                members.extend(first..=*last);
                after
            }
            _ => {
                members.push(first);
                tail
            }
        };
    }
    (!members.is_empty() && members.is_ascii()).then_some(members)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_fixes_the_text() {
        let template = "a={alnum:20} b={uuid} c={jwt}";
        assert_eq!(fill(template, 1), fill(template, 1));
        assert_ne!(fill(template, 1), fill(template, 2));
    }

    #[test]
    fn braces_can_stand_for_themselves() {
        assert_eq!(fill(r#"{{"a": "${{X}}"}}"#, 1).as_deref(), Ok(r#"{"a": "${X}"}"#));
    }

    #[test]
    fn every_alphabet_keeps_to_itself() {
        let within =
            |template: &str, class: fn(&u8) -> bool| fill(template, 3).unwrap().bytes().all(|byte| class(&byte));
        assert!(within("{hex:64}", |byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(byte)));
        assert!(within("{lower:64}", u8::is_ascii_lowercase) && within("{upper:64}", u8::is_ascii_uppercase));
        assert!(within("{digit:64}", u8::is_ascii_digit) && within("{alpha:64}", u8::is_ascii_alphabetic));
        assert!(within("{[A-C_}-]:64}", |byte| b"ABC_}-".contains(byte)));
        assert_eq!(fill("{[x]:3}", 1).as_deref(), Ok("xxx"));
    }

    #[test]
    fn mistakes_name_their_column() {
        assert_eq!(fill("ab{hex:3", 1), Err(TemplateError::Open { column: 3 }));
        assert_eq!(fill("ab}", 1), Err(TemplateError::Close { column: 3 }));
        for wrong in ["{nothing:3}", "{hex}", "{hex:x}", "{hex:99999}", "{[]:3}", "{pem:X}"] {
            let placeholder = wrong[1..wrong.len() - 1].to_owned();
            assert_eq!(fill(wrong, 1), Err(TemplateError::Unknown { column: 1, placeholder }));
        }
    }

    #[test]
    fn values_look_random() {
        let text = fill("{alnum:400}", 1).unwrap();
        let distinct: std::collections::BTreeSet<u8> = text.bytes().collect();
        assert!(distinct.len() > 50);
    }
}
