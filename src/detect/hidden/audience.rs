//! Who reads a file: agents, compilers, people; and how much what is hidden there weighs.

use std::sync::LazyLock;

use super::found::Grade;
use crate::detect::code::place::{Place, says_generated};
use crate::finding::Severity;
use crate::rule::{Glob, Hidden, unfolded};

/// Files that agents follow.
const AGENTS: [&str; 17] = [
    "**/{agents,agents.override,agent,claude,claude.local,gemini,qwen,skill,conventions,copilot-instructions,warp,crush}.md",
    "**/{.cursorrules,.windsurfrules,.clinerules,.roorules,.goosehints,.rules,.mcp.json,.cursor/mcp.json,.vscode/mcp.json}",
    "**/{llms,llms-full}.txt",
    "**/*.{mdc,prompt.md,instructions.md,chatmode.md,agent.md,prompty}",
    "**/.github/{instructions,prompts,agents,chatmodes,skills}/**",
    "**/.claude/{agents,commands,skills,rules,output-styles,hooks}/**",
    "**/.claude/{settings,settings.local}.json",
    "**/.claude-plugin/**",
    "**/.cursor/{rules,commands,agents,skills}/**",
    "**/.windsurf/{rules,workflows}/**",
    "**/{.clinerules,.roo,.cline,.codex,.gemini,.opencode,.agents,.agent,.amp,.trae,.qwen,.augment,.kilocode}/**",
    "**/.kiro/{steering,specs,hooks}/**",
    "**/.junie/guidelines.md",
    "**/.amazonq/{rules,prompts,cli-agents}/**",
    "**/.continue/{rules,prompts}/**",
    "**/.openhands/{microagents,skills}/**",
    "**/.aider.conf.yml",
];
/// Extensions of what programs read as data.
const DATA: &str =
    "json jsonl ndjson json5 geojson csv tsv xml dat dic lst yaml yml sql log ipynb ltx tei tmx srt vtt dump bib plist";
/// Files of these formats that configure something.
const SETTINGS: &str = "package.json composer.json tsconfig.json deno.json angular.json project.json settings.json launch.json \
    tasks.json pom.xml build.xml action.yml action.yaml nuget.config web.config mcp.json";
/// Languages whose texts need controls of direction or joiners.
const LANGUAGES: &str =
    "ar fa he iw ur ckb ku ps sd ug yi dv hi bn mr ne pa gu ta te kn ml si th lo km my bo dz am arc prs azb";
/// Words of paths of tests that are about characters.
const CHARACTERS: [&str; 12] = [
    "unicode",
    "emoji",
    "utf8",
    "utf-8",
    "grapheme",
    "bidi",
    "invisible",
    "homoglyph",
    "icu",
    "idna",
    "normaliz",
    "segment",
];

static LISTS: LazyLock<Vec<Glob>> =
    LazyLock::new(|| AGENTS.iter().flat_map(|glob| unfolded(glob)).map(|glob| Glob::new(&glob)).collect());

/// Who reads a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Audience {
    /// Coding agents, which do what it says.
    Agent,
    /// Compilers and programs.
    Code,
    /// Programs, as data.
    Data,
    /// People.
    Prose,
    /// Tests.
    Test,
    /// Tests about characters.
    CharacterTest,
    /// People, in their languages.
    Words,
    /// Nobody here: taken from others, or written by a machine.
    Foreign,
}

impl Audience {
    /// That of the file at `path`, in lower case.
    pub(super) fn of(path: &str, content: &[u8]) -> Self {
        if is_for_agents(path) {
            return Self::Agent;
        }
        let name = path.rsplit('/').next().unwrap_or_default();
        let is_one_of = |list: &str, word: &str| list.split_whitespace().any(|one| one == word);
        match Place::of(path) {
            Place::Vendored | Place::Generated => Self::Foreign,
            Place::Test if CHARACTERS.iter().any(|word| path.contains(word)) => Self::CharacterTest,
            Place::Test => Self::Test,
            Place::Looks => Self::Words,
            Place::Docs | Place::Prose => Self::Prose,
            Place::Live => {
                let (stem, extension) = name.rsplit_once('.').unwrap_or((name, ""));
                let language = stem.rsplit(['.', '_', '-']).find(|part| part.len() > 1).unwrap_or(stem);
                let is_workflow = path.starts_with(".github/") || path.starts_with(".gitlab");
                if is_one_of(LANGUAGES, language) || is_one_of(LANGUAGES, stem) {
                    Self::Words
                } else if says_generated(content) {
                    Self::Foreign
                } else if is_one_of(DATA, extension) && !is_one_of(SETTINGS, name) && !is_workflow {
                    Self::Data
                } else {
                    Self::Code
                }
            }
        }
    }

    /// That of the name of the file: it is read by programs, whatever the file is.
    pub(super) fn of_name(self) -> Self {
        if matches!(self, Self::Data | Self::Prose) { Self::Code } else { self }
    }

