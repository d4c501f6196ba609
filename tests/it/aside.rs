//! What sets findings aside beside the policy: comments and the baseline, in scans and in changes.

use std::fmt::Write as _;

use serde_json::Value;

use crate::support::{Dir, GITHUB, token};

const BASELINE: &str = "ringfence.baseline.jsonl";
/// What somebody could guess.
const WORD: &str = "Tr0ub4dor&3x";
const HEAD: &str = "{\"baseline\":\"ringfence/1\"}\n";

fn by(report: &Value, at: usize) -> String {
    let by = &report["suppressed"][at]["by"];
    format!("{} {} {}", by["kind"].as_str().unwrap(), by["where"].as_str().unwrap(), by["reason"].as_str().unwrap())
}

fn notices(report: &Value) -> Vec<String> {
    let notices = report["policy"]["notices"].as_array().cloned().unwrap_or_default();
    notices.iter().map(|notice| notice.as_str().unwrap().to_owned()).collect()
}

/// Writes the baseline of what is there; gives its bytes.
fn accepted(dir: &Dir) -> String {
    let outcome = dir.ringfence(&["baseline", "write"]).ends();
    assert_eq!(outcome.code, 0, "{}", outcome.stderr());
    std::fs::read_to_string(dir.at(BASELINE)).unwrap()
}

fn weak(word: &str) -> String {
    format!("{} = \"{word}\"\n", ["pass", "word"].concat())
}

#[test]
fn a_baseline_that_accepts_nothing_says_so() {
    let said = Dir::plain().ringfence(&["baseline", "write"]).ends();
    assert!(
        said.code == 0 && said.stdout().contains("nothing was there to accept"),
        "{}{}",
        said.stdout(),
        said.stderr()
    );
}

#[test]
fn a_comment_that_is_nearly_one_is_told() {
    let dir = Dir::repository();
    for (at, mark) in ["ringfence: allow", "ringfence:ignore"].iter().enumerate() {
        dir.write(format!("{at}.py"), format!("T = '{}'  # {mark} {GITHUB} -- made up\n", token(at as u64)));
    }
    dir.write("about.md", "ringfence: a scanner\n");
    let said = dir.ringfence(&["scan"]).ends();
    let said = format!("{}{}", said.stdout(), said.stderr());
    for line in ["0.py:1: `ringfence: allow` does not count", "1.py:1: `ringfence:ignore` does not count"] {
        assert!(said.contains(line), "{said}");
    }
    assert!(!said.contains("note: about.md"), "{said}");
}

#[test]
fn a_comment_sets_aside_what_it_names_and_nothing_else() {
    let dir = Dir::repository();
    dir.write("a.py", format!("# ringfence:allow {GITHUB} -- made up\nT = '{}'\nU = '{}'\n", token(1), token(2)));
    dir.write("b.js", format!("f('{}'); // ringfence:allow {GITHUB} -- revoked\n", token(3)));
    dir.write("c.py", format!("T = '{}'  # ringfence:allow {} -- wrong rule\n", token(4), "npm-access-token"));
    let report = dir.report(&["scan"]);
    report.finds(&["a.py:3:6", "c.py:1:6"]);
    assert_eq!(by(&report.value, 0), "inline a.py:1 made up");
    assert_eq!(by(&report.value, 1), "inline b.js:1 revoked");
    assert_eq!(report.value["summary"]["suppressed"], 2);
    let human = dir.ringfence(&["scan"]).ends().stdout();
    assert!(human.contains("2 findings set aside:\n") && human.contains("made up (a.py:1)"), "{human}");
    let sarif = dir.ringfence(&["scan", "--format", "sarif"]).ends().stdout();
    let sarif: Value = serde_json::from_str(&sarif).unwrap();
    assert_eq!(sarif["runs"][0]["results"].as_array().unwrap().len(), 2);
    let stdin = dir.ringfence(&["scan", "-"]).input(format!("# ringfence:allow {GITHUB} -- x\n{}\n", token(1)));
    stdin.report().finds(&[]);
}

