//! What a test asserts, line by line.

use super::shape::Test;
use crate::detect::safeguard::reading::Half;

/// One assertion.
#[derive(Clone, Debug)]
pub(super) struct Claim {
    pub(super) line: usize,
    /// What it says.
    pub(super) text: String,
    /// The same with every literal alike.
    pub(super) frame: String,
}

/// Assertions of a side that are looked at.
const MOST: usize = 20_000;

/// What stands at the start of assertions, or in front of a bracket or a point.
const ASSERTS: [&str; 35] = [
    "assert",
    "Assert.",
    "Assert(",
    "ASSERT_",
    "prop_assert",
    "StringAssert",
    "CollectionAssert",
    "expect(",
    "expect.",
    "expect ",
    "expect{",
    "require.",
    "should",
    "Should(",
    "Should()",
    "ShouldBe",
    "ShouldNot",
    "refute",
    "must_",
    "EXPECT_",
    "CHECK(",
    "REQUIRE(",
    "t.Error",
    "t.Fatal",
    "t.is(",
    "t.deepEqual(",
    "t.true(",
    "t.false(",
    "verify(",
    "fail(",
    "XCTAssert",
    "Expect(",
    "raises(",
    "toThrow",
    "b.Fatal",
];

/// What always holds.
const TRIVIAL: [&str; 12] = [
    "assert #",
    "assert(#)",
    "assert!(#)",
    "assert_eq!(#, #)",
    "assertEquals(#, #)",
    "assertTrue(#)",
    "assertFalse(#)",
    "expect(#).toBe(#)",
    "expect(#).toBeTruthy()",
    "expect(#).toEqual(#)",
    "Assert.True(#)",
    "assert.True(t, #)",
];

/// What says little more than that there is something.
const VAGUE: [&str; 17] = [
    "toBeDefined()",
    "toBeTruthy()",
    "not.toBeNull()",
    "not.toBeUndefined()",
    "not.toThrow()",
    "is not #",
    "assertIsNotNone(",
    "assertNotNull(",
    "isNotNull()",
    "NotNil(",
    "NotNull(",
    "NotEmpty(",
    "is_some()",
    "is_ok()",
    "be_truthy",
    "not_to be_nil",
    "assert_not_nil",
];

impl Claim {
    /// True if it says little.
    pub(super) fn is_vague(&self) -> bool {
        VAGUE.iter().any(|vague| self.frame.contains(vague))
    }
}

/// The assertions of one test, or of the whole side.
pub(super) fn asserts(half: &Half<'_>, test: Option<&Test>) -> Vec<Claim> {
    let whole = || 1..half.code.iter().filter(|b| **b == b'\n').count() + 2;
    let lines = test.map_or_else(whole, |test| test.line..test.lines.end);
    let mut condition = String::new();
    let claim = |line: usize| {
        let own = String::from_utf8_lossy(half.line(line)).trim().to_owned();
        let above = std::mem::take(&mut condition);
        if own.starts_with("if ") {
            condition = own;
            return None;
        }
        // What stands in quotes asserts nothing.
        let mut frame = frame(&own);
        let is_one = frame.ends_with("expect") || ASSERTS.iter().any(|word| stands(&frame, word));
        let is_import = ["import ", "from ", "use "].iter().any(|word| own.starts_with(word));
        let is_trivial = TRIVIAL.iter().any(|trivial| frame.trim_end_matches([';', ' ']) == *trivial);
        if !is_one || is_import || is_trivial {
            return None;
        }
        // What Go asserts stands in the condition.
        let is_told = frame.starts_with("t.") || frame.starts_with("b.");
        let mut text = own;
        if is_told && !above.is_empty() {
            frame = format!("{} {frame}", self::frame(&above));
            text = format!("{above} {text}");
        }
        Some(Claim { line, text, frame })
    };
    lines.filter_map(claim).take(MOST).collect()
}

/// True if `word` begins a word of the text that goes on as an assertion does.
fn stands(text: &str, word: &str) -> bool {
    text.match_indices(word).any(|(at, _)| {
        let begins = !text[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_');
        let rest = &text[at + word.len()..];
        let is_mock = text[..at].ends_with("Mimic.") || text[..at].ends_with("Mox.");
        begins && !is_mock && !rest.starts_with("ed") && !rest.starts_with("ion")
    })
}

/// A line in which every literal reads alike.
fn frame(text: &str) -> String {
    let mut out = String::new();
    let mut all = text.chars().peekable();
    let mut before = ' ';
    while let Some(c) = all.next() {
        if matches!(c, '"' | '\'' | '`') {
            while let Some(next) = all.next() {
                match next {
                    '\\' => drop(all.next()),
                    _ if next == c => break,
                    _ => {}
                }
            }
            out.push('#');
        } else if c.is_ascii_digit() && !before.is_alphanumeric() && before != '_' {
            while all.next_if(|next| next.is_alphanumeric() || *next == '.').is_some() {}
            out.push('#');
        } else {
            out.push(c);
        }
        before = c;
    }
    for word in ["true", "false", "True", "False", "null", "nil", "None"] {
        out = out.replace(word, "#");
    }
    out
}
