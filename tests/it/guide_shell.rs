//! The guide's examples are run, page by page, in repositories of their own, and print what the pages show.

use std::fmt::Write;
use std::fs;
use std::path::PathBuf;

use ringfence::document::{self, Document, Node};

use crate::pages::{Block, blocks, page, pages, root};
use crate::support::{Dir, Outcome};

/// A line, or a part of one, that stands for any others.
const ANY: &str = "…";

/// One side of a file in a `diff` block; no lines where there is no such file.
#[derive(Default)]
struct Sides {
    name: String,
    before: Option<String>,
    after: Option<String>,
}

/// The files of a block in the form of `git diff`, each shown from its first line to its last.
fn files(diff: &str) -> Vec<Sides> {
    let mut files: Vec<Sides> = Vec::new();
    let side = |path: &str| (path != "/dev/null").then(String::new);
    for line in diff.lines() {
        if let Some(path) = line.strip_prefix("--- ") {
            files.push(Sides { name: path[2..].to_owned(), before: side(path), after: None });
            continue;
        }
        let file = files.last_mut().expect("a block of a diff begins with `---`");
        if let Some(path) = line.strip_prefix("+++ ") {
            file.after = side(path);
            file.name = if path == "/dev/null" { file.name.clone() } else { path[2..].to_owned() };
            continue;
        }
        let (sign, text) = line.split_at_checked(1).unwrap_or((" ", ""));
        let (is_old, is_new) = (" -".contains(sign), " +".contains(sign));
        for (_, side) in [(is_old, &mut file.before), (is_new, &mut file.after)].into_iter().filter(|(is, _)| *is) {
            writeln!(side.as_mut().expect("a line of a side that is there"), "{text}").unwrap();
        }
    }
    files
}

/// A repository whose last commit has the old sides, and whose working tree the new ones.
fn changed(diff: &str) -> Dir {
    let repo = Dir::repository();
    let files = files(diff);
    for file in &files {
        file.before.iter().for_each(|text| repo.write(&file.name, text));
    }
    repo.commit("base");
    for file in &files {
        match &file.after {
            Some(text) => repo.write(&file.name, text),
            None => fs::remove_file(repo.at(&file.name)).unwrap(),
        }
    }
    repo
}

/// True if `said` is what `shown` shows, where `…` may stand for other text or lines.
fn is_shown(shown: &str, said: &str) -> bool {
    fn line(shown: &str, said: &str) -> bool {
        match shown.split_once(ANY) {
            None => shown == said,
            Some((start, rest)) => said.strip_prefix(start).is_some_and(|said| {
                said.char_indices().map(|(at, _)| at).chain([said.len()]).any(|at| line(rest, &said[at..]))
            }),
        }
    }
    fn lines(shown: &[&str], said: &[&str]) -> bool {
        match (shown, said) {
            ([], []) => true,
            ([first, rest @ ..], _) if *first == ANY => (0..=said.len()).any(|skip| lines(rest, &said[skip..])),
            ([first, rest @ ..], [said, others @ ..]) => line(first, said) && lines(rest, others),
            _ => false,
        }
    }
    lines(&shown.lines().collect::<Vec<_>>(), &said.lines().collect::<Vec<_>>())
}

/// The exit code that a block announces on its last line: `# exits 1`.
fn announced(script: &str) -> i32 {
    let last = script.lines().last().unwrap_or_default();
    last.split_once("# exits ").and_then(|(_, code)| code.trim().parse().ok()).unwrap_or(0)
}

/// A block that was run, and what stands behind it on the page.
struct Ran {
    place: String,
    announced: i32,
    outcome: Outcome,
    /// The block with the output, if there is one.
    shown: Option<Block>,
}

/// Runs every block of a page in order. A page has one repository; a `diff` block begins another.
fn run(name: &str, text: &str) -> Vec<Ran> {
    let mut repo = Dir::repository();
    let mut ran: Vec<Ran> = Vec::new();
    let mut previous = String::new();
    for block in blocks(text) {
        let info = block.info.clone();
        match info.as_str() {
            "diff" => repo = changed(&block.text),
            "sh" => {
                let outcome = repo.shell(&block.text).ends();
                let place = format!("docs/{name}:{}", block.line);
                ran.push(Ran { place, announced: announced(&block.text), outcome, shown: None });
            }
            "text" if previous == "sh" => ran.last_mut().unwrap().shown = Some(block),
            _ => {}
        }
        previous = info;
    }
    ran
}