#[test]
fn what_is_wrong_with_a_comment_is_said() {
    let dir = Dir::repository();
    dir.write("a.py", format!("T = '{}'  # ringfence:allow github-pat-clasic -- typo\n", token(1)));
    dir.write("b.py", format!("T = '{}'  # ringfence:allow {GITHUB}\n", token(2)));
    dir.write("c.py", format!("T = '{}'\n# ringfence:allow {GITHUB} -- gone\nx = 1\n", token(3)));
    let report = dir.report(&["scan"]);
    report.finds(&["a.py:1:6", "b.py:1:6", "c.py:1:6"]);
    let said = notices(&report.value);
    assert_eq!(
        said,
        [
            "a.py:1: `ringfence:allow github-pat-clasic` does not count: there is no such rule; did you mean \
             `github-pat-classic`?",
            "b.py:1: `ringfence:allow github-pat-classic` does not count: it gives no reason; write `-- ` and why this is no \
             danger behind the rule",
            "c.py:2: `ringfence:allow github-pat-classic` sets nothing aside; remove it",
        ]
    );
}

#[test]
fn a_secret_in_a_reason_is_not_printed() {
    let dir = Dir::repository();
    dir.write("a.py", format!("T = '{}'  # ringfence:allow {GITHUB} -- like {}\n", token(1), token(2)));
    let report = dir.report(&["scan", "--all"]);
    assert!(by(&report.value, 0).ends_with("like ghp_[36 hidden]"), "{}", by(&report.value, 0));
    let entry = format!(
        "version = 1\n[[allow]]\nrule = \"{GITHUB}\"\npath = \"a.py\"\nvalue = \"ghp_*\"\nreason = \"like {}\"\n",
        token(3)
    );
    dir.write("ringfence.toml", entry);
    let report = dir.report(&["scan", "--only", GITHUB]);
    assert!(report.value["suppressed"].to_string().contains("like ghp_[36 hidden]"));
}

#[test]
fn in_a_change_a_comment_counts_if_it_stood_there_for_the_same() {
    let dir = Dir::repository();
    let text = |pad: &str| format!("{pad}# ringfence:allow {GITHUB} -- made up\n{pad}T = '{}'\n", token(1));
    dir.write("a.py", text(""));
    dir.commit("base");
    dir.write("a.py", format!("if x:\n{}", text("    ")));
    let report = dir.report(&["diff"]);
    report.finds(&[]);
    assert_eq!(by(&report.value, 0), "inline a.py:2 made up");
    dir.git(&["mv", "a.py", "b.py"]);
    dir.git(&["add", "--all"]);
    dir.report(&["diff", "--staged"]).finds(&[]);
}

#[test]
fn a_baseline_is_the_same_bytes_and_sets_aside_what_it_holds() {
    let dir = Dir::repository();
    dir.write("z/b.py", format!("T = '{}'\n", token(1)));
    dir.write("a.py", format!("T = '{}'\nU = '{}'\n", token(2), token(3)) + &weak(WORD));
    let first = accepted(&dir);
    assert_eq!(accepted(&dir), first, "byte for byte");
    let mut sorted: Vec<&str> = first.lines().collect();
    sorted.sort_unstable();
    assert_eq!(sorted.join("\n") + "\n", first);
    assert_eq!(first.lines().count(), 5);
    for hidden in [&token(1)[4..12], &token(2)[4..12], "Tr0ub4"] {
        assert!(!first.contains(hidden));
    }
    let report = dir.report(&["scan"]);
    report.finds(&[]);
    assert_eq!(report.value["summary"]["suppressed"], 4);
    assert!(by(&report.value, 0).starts_with("baseline ringfence.baseline.jsonl:"));
    let within = dir.ringfence(&["baseline", "check"]).within(dir.at("z")).ends();
    assert_eq!((within.code, within.stdout()), (0, format!("{BASELINE} holds what is there, and nothing else\n")));
    std::fs::create_dir(dir.at("deep")).unwrap();
    assert_eq!(dir.ringfence(&["baseline", "write"]).within(dir.at("deep")).ends().code, 0);
    assert!(!dir.at("deep").join(BASELINE).exists(), "it stands at the top");
}

