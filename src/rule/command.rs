//! What a rule may say about a command: program, words, options in any spelling, arguments, and where its output goes.

use serde::{Deserialize, Serialize};

use super::grade::Severity;

/// One shape of command that a rule reports. Everything that is stated must hold.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Shape {
    /// Names of the program, without folder; `*` stands for any text.
    pub program: Vec<String>,
    /// The words right behind the program, options left out; `**` stands for any number of them.
    #[serde(default)]
    pub words: Vec<Term>,
    /// Each of them must be given, in one of its spellings.
    #[serde(default)]
    pub options: Vec<Spellings>,
    /// None of them may be given.
    #[serde(default)]
    pub without: Vec<Spellings>,
    /// One argument behind the words must be one of these.
    #[serde(default)]
    pub arguments: Vec<Term>,
    /// No argument may be one of these.
    #[serde(default)]
    pub harmless: Vec<Term>,
    /// Programs that run what this command prints, through a pipe or a substitution.
    #[serde(default)]
    pub feeds: Vec<String>,
    /// A redirection must write to one of these.
    #[serde(default)]
    pub writes: Vec<Term>,
    /// Places that count; empty means all.
    #[serde(default)]
    pub places: Vec<Place>,
    /// How bad this shape is, where that differs from the rule.
    #[serde(default)]
    pub severity: Option<Severity>,
}

/// Where a command stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Place {
    /// A shell script.
    Script,
    /// A step of a CI system.
    Workflow,
    /// The build file of an image.
    Image,
    /// A recipe of a build tool, or a script of a package.
    Build,
    /// A service, a crontab, a process list.
    Service,
    /// A call in a program.
    Code,
    /// Instructions that an agent reads.
    Agent,
    /// A single line, judged on its own.
    Line,
}

/// What an argument can be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Class {
    /// The root folder or all that is in it.
    Root,
    /// Somebody's whole home folder.
    Home,
    /// A folder of the system at the top of the tree.
    System,
    /// A file that decides how the system trusts, such as one in `/etc`.
    SystemFile,
    /// A path that begins with a variable which may be empty.
    Unguarded,
    /// All that is in the current folder, wherever that is.
    Here,
    /// A disk or a partition.
    Device,
    /// A branch that others build upon.
    Protected,
    /// Names what serves customers.
    Production,
    /// A temporary place.
    Temporary,
    /// The machine itself, or a name that stands for an example.
    Local,
    /// An address that is fetched without encryption, or by number.
    Insecure,
    /// Where people keep credentials.
    Credential,
    /// The installer of a tool that nearly everybody gets this way, from its own address.
    KnownInstaller,
    /// Anything that a variable or a substitution decides.
    Variable,
}

const CLASSES: [(&str, Class); 15] = [
    ("root", Class::Root),
    ("home", Class::Home),
    ("system", Class::System),
    ("system-file", Class::SystemFile),
    ("unguarded", Class::Unguarded),
    ("here", Class::Here),
    ("device", Class::Device),
    ("protected", Class::Protected),
    ("production", Class::Production),
    ("temporary", Class::Temporary),
    ("local", Class::Local),
    ("insecure", Class::Insecure),
    ("credential", Class::Credential),
    ("known-installer", Class::KnownInstaller),
    ("variable", Class::Variable),
];

/// What one word must be: `@class`, or text in which `*` stands for any text and `|` parts alternatives.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Term {
    /// Of this class.
    Class(Class),
    /// Like one of these.
    Like(Vec<String>),
}

impl TryFrom<String> for Term {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let Some(name) =
            text.strip_prefix('@').filter(|name| name.bytes().all(|b| b.is_ascii_lowercase() || b == b'-'))
        else {
            return Ok(Self::Like(text.split('|').map(str::to_owned).collect()));
        };
        match CLASSES.iter().find(|(known, _)| *known == name) {
            Some((_, class)) => Ok(Self::Class(*class)),
            None => {
                Err(format!("`@{name}` is no class of arguments; there are {}", CLASSES.map(|(n, _)| n).join(", ")))
            }
        }
    }
}

impl From<Term> for String {
    fn from(term: Term) -> Self {
        match term {
            Term::Class(class) => {
                let name = CLASSES.iter().find(|(_, known)| *known == class).map_or("", |(name, _)| name);
                format!("@{name}")
            }
            Term::Like(alternatives) => alternatives.join("|"),
        }
    }
}

/// The spellings of one option, parted by spaces: `-r -R --recursive`, or with a value `--context=@production`.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Spellings(pub Vec<Spelling>);

/// One spelling of an option.
#[derive(Clone, Debug)]
pub struct Spelling {
    /// With its dashes.
    pub name: String,
    /// What its value must be.
    pub value: Option<Term>,
}

impl TryFrom<String> for Spellings {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let spelling = |part: &str| match part.split_once('=') {
            Some((name, value)) => {
                Term::try_from(value.to_owned()).map(|v| Spelling { name: name.into(), value: Some(v) })
            }
            None => Ok(Spelling { name: part.into(), value: None }),
        };
        let all: Vec<Spelling> = text.split_whitespace().map(spelling).collect::<Result<_, _>>()?;
        match all.iter().find(|spelling| !spelling.name.starts_with(['-', '/', '+'])) {
            Some(bare) => {
                Err(format!("the option `{}` has no dash; words that are no options belong to `words`", bare.name))
            }
            None if all.is_empty() => Err("an option without a spelling".into()),
            None => Ok(Self(all)),
        }
    }
}

impl From<Spellings> for String {
    fn from(spellings: Spellings) -> Self {
        let told = |spelling: Spelling| match spelling.value {
            Some(value) => format!("{}={}", spelling.name, Self::from(value)),
            None => spelling.name,
        };
        spellings.0.into_iter().map(told).collect::<Vec<_>>().join(" ")
    }
}

/// True if `text` is like `pattern`, in which `*` stands for any text.
pub fn is_like(pattern: &str, text: &str) -> bool {
    let Some((head, rest)) = pattern.split_once('*') else { return pattern == text };
    let Some(mut text) = text.strip_prefix(head) else { return false };
    let mut parts: Vec<&str> = rest.split('*').collect();
    let last = parts.pop().unwrap_or_default();
    for part in parts {
        match text.find(part) {
            Some(at) => text = &text[at + part.len()..],
            None => return false,
        }
    }
    text.ends_with(last)
}
