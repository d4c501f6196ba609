//! What tests look like in each language: where one begins, what it is called, where it ends, what it asserts.

use std::ops::Range;

use crate::detect::safeguard::reading::{Half, indent};
use crate::rule::Tongue;

/// How a language writes tests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    /// `def test_…`.
    Python,
    /// `it('…', …)`, also in Dart.
    Called,
    /// `func Test…(`.
    Go,
    /// A mark in front: `#[test]`, `@Test`, `[Fact]`.
    Marked,
    /// `def test_…`, `it '…' do`.
    Ruby,
    /// `function test…(`, or a mark.
    Php,
    /// `TEST(a, b)`.
    Macro,
    /// `test "…" do`, `func test…(`, `test {…} {`.
    Other,
    /// `@test "…" {`.
    Shell,
}

/// One test.
#[derive(Clone, Debug)]
pub(super) struct Test {
    pub(super) name: String,
    /// Where it begins.
    pub(super) line: usize,
    /// The lines below that, to its end.
    pub(super) lines: Range<usize>,
    /// Lines that do something.
    pub(super) body: usize,
}

impl Shape {
    pub(super) fn of(tongues: &[Tongue]) -> Option<Self> {
        tongues.iter().find_map(|tongue| {
            Some(match tongue {
                Tongue::Python => Self::Python,
                Tongue::Javascript => Self::Called,
                Tongue::Go => Self::Go,
                Tongue::Rust | Tongue::Jvm | Tongue::Dotnet => Self::Marked,
                Tongue::Ruby => Self::Ruby,
                Tongue::Php => Self::Php,
                Tongue::C => Self::Macro,
                Tongue::Other => Self::Other,
                Tongue::Shell => Self::Shell,
                _ => return None,
            })
        })
    }

    /// The name of the test that this line begins; `marked` is true below a mark.
    fn name(self, code: &str, marked: bool) -> Option<String> {
        let code = code.trim_start();
        match self {
            Self::Python => {
                let rest = code.strip_prefix("async ").unwrap_or(code).strip_prefix("def ")?;
                word(rest).filter(|name| name.starts_with("test"))
            }
            Self::Called => called(code, &["it", "test", "specify", "Deno.test"]),
            Self::Go => {
                let name = word(code.strip_prefix("func ")?)?;
                ["Test", "Fuzz", "Example", "Benchmark"].iter().any(|begin| name.starts_with(begin)).then_some(name)
            }
            Self::Marked => (marked && code.contains('(')).then(|| before_bracket(code)).flatten(),
            Self::Ruby => code
                .strip_prefix("def ")
                .and_then(word)
                .filter(|name| name.starts_with("test_"))
                .or_else(|| called(code, &["it", "test", "specify", "scenario"])),
            Self::Php => called(code, &["it", "test"]).or_else(|| {
                let name = word(code.split_once("function ")?.1)?;
                (marked || name.starts_with("test")).then_some(name)
            }),
            Self::Macro => {
                let begins =
                    ["TEST(", "TEST_F(", "TEST_P(", "TYPED_TEST(", "TEST_CASE(", "BOOST_AUTO_TEST_CASE(", "SCENARIO("];
                let rest = begins.iter().find_map(|begin| code.strip_prefix(begin))?;
                Some(rest.split(')').next()?.to_owned())
            }
            Self::Other => called(code, &["test", "testWidgets", "it"]).or_else(|| {
                let name = word(code.split_once("func ")?.1)?;
                name.starts_with("test").then_some(name)
            }),
            Self::Shell => called(code, &["@test"]),
        }
    }

    /// True if the line marks the function below as a test.
    fn is_mark(self, code: &str) -> bool {
        let code = code.trim();
        match self {
            Self::Marked | Self::Php => {
                let inner = code.trim_start_matches(['@', '#', '[']);
                let name: String =
                    inner.chars().take_while(|c| c.is_alphanumeric() || *c == '_' || *c == ':').collect();
                let last = name.rsplit(':').next().unwrap_or_default();
                inner.len() < code.len()
                    && [
                        "test",
                        "Test",
                        "ParameterizedTest",
                        "RepeatedTest",
                        "TestFactory",
                        "Fact",
                        "Theory",
                        "TestMethod",
                        "TestCase",
                        "rstest",
                        "TestTemplate",
                        "test_case",
                        "quickcheck",
                    ]
                    .contains(&last)
            }
            _ => false,
        }
    }
}