#[test]
fn what_is_set_aside_otherwise_is_not_accepted() {
    let dir = Dir::repository();
    dir.write("a.py", format!("T = '{}'  # ringfence:allow {GITHUB} -- made up\n", token(1)));
    dir.write("docs/a", token(2));
    let entry = format!("[[allow]]\nrule = \"{GITHUB}\"\npath = \"docs/**\"\nvalue = \"ghp_*\"\nreason = \"x\"\n");
    dir.write("ringfence.toml", format!("version = 1\n{entry}"));
    assert_eq!(accepted(&dir), HEAD);
}

#[test]
fn a_swapped_secret_on_an_accepted_line_is_reported() {
    let dir = Dir::repository();
    dir.write("a.py", format!("T = '{}'\n", token(1)));
    dir.write("b.py", weak(WORD));
    accepted(&dir);
    dir.write("a.py", format!("T = '{}'\n", token(2)));
    dir.report(&["scan", "--only", GITHUB]).finds(&["a.py:1:6"]);
    // Eight bits tell most of the values apart that somebody could guess.
    let words = ["correct-h0rse", "Winter2024!", "S0mmer#2023", "hunter2hunter3"];
    let seen = words.iter().filter(|word| {
        dir.write("b.py", weak(word));
        !dir.report(&["scan", "--only", "generic-password"]).found().is_empty()
    });
    assert!(seen.count() >= 3);
}

#[test]
fn nobody_can_confirm_a_guess_by_the_baseline() {
    let dir = Dir::repository();
    let guess = |number: usize| format!("Winter20{number:03}!");
    dir.write("secret.py", weak(&guess(123)));
    let secret = accepted(&dir);
    let print = |line: &str| line.split("\"fingerprint\":\"").nth(1).unwrap()[..32].to_owned();
    let wanted = print(secret.lines().last().unwrap());
    for number in 0..900 {
        dir.write(format!("guess/{number}.py"), weak(&guess(number)));
    }
    let all = accepted(&dir);
    let alike = all.lines().filter(|line| line.contains("guess/") && print(line) == wanted).count();
    assert!(alike >= 2, "{alike} of 900 guesses fit: one alone would be the answer");
}

#[test]
fn a_baseline_follows_renames() {
    let dir = Dir::repository();
    dir.write("old.py", format!("x = 1\ny = 2\nz = 3\nT = '{}'\n", token(1)));
    accepted(&dir);
    let base = dir.commit("base");
    dir.git(&["mv", "old.py", "new.py"]);
    dir.write("new.py", format!("x = 1\ny = 2\nz = 3\nTOKEN = '{}'\n", token(1)));
    dir.git(&["add", "--all"]);
    let report = dir.report(&["diff", "--staged"]);
    report.finds(&[]);
    assert_eq!(report.value["suppressed"][0]["path"], "new.py");
    let moved = accepted(&dir);
    assert!(moved.contains("new.py") && !moved.contains("old.py"));
    dir.commit("renamed");
    dir.report(&["diff", &format!("{base}..HEAD")]).finds(&[]);
    dir.report(&["scan"]).finds(&[]);
}