    /// How bad it is here; `None` if it is not told.
    pub(super) fn weigh(self, what: Hidden, grade: Grade) -> Option<Severity> {
        use Grade::{Mark, Mild, Plain, Strong};
        use Severity::{Critical, High, Low, Medium};
        let by_grade = |strong: Severity, plain: Severity, mild: Option<Severity>, mark: Option<Severity>| match grade {
            Strong => Some(strong),
            Plain => Some(plain),
            Mild => mild,
            Mark => mark,
        };
        match (what, self) {
            (Hidden::Bidi, Self::Agent) => by_grade(High, High, Some(Medium), Some(Medium)),
            (Hidden::Bidi, Self::Code) => by_grade(High, High, Some(Medium), Some(Medium)),
            (Hidden::Bidi, Self::Data | Self::Prose) => by_grade(Medium, Low, None, Some(Low)),
            (Hidden::Tag, Self::Agent | Self::Code) => Some(Critical),
            (Hidden::Tag, Self::Data | Self::Prose) => Some(High),
            (Hidden::Tag, Self::CharacterTest) => Some(Low),
            (Hidden::Tag, _) => Some(Medium),
            (Hidden::ZeroWidth, Self::Agent) => by_grade(High, High, Some(Low), None),
            (Hidden::ZeroWidth, Self::Code) => by_grade(High, Medium, Some(Low), None),
            (Hidden::ZeroWidth, Self::Data | Self::Prose) => by_grade(Medium, Low, None, None),
            (Hidden::Variation, Self::Agent | Self::Code) => by_grade(Critical, High, Some(Low), None),
            (Hidden::Variation, Self::Data | Self::Prose) => by_grade(High, Medium, None, None),
            (Hidden::Variation, Self::Foreign | Self::Words | Self::Test) => by_grade(Medium, Low, None, None),
            (Hidden::Lookalike | Hidden::OutOfSight, Self::Code) => by_grade(High, Medium, Some(Low), None),
            (Hidden::Lookalike | Hidden::OutOfSight, Self::Agent) => by_grade(High, High, Some(Low), None),
            (Hidden::Lookalike, Self::Data | Self::Prose) => by_grade(Medium, Low, None, None),
            (Hidden::Filler, Self::Agent | Self::Code) => by_grade(High, High, Some(Low), None),
            (Hidden::Filler, Self::Data | Self::Prose) => by_grade(Low, Low, None, None),
            (Hidden::Control, Self::Agent) => by_grade(High, High, Some(Low), None),
            (Hidden::Control, Self::Code) => by_grade(High, Medium, Some(Low), None),
            (Hidden::Control, Self::Data | Self::Prose) => by_grade(Low, Low, None, None),
            (Hidden::Comment, _) => by_grade(High, Medium, Some(Low), None),
            (_, Self::Test | Self::CharacterTest) => by_grade(Low, Low, None, None),
            (_, Self::Words | Self::Foreign) => (grade == Strong).then_some(Low),
            (Hidden::OutOfSight, _) => None,
        }
    }
}

/// True if agents follow what the file at `path`, in lower case, says.
pub(in crate::detect) fn is_for_agents(path: &str) -> bool {
    LISTS.iter().any(|glob| glob.is_match(path))
}

/// True if the file is rendered as a page.
pub(super) fn is_page(path: &str) -> bool {
    [".md", ".mdx", ".mdc", ".markdown", ".cursorrules", ".windsurfrules", ".clinerules", ".goosehints"]
        .iter()
        .any(|ending| path.ends_with(ending))
}

/// True for formats in which raw controls are ordinary: scripts of editors, recordings, patches for terminals.
pub(super) fn obeys_controls(path: &str) -> bool {
    const ENDINGS: [&str; 16] = [
        ".vim",
        "vimrc",
        ".el",
        ".exp",
        ".ans",
        ".cast",
        ".ti",
        ".terminfo",
        ".patch",
        ".diff",
        ".man",
        ".tape",
        ".typescript",
        ".asc",
        ".po",
        ".snap",
    ];
    ENDINGS.iter().any(|ending| path.ends_with(ending))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_tell_who_reads() {
        for (path, audience) in [
            ("agents.md", Audience::Agent),
            ("pkg/claude.md", Audience::Agent),
            (".cursor/rules/a.mdc", Audience::Agent),
            (".claude/skills/x/skill.md", Audience::Agent),
            ("src/a.rs", Audience::Code),
            ("package.json", Audience::Code),
            ("src/messages/ar.ts", Audience::Words),
            ("src/fa.js", Audience::Words),
            ("src/data.json", Audience::Data),
            ("readme.md", Audience::Prose),
            ("tests/emoji.rs", Audience::CharacterTest),
            ("vendor/a/b.go", Audience::Foreign),
        ] {
            assert_eq!(Audience::of(path, b""), audience, "{path}");
        }
    }
}
