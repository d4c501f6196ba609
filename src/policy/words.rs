//! The words of the policy file: one table that its reader, its schema and the draft of a new one are made from.

/// One table of the file, or its top.
#[derive(Debug)]
pub struct Section {
    /// Its key; empty for the top of the file.
    pub name: &'static str,
    /// What mistakes call it.
    pub what: &'static str,
    /// How it is written.
    pub form: Form,
    /// What it is for, in one sentence.
    pub about: &'static str,
    /// What may stand in it.
    pub keys: &'static [Key],
}

/// How a section is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// The top of the file.
    Top,
    /// Once: `[name]`.
    Table,
    /// As often as wanted: `[[name]]`.
    List,
}

/// One key of a section.
#[derive(Debug)]
pub struct Key {
    /// As it is written.
    pub name: &'static str,
    /// What it holds.
    pub holds: Holds,
    /// Whether the section needs it.
    pub need: Need,
    /// What it means, in one sentence.
    pub about: &'static str,
    /// A value, as TOML has it.
    pub example: &'static str,
}

/// Whether a section needs a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    /// It must be there.
    Must,
    /// It may be left out.
    May,
    /// One of the keys of this need must be there.
    OneOf,
}

/// What a key holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Holds {
    /// The one version there is.
    Version,
    /// One of these words.
    Word(&'static [&'static str]),
    /// Text that is not empty.
    Text,
    /// A list of texts.
    Texts,
    /// The id of a rule.
    Rule,
    /// A glob over paths.
    Path,
    /// A list of such globs.
    Paths,
    /// All digits of a fingerprint.
    Fingerprint,
    /// The shape of a value.
    Shape,
    /// A day.
    Day,
}

impl Section {
    /// The names of its keys, and at the top those of the sections.
    pub fn known(&self) -> Vec<&'static str> {
        let below = SECTIONS.iter().filter(|section| self.form == Form::Top && section.form != Form::Top);
        self.keys.iter().map(|key| key.name).chain(below.map(|section| section.name)).collect()
    }
}

const fn must(name: &'static str, holds: Holds, about: &'static str, example: &'static str) -> Key {
    Key { name, holds, need: Need::Must, about, example }
}

const fn may(name: &'static str, holds: Holds, about: &'static str, example: &'static str) -> Key {
    Key { name, holds, need: Need::May, about, example }
}

const fn one_of(name: &'static str, holds: Holds, about: &'static str, example: &'static str) -> Key {
    Key { name, holds, need: Need::OneOf, about, example }
}

/// The top of the file.
pub const TOP: Section = Section {
    name: "",
    what: "a policy file",
    form: Form::Top,
    about: "What ringfence scans here, how it judges, and what is set aside.",
    keys: &[
        must("version", Holds::Version, "The version of this format.", "1"),
        may(
            "fail-on",
            Holds::Word(&["critical", "high", "medium", "low", "never"]),
            "The severity from which a finding fails a run: critical, high, medium, low or never. `--fail-on` outweighs it.",
            "\"high\"",
        ),
    ],
};

/// What is read.
pub const SCAN: Section = Section {
    name: "scan",
    what: "`[scan]`",
    form: Form::Table,
    about: "What is read.",
    keys: &[may(
        "exclude",
        Holds::Paths,
        "Paths that are not read, for no kind of finding; every report names them as excluded by the policy.",
        "[\"third_party/**\"]",
    )],
};

/// Where data may go.
pub const NETWORK: Section = Section {
    name: "network",
    what: "`[network]`",
    form: Form::Table,
    about: "Where data may go.",
    keys: &[may(
        "approved-hosts",
        Holds::Texts,
        "Hosts to which a change may send data; `*.` in front stands for all names below.",
        "[\"api.example.com\", \"*.internal.example.com\"]",
    )],
};

/// Where changes may work.
pub const WORKSPACE: Section = Section {
    name: "workspace",
    what: "`[workspace]`",
    form: Form::Table,
    about: "Where changes may work.",
    keys: &[may(
        "writable",
        Holds::Paths,
        "What a change does elsewhere is a finding of kind `scope`.",
        "[\"src/**\", \"tests/**\"]",
    )],
};

/// Parts that a person must review.
pub const AREA: Section = Section {
    name: "area",
    what: "an area",
    form: Form::List,
    about: "A part that a person must review, beside the built-in areas.",
    keys: &[
        must("name", Holds::Text, "What it is called.", "\"billing\""),
        must("paths", Holds::Paths, "Its files.", "[\"services/payments/**\"]"),
        may("owners", Holds::Texts, "Who answers for it.", "[\"@acme/payments\"]"),
        may(
            "review",
            Holds::Word(&["required", "optional"]),
            "Whether an owner must approve: required, or optional.",
            "\"required\"",
        ),
    ],
};

/// Who belongs to a team.
pub const TEAM: Section = Section {
    name: "team",
    what: "a team",
    form: Form::List,
    about: "Who belongs to a team that owns areas: reviews are told by people.",
    keys: &[
        must("name", Holds::Text, "The team, as owners name it.", "\"@acme/payments\""),
        must(
            "members",
            Holds::Texts,
            "Its members, as the forge or their signatures name them.",
            "[\"@ann\", \"@ben\"]",
        ),
    ],
};

/// Rules that are tuned.
pub const RULE: Section = Section {
    name: "rule",
    what: "a rule",
    form: Form::List,
    about: "Tunes a rule. `ringfence rules list` names them all.",
    keys: &[
        must("id", Holds::Rule, "The rule.", "\"generic-password\""),
        must(
            "severity",
            Holds::Word(&["critical", "high", "medium", "low", "off"]),
            "The severity of its findings: critical, high, medium or low; off silences it.",
            "\"low\"",
        ),
    ],
};

/// What is set aside.
pub const ALLOW: Section = Section {
    name: "allow",
    what: "an allow entry",
    form: Form::List,
    about: "Sets findings aside: of this rule AND in this path AND with this fingerprint or value.",
    keys: &[
        must("rule", Holds::Rule, "The rule, as the report names it.", "\"aws-access-key-id\""),
        must("path", Holds::Path, "The files.", "\"docs/**\""),
        one_of(
            "fingerprint",
            Holds::Fingerprint,
            "The finding: all digits that the report shows.",
            "\"0123456789abcdef0123456789abcdef\"",
        ),
        one_of(
            "value",
            Holds::Shape,
            "In place of the fingerprint: what the whole value looks like, `*` for any text, at least four other letters.",
            "\"EXAMPLE-*\"",
        ),
        must("reason", Holds::Text, "Why this is no danger.", "\"documentation example\""),
        may(
            "expires",
            Holds::Day,
            "The last day on which it holds; from the next day on the finding is reported again.",
            "2027-06-30",
        ),
    ],
};

/// All of them, in the order in which a file has them.
pub const SECTIONS: [&Section; 8] = [&TOP, &SCAN, &NETWORK, &WORKSPACE, &AREA, &TEAM, &RULE, &ALLOW];