#[test]
fn a_baseline_that_shrinks_is_silent_and_stale_entries_are_named() {
    let dir = Dir::repository();
    dir.write("a.py", format!("T = '{}'\n", token(1)));
    dir.write("b.py", format!("T = '{}'\n", token(2)));
    accepted(&dir);
    let base = dir.commit("base");
    dir.write("a.py", "T = read()\n");
    let report = dir.report(&["scan"]);
    report.finds(&[]);
    assert_eq!(notices(&report.value), ["ringfence.baseline.jsonl:2: nothing fits this entry any more"]);
    assert_eq!(notices(&dir.report(&["scan", "b.py"]).value), Vec::<String>::new(), "only a whole scan can tell");
    let check = dir.ringfence(&["baseline", "check"]).ends();
    assert!(check.code == 1 && check.stdout().starts_with("- a.py github-pat-classic "), "{}", check.stdout());
    accepted(&dir);
    dir.commit("less");
    dir.report(&["diff", &format!("{base}..HEAD")]).finds(&[]);
}

#[test]
fn baselines_of_two_branches_merge() {
    let dir = Dir::repository();
    dir.write(".gitattributes", "ringfence.baseline.jsonl merge=union\n");
    dir.write("m.py", format!("T = '{}'\n", token(1)));
    accepted(&dir);
    dir.commit("base");
    for (branch, file, seed) in [("one", "a.py", 2), ("two", "b.py", 3)] {
        dir.git(&["checkout", "--quiet", "-b", branch, "main"]);
        dir.write(file, format!("T = '{}'\n", token(seed)));
        accepted(&dir);
        dir.commit(branch);
    }
    dir.git(&["merge", "--quiet", "--no-edit", "one"]);
    dir.report(&["scan"]).finds(&[]);
    let merged = std::fs::read_to_string(dir.at(BASELINE)).unwrap();
    let sorted = |text: &str| {
        let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
        lines.sort();
        lines
    };
    assert_eq!(sorted(&accepted(&dir)), sorted(&merged), "written anew, the union has its order back");
}

#[test]
fn ten_thousand_entries_are_read_in_no_time() {
    let dir = Dir::repository();
    dir.write("a.py", format!("T = '{}'\n", token(1)));
    let own = accepted(&dir).lines().last().unwrap().to_owned();
    let (mut lines, mut policy) = (String::from(HEAD), String::from("version = 1\n"));
    for number in 0..10_000 {
        writeln!(lines, "{{\"path\":\"f/{number}\",\"rule\":\"{GITHUB}\",\"fingerprint\":\"{number:032x}\"}}").unwrap();
        writeln!(
            policy,
            "[[allow]]\nrule = \"{GITHUB}\"\npath = \"f/{number}\"\nvalue = \"ghp_{number:06}*\"\nreason = \"x\""
        )
        .unwrap();
    }
    dir.write(BASELINE, format!("{lines}{own}\n"));
    dir.write("ringfence.toml", policy);
    let report = dir.report(&["scan"]);
    report.finds(&[]);
    assert!(report.outcome.took.as_secs() < 20, "{:?}", report.outcome.took);
    let said = notices(&report.value);
    assert!(said.iter().any(|said| said.contains("9980 more entries fit nothing")), "{:?}", said.last());
    dir.write(BASELINE, lines.replace('{', "x{"));
    dir.ringfence(&["scan"]).ends().fails(2, &["ringfence.baseline.jsonl:1: it is no baseline"]);
    dir.write(BASELINE, format!("{HEAD}{}", lines.replace('{', "x{")));
    dir.ringfence(&["scan"]).ends().fails(2, &["jsonl:2: an entry is", "more lines like this"]);
}

#[test]
fn a_comment_without_use_is_named_wherever_it_stands() {
    let dir = Dir::plain();
    dir.write("clean.py", format!("# ringfence:allow {GITHUB} -- revoked\nA = read()\n"));
    dir.write("about.md", "Write `ringfence:allow some-rule -- why` behind it.\n");
    let said = format!("clean.py:1: `ringfence:allow {GITHUB}` sets nothing aside; remove it");
    assert_eq!(notices(&dir.report(&["scan"]).value), [said], "text about comments is none");
    // Who looks for less cannot tell.
    assert_eq!(notices(&dir.report(&["scan", "--only", "text"]).value), [""; 0]);
}