/// The tests of one side, in order.
pub(super) fn tests_of(shape: Shape, half: &Half<'_>) -> Vec<Test> {
    let lines: Vec<String> =
        half.code.split(|b| *b == b'\n').map(|l| String::from_utf8_lossy(l).trim_end().to_owned()).collect();
    let mut begins: Vec<(usize, String)> = Vec::new();
    let mut marked = false;
    for (at, code) in lines.iter().enumerate() {
        if code.trim().is_empty() {
            continue;
        }
        if shape.is_mark(code) {
            marked = true;
            // `@Test void name()` on one line.
            if !code.contains(") {") && !code.contains("fn ") && !code.contains("void ") && !code.contains("fun ") {
                continue;
            }
        }
        if let Some(name) = shape.name(code, marked) {
            begins.push((at, name));
            marked = false;
        } else if !code.trim_start().starts_with(['@', '#', '[']) && code.contains(['{', ';']) {
            marked = false;
        }
    }
    let next: Vec<usize> = begins.iter().skip(1).map(|(at, _)| *at).chain([lines.len()]).collect();
    begins.into_iter().zip(next).map(|((at, name), next)| test(&lines, at, name, next)).collect()
}

/// The test that begins at `at`; what stands below the next one is that one's.
fn test(lines: &[String], at: usize, name: String, next: usize) -> Test {
    let end = end(&lines[..next], at);
    let body = lines[at + 1..end].iter().filter(|line| does(line)).count()
        + usize::from(at + 1 == end && !lines[at].ends_with(['{', ':']));
    Test { name, line: at + 1, lines: at + 2..end + 1, body }
}

/// The first line that is not of the test that begins at `start`.
fn end(lines: &[String], start: usize) -> usize {
    let depth = indent(lines[start].as_bytes());
    let is_outside = |line: &String| {
        let own = indent(line.as_bytes());
        !line.trim().is_empty() && own <= depth && !(own == depth && line.trim_start().starts_with(['{', ')', ']']))
    };
    lines[start + 1..].iter().position(is_outside).map_or(lines.len(), |at| start + 1 + at)
}

/// True if a line of a body does something.
fn does(line: &str) -> bool {
    let line = line.trim();
    !matches!(
        line,
        "" | "pass" | "..." | "return" | "return;" | "end" | "{" | "}" | "});" | "})" | ");" | "();" | "return nil"
    )
}

fn word(text: &str) -> Option<String> {
    let name: String = text.trim_start().chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
    Some(name).filter(|name| !name.is_empty())
}

/// What stands in front of the first bracket.
fn before_bracket(code: &str) -> Option<String> {
    let head = code.split('(').next()?.trim_end();
    let head = head.split('<').next().filter(|h| !h.is_empty()).unwrap_or(head);
    let name = head.rsplit(|c: char| !(c.is_alphanumeric() || c == '_' || c == '`')).next()?;
    if code.contains("fun `") {
        code.split('`').nth(1).map(str::to_owned)
    } else {
        Some(name.to_owned()).filter(|n| !n.is_empty())
    }
}

/// The text in quotes behind one of these words.
fn called(code: &str, words: &[&str]) -> Option<String> {
    let rest = words.iter().find_map(|word| code.strip_prefix(word))?;
    if rest.starts_with(|c: char| c.is_alphanumeric() || c == '_') {
        return None;
    }
    // `it.each(…)('…')`, `test.concurrent('…')`
    let at = rest.find(['"', '\'', '`', '{'])?;
    let quote = rest[at..].chars().next()?;
    let inner = &rest[at + quote.len_utf8()..];
    let close = if quote == '{' { '}' } else { quote };
    let end = inner.find(close)?;
    Some(inner[..end].to_owned())
}