/// What is wrong with the examples of a page, and how many were run.
fn check(name: &str, text: &str) -> (Vec<String>, usize) {
    let mut wrong = Vec::new();
    let ran = run(name, text);
    for Ran { place, announced, outcome, shown } in &ran {
        let said = outcome.stdout();
        if outcome.code != *announced {
            wrong.push(format!("{place}: exits {}, not {announced}: {said}", outcome.code));
        }
        if shown.as_ref().is_some_and(|block| !is_shown(&block.text, &said)) {
            wrong.push(format!("{place}: prints something else than is shown: {said}"));
        }
        // What the pages make up must stay as hidden as what is real.
        if said.split("glpat-").skip(1).any(|rest| rest.starts_with(|c: char| c.is_ascii_alphanumeric())) {
            wrong.push(format!("{place}: a token was printed"));
        }
    }
    (wrong, ran.len())
}

#[test]
fn every_example_does_what_its_page_shows() {
    let mut seen = 0;
    let mut wrong = Vec::new();
    for name in pages() {
        let (faults, ran) = check(&name, &page(&name));
        wrong.extend(faults);
        seen += ran;
    }
    assert!(wrong.is_empty(), "{}\nif that is meant: {AGAIN}", wrong.join("\n"));
    assert!(seen >= 40, "only {seen} examples were run");
}

#[test]
fn an_example_that_shows_something_else_is_noticed() {
    let right = "```sh\nprintf 'a\\nb\\nc 17\\n'\nexit 3 # exits 3\n```\n\nIt prints:\n\n```text\na\n…\nc …\n```\n";
    assert_eq!(check("x.md", right), (Vec::new(), 1));
    for (old, new) in [("# exits 3", ""), ("# exits 3", "# exits 1"), ("c …", "d …"), ("a\n…", "b\n…"), ("…\nc", "c")]
    {
        let (faults, _) = check("x.md", &right.replace(old, new));
        assert_eq!(faults.len(), 1, "{old} → {new}: {faults:?}");
    }
    let diff = "```diff\n--- a/x\n+++ b/x\n@@ -1,2 +1,2 @@\n same\n-old\n+new\n```\n```sh\ngit show HEAD:x\ncat x\n```\n```text\nsame\nold\nsame\nnew\n```\n";
    assert_eq!(check("x.md", diff), (Vec::new(), 1));
    assert_eq!(check("x.md", &diff.replace("old\nsame", "older\nsame")).0.len(), 1);
    assert_eq!(check("x.md", "```sh\necho glpat-abc\n```\n").0.len(), 1);
}

/// How the outputs of the pages are written again.
const AGAIN: &str = "cargo test --test it -- --ignored guide_shell::by_hand";

/// Writes what is printed now into the pages, where nothing stands for other text. Look at the difference.
#[test]
#[ignore = "writes the outputs into the pages again"]
fn by_hand_writes_the_outputs_again() {
    for name in pages() {
        let text = page(&name);
        let mut lines: Vec<_> = text.lines().map(str::to_owned).collect();
        for Ran { outcome, shown, .. } in run(&name, &text).iter().rev() {
            let Some(block) = shown.as_ref().filter(|block| !block.text.contains(ANY)) else { continue };
            let start = block.line - 1;
            lines.splice(start..start + block.text.lines().count(), outcome.stdout().lines().map(str::to_owned));
        }
        fs::write(root().join("docs").join(&name), lines.join("\n") + "\n").unwrap();
    }
}

/// The manifest on the page about many machines.
fn manifest() -> Document {
    let blocks = blocks(&page("scale.md"));
    let block = blocks.iter().find(|block| block.text.contains("completionMode: Indexed"));
    document::yaml(&block.expect("a manifest").text)
}

/// The one container in a list of a job's pods.
fn container<'d>(manifest: &'d Document, job: &str, list: &str) -> Node<'d> {
    let named = |node: &Node<'_>| node.path(&["metadata", "name"]).is_some_and(|name| name.is(job));
    let job = manifest.roots().find(named).expect("a job");
    job.path(&["spec", "template", "spec", list]).unwrap().items().next().unwrap()
}

/// The value of a variable of a container.
fn variable(container: Node<'_>, name: &str) -> String {
    let mut all = container.get("env").unwrap().items();
    let own = all.find(|entry| entry.get("name").unwrap().is(name)).expect(name);
    own.get("value").unwrap().text().unwrap().to_owned()
}

/// Runs a container's command in `folder`, with its paths moved there, and these variables in place of its own.
fn run_container(container: Node<'_>, dir: &Dir, folder: PathBuf, variables: &[(&str, &str)]) -> Outcome {
    let shell = container.get("command").unwrap().texts().collect::<Vec<_>>();
    assert_eq!(shell[0], "sh");
    let script = container.get("args").unwrap().items().next().unwrap().text().unwrap();
    let script = script.replace("/work/", &format!("{}/work/", dir.path().display()));
    let script = format!("sh {} {}", shell[1], shell_words::quote(&script));
    variables.iter().fold(dir.shell(&script).within(folder), |run, (name, value)| run.env(name, value)).ends()
}

#[test]
fn the_indexed_job_of_kubernetes_finds_what_one_scan_finds() {
    let manifest = manifest();
    let dir = Dir::plain();
    let sample = "git init --quiet --initial-branch=main sample && cd sample && for n in 1 2 3 4 5 6 7 8 9; do
        printf 'token: glpat-%s\\n' \"$(echo $n | git hash-object --stdin | cut -c1-20)\" > file-$n; done &&
        git add . && git commit --quiet -m base && git rev-parse HEAD && mkdir ../work ../reports";
    let commit = dir.shell(sample).ends().stdout();
    let clone = container(&manifest, "ringfence-scan", "initContainers");
    let source = dir.at("sample").display().to_string();
    let ended = run_container(clone, &dir, dir.at("work"), &[("REPOSITORY", &source), ("COMMIT", commit.trim())]);
    assert_eq!(ended.code, 0, "{}", ended.stdout());

    let scan = container(&manifest, "ringfence-scan", "containers");
    let shards = variable(scan, "SHARDS");
    let job = manifest.roots().find(|node| node.path(&["spec", "completions"]).is_some()).unwrap();
    let completions = job.path(&["spec", "completions"]).and_then(Node::text).unwrap();
    assert_eq!((completions, job.path(&["spec", "parallelism"]).and_then(Node::text)), (&*shards, Some(&*shards)));
    let reports = dir.at("reports").display().to_string();
    for index in 0..shards.parse::<usize>().unwrap() {
        let index = index.to_string();
        let values = [("JOB_COMPLETION_INDEX", &*index), ("SHARDS", &shards), ("REPORTS", &reports)];
        let ended = run_container(scan, &dir, dir.at("work/repository"), &values);
        assert_eq!(ended.code, 0, "shard {index}: {}", ended.stdout());
    }
    let merge = container(&manifest, "ringfence-merge", "containers");
    let merged = run_container(merge, &dir, dir.at("reports"), &[("REPORTS", &reports)]);

    let whole = dir.shell("cd work/repository && ringfence scan --output html=../whole.html").ends();
    assert_eq!((merged.code, merged.stdout()), (1, whole.stdout()));
    assert!(whole.stdout().contains("9 critical in 9 files"), "{}", whole.stdout());
    assert_eq!(fs::read(dir.at("reports/ringfence.html")).unwrap(), fs::read(dir.at("work/whole.html")).unwrap());
    // Without one of the parts there is no verdict.
    fs::remove_file(dir.at("reports/0.json")).unwrap();
    assert_eq!(run_container(merge, &dir, dir.at("reports"), &[("REPORTS", &reports)]).code, 2);
}

#[test]
fn the_matrix_finds_what_one_scan_finds() {
    let page = page("scale.md");
    let block = blocks(&page).into_iter().find(|block| block.text.contains("matrix:")).unwrap();
    let workflow = document::yaml(&block.text);
    let job = |name: &str| workflow.root().unwrap().path(&["jobs", name]).unwrap();
    let step = |name: &str| {
        let steps = job(name).get("steps").unwrap().items();
        steps.filter_map(|step| step.get("run")?.text()).collect::<Vec<_>>().concat()
    };
    let repo = Dir::repository();
    for n in 0..9 {
        repo.write(format!("file-{n}"), format!("{}\n", crate::support::token(n)));
    }
    let whole = repo.ringfence(&["scan"]).ends().stdout();
    // The reports are files of the tree in a job, too, but come after it was read; kept outside, they say nothing here.
    let shards = job("shard").path(&["strategy", "matrix", "shard"]).unwrap();
    for shard in shards.texts() {
        let run = repo.shell(&step("shard").replace("report-$SHARD", "../report-$SHARD")).env("SHARD", shard);
        assert_eq!(run.ends().code, 0, "shard {shard}");
    }
    let merged = repo.shell(&step("verdict").replace("report-", "../report-")).ends();
    assert_eq!((merged.code, merged.stdout()), (1, whole));
}
