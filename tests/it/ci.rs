//! `diff --ci`: what a forge says becomes the right commits, in a table and in real clones.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use ringfence::ci::{Answer, Counts, Span, Surroundings, propose};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::support::{Dir, Report, token};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Cases {
    case: Vec<Case>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    name: String,
    event: Option<String>,
    base: Option<String>,
    variables: BTreeMap<String, String>,
    #[serde(default)]
    takes: Vec<String>,
    why: Option<String>,
    cure: Option<String>,
    fails: Option<String>,
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus/events")
}

fn filled(text: &str) -> String {
    let ids = [("{a}", "a1"), ("{b}", "b2"), ("{c}", "c3"), ("{0}", "00")];
    ids.iter().fold(text.to_owned(), |text, (hole, pair)| text.replace(hole, &pair.repeat(20)))
}

/// An answer and where it counts.
fn answer(answer: &Answer) -> String {
    let span = match &answer.span {
        Span::Range(range) => range.to_string(),
        Span::Everything => "everything".to_owned(),
    };
    match &answer.counts {
        Counts::Always => span,
        Counts::WithNews => span + " with news",
        Counts::IfThere => span + " if there",
        Counts::IfFresh(known) => format!("{span} if not before {known}"),
    }
}

/// As a range is shown: ids in short.
fn short(text: &str) -> String {
    let side = |side: &str| if side.len() == 40 { side[..12].to_owned() } else { side.to_owned() };
    let (range, counts) = text.find(' ').map_or((text, ""), |at| text.split_at(at));
    let dots = if range.contains("...") { "..." } else { ".." };
    let sides: Vec<String> = range.split(dots).map(side).collect();
    sides.join(dots) + counts
}

#[test]
fn every_event_becomes_what_it_is_about() {
    let cases: Cases = toml::from_str(&fs::read_to_string(folder().join("cases.toml")).unwrap()).unwrap();
    let mut used = Vec::new();
    for case in &cases.case {
        let variables = case.variables.iter().map(|(name, value)| (name.clone(), filled(value))).collect();
        let event = case.event.as_ref().map(|file| fs::read(folder().join(file)).unwrap());
        used.extend(case.event.clone());
        let around = Surroundings { variables, event, base: case.base.as_deref().map(filled) };
        match (propose(&around), &case.fails) {
            (Ok(proposal), None) => {
                let answers: Vec<String> = proposal.answers.iter().map(answer).collect();
                let takes: Vec<String> = case.takes.iter().map(|text| short(&filled(text))).collect();
                assert_eq!(answers, takes, "{}", case.name);
                let first = &proposal.answers[0].why;
                assert!(case.why.as_ref().is_none_or(|why| first.contains(why)), "{}: {first}", case.name);
                assert!(case.cure.as_ref().is_none_or(|cure| proposal.cure.contains(cure)), "{}", proposal.cure);
            }
            (Err(error), Some(words)) => assert!(error.to_string().contains(words), "{}: {error}", case.name),
            (outcome, _) => panic!("{}: {:?}", case.name, outcome.map(|proposal| proposal.answers)),
        }
    }
    let files = fs::read_dir(folder()).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let unused: Vec<_> = files.filter(|file| file.ends_with(".json") && !used.contains(file)).collect();
    assert_eq!(unused, Vec::<String>::new(), "event files that no case uses");
    assert!(cases.case.len() > 35);
}

/// A forge and a clone of it, as a job finds it, with a token in each of three commits.
struct Forge {
    dir: Dir,
    ids: Vec<String>,
}

impl Forge {
    fn new() -> Self {
        let dir = Dir::repository();
        let ids = ["one", "two", "three"].iter().zip(1..);
        let ids = ids.map(|(name, seed)| {
            dir.write(name, format!("{}\n", token(seed)));
            dir.commit(name)
        });
        let ids = ids.collect();
        Self { dir, ids }
    }

    /// A clone beside it.
    fn clone(&self, name: &str, options: &[&str]) -> PathBuf {
        let (from, to) = (format!("file://{}", self.dir.path().display()), self.dir.beside(name));
        let to_text = to.to_string_lossy().into_owned();
        self.dir.git(&[&["clone", "--quiet"][..], options, &[from.as_str(), to_text.as_str()]].concat());
        to
    }

    fn run(&self, clone: &Path, name: &str, event: &Value) -> crate::support::Outcome {
        self.run_with(clone, name, event, &["--format", "json"])
    }

    fn run_with(&self, clone: &Path, name: &str, event: &Value, more: &[&str]) -> crate::support::Outcome {
        let file = self.dir.beside("event.json");
        fs::write(&file, event.to_string()).unwrap();
        let run = self.dir.ringfence(&[&["diff", "--ci"][..], more].concat()).within(clone);
        run.env("GITHUB_ACTIONS", "true").env("GITHUB_EVENT_NAME", name).env("GITHUB_EVENT_PATH", file).ends()
    }
}

fn push(branch: &str, before: &str, after: &str) -> Value {
    json!({"ref": format!("refs/heads/{branch}"), "before": before, "after": after, "repository": {"default_branch": "main"}})
}

#[test]
fn a_push_is_what_it_brought_and_says_so() {
    let forge = Forge::new();
    let clone = forge.clone("clone", &[]);
    let outcome = forge.run(&clone, "push", &push("main", &forge.ids[0], &forge.ids[2]));
    let said = outcome.stderr();
    let range = format!(
        "scans {}...{} on GitHub, because it is what the push brings to `main`",
        &forge.ids[0][..12],
        &forge.ids[2][..12]
    );
    assert!(said.contains(&range), "{said}");
    let report = Report::of(outcome);
    assert_eq!(report.found(), ["three:1:1", "two:1:1"]);
    assert_eq!(report.value["source"]["base"], forge.ids[0]);
    let quiet = forge.run_with(&clone, "push", &push("main", &forge.ids[0], &forge.ids[2]), &["--quiet"]);
    assert_eq!((quiet.code, quiet.stderr()), (1, String::new()));
}

#[test]
fn a_new_branch_is_compared_with_the_default_branch() {
    let forge = Forge::new();
    forge.dir.git(&["checkout", "--quiet", "-b", "feature"]);
    forge.dir.write("four", token(4));
    let head = forge.dir.commit("four");
    let clone = forge.clone("clone", &[]);
    let zeros = "0".repeat(40);
    let report = Report::of(forge.run(&clone, "push", &push("feature", &zeros, &head)));
    assert_eq!(report.found(), ["four:1:1"]);
    // The default branch is not in a clone of one branch: everything counts as new.
    let single = forge.clone("single", &["--single-branch", "--branch", "feature"]);
    let outcome = forge.run(&single, "push", &push("feature", &zeros, &head));
    assert!(outcome.stderr().contains("everything counts as new"), "{}", outcome.stderr());
    assert_eq!(Report::of(outcome).found().len(), 4);
}

#[test]
fn a_forced_push_leaves_nothing_out_even_if_its_old_side_is_gone() {
    let forge = Forge::new();
    let gone = forge.ids[2].clone();
    forge.dir.git(&["reset", "--quiet", "--hard", &forge.ids[1]]);
    forge.dir.write("other", token(5));
    let head = forge.dir.commit("other");
    let mut event = push("main", &gone, &head);
    event["forced"] = json!(true);
    // With the old side at hand: what came since both parted.
    let clone = forge.dir.path().to_owned();
    assert_eq!(Report::of(forge.run(&clone, "push", &event)).found(), ["other:1:1"]);
    // Without it: everything.
    let clone = forge.clone("clone", &[]);
    let outcome = forge.run(&clone, "push", &event);
    assert!(outcome.stderr().contains("everything counts as new"), "{}", outcome.stderr());
    assert_eq!(Report::of(outcome).found(), ["one:1:1", "other:1:1", "two:1:1"]);
    // Gitea does not tell whether a push was forced.
    event.as_object_mut().unwrap().remove("forced");
    assert_eq!(Report::of(forge.run(&clone, "push", &event)).found().len(), 3);
    // A push that is not forced has its old side, so a clone without it is at fault.
    event["forced"] = json!(false);
    forge.run(&clone, "push", &event).fails(2, &["unknown revision", "fetch-depth: 0"]);
}

#[test]
fn a_pull_request_is_what_it_would_bring() {
    let forge = Forge::new();
    forge.dir.git(&["checkout", "--quiet", "-b", "feature", &forge.ids[0]]);
    forge.dir.write("four", token(4));
    let head = forge.dir.commit("four");
    let event = json!({"pull_request": {"number": 7, "base": {"sha": forge.ids[2]}, "head": {"sha": head}}});
    let clone = forge.clone("clone", &["--branch", "main"]);
    for name in ["pull_request", "pull_request_target"] {
        assert_eq!(Report::of(forge.run(&clone, name, &event)).found(), ["four:1:1"]);
    }
    // The workflow of the base has no commit of a fork.
    let single = forge.clone("single", &["--single-branch", "--branch", "main"]);
    forge.run(&single, "pull_request_target", &event).fails(2, &["git fetch --no-tags origin refs/pull/7/head"]);
}

#[test]
fn a_shallow_clone_is_an_error_with_its_cure() {
    let forge = Forge::new();
    let clone = forge.clone("clone", &["--depth", "1"]);
    for event in [push("main", &forge.ids[0], &forge.ids[2]), push("feature", &"0".repeat(40), &forge.ids[2])] {
        let mut event = event;
        event["forced"] = json!(true);
        if event["ref"] == "refs/heads/feature" {
            event["repository"]["default_branch"] = json!("trunk");
        }
        let outcome = forge.run(&clone, "push", &event);
        outcome.fails(3, &["shallow clone", "fetch-depth: 0", "actions/checkout"]);
        assert!(outcome.stdout.is_empty());
    }
}

#[test]
fn what_brings_no_change_is_scanned_whole_and_what_brings_nothing_is_clean() {
    let forge = Forge::new();
    let clone = forge.clone("clone", &["--depth", "1"]);
    let outcome = forge.run(&clone, "schedule", &json!({"schedule": "17 3 * * 1"}));
    let said = "scans all files, judged by their own policy, on GitHub, because the event `schedule`";
    assert!(outcome.stderr().contains(said), "{}", outcome.stderr());
    let report = Report::of(outcome);
    assert_eq!(report.found(), ["one:1:1", "three:1:1", "two:1:1"]);
    assert_eq!(report.value["source"]["kind"], "tree");
    let mut gone = push("feature", &forge.ids[0], &"0".repeat(40));
    gone["deleted"] = json!(true);
    Report::of(forge.run(&clone, "push", &gone)).finds(&[]);
}

/// A forge whose policy got stricter after a branch left it; what the branch brings is in its file `four`.
fn stricter() -> (Forge, String) {
    let forge = Forge::new();
    let soft = "version = 1\n[scan]\nexclude = [\"four\"]\n";
    forge.dir.write("ringfence.toml", soft);
    forge.dir.commit("soft");
    forge.dir.git(&["checkout", "--quiet", "-b", "feature"]);
    forge.dir.write("four", token(4));
    let head = forge.dir.commit("four");
    forge.dir.git(&["checkout", "--quiet", "main"]);
    forge.dir.write("ringfence.toml", "version = 1\n");
    forge.dir.commit("strict");
    (forge, head)
}

#[test]
fn a_request_is_judged_by_what_its_target_has_by_now() {
    let (forge, head) = stricter();
    let base = forge.dir.git(&["merge-base", "main", "feature"]).trim().to_owned();
    let clone = forge.clone("clone", &[]);
    // GitHub's event is as old as what it tells: the job is run again.
    let event = json!({"pull_request": {"number": 7, "base": {"sha": base, "ref": "main"}, "head": {"sha": head}}});
    let again = Report::of(forge.run(&clone, "pull_request", &event));
    assert_eq!((again.found(), again.outcome.code), (vec!["four:1:1".to_owned()], 1));
    // GitLab tells the merge base, and the target by its name.
    let gitlab = |more: &[(&str, &str)]| {
        let run = forge.dir.ringfence(&["diff", "--ci", "--format", "json"]).within(&clone);
        let run = run.env("GITLAB_CI", "true").env("CI_MERGE_REQUEST_IID", "7").env("CI_COMMIT_SHA", &head);
        let run = run.env("CI_MERGE_REQUEST_DIFF_BASE_SHA", &base);
        Report::of(more.iter().fold(run, |run, (name, value)| run.env(name, value)).ends())
    };
    assert_eq!(gitlab(&[("CI_MERGE_REQUEST_TARGET_BRANCH_NAME", "main")]).found(), ["four:1:1"]);
    let tip = forge.dir.git(&["rev-parse", "main"]).trim().to_owned();
    assert_eq!(gitlab(&[("CI_MERGE_REQUEST_TARGET_BRANCH_SHA", &tip)]).found(), ["four:1:1"]);
    // Where nothing else is here, the merge base is left.
    assert_eq!(gitlab(&[("CI_MERGE_REQUEST_TARGET_BRANCH_NAME", "gone")]).found(), [] as [&str; 0]);
}

#[test]
fn an_old_branch_of_a_clone_does_not_stand_in_for_what_the_event_knows() {
    let (forge, head) = stricter();
    let tip = forge.dir.git(&["rev-parse", "main"]).trim().to_owned();
    let clone = forge.clone("clone", &[]);
    let old = forge.ids[0].clone();
    let there = clone.to_string_lossy().into_owned();
    forge.dir.git(&["-C", &there, "update-ref", "refs/remotes/origin/main", &old]);
    let event = json!({"pull_request": {"number": 7, "base": {"sha": tip, "ref": "main"}, "head": {"sha": head}}});
    let outcome = forge.run(&clone, "pull_request", &event);
    assert!(outcome.stderr().contains(&format!("scans {}...", &tip[..12])), "{}", outcome.stderr());
    // What is merged by now is still what the request brought.
    forge.dir.git(&["merge", "--quiet", "-m", "merge", "feature"]);
    let merged = forge.clone("merged", &[]);
    assert_eq!(Report::of(forge.run(&merged, "pull_request", &event)).found(), ["four:1:1"]);
}

#[test]
fn a_branch_stays_red_until_what_it_brought_is_gone() {
    let forge = Forge::new();
    forge.dir.git(&["checkout", "--quiet", "-b", "feature"]);
    forge.dir.write("four", token(4));
    let first = forge.dir.commit("four");
    forge.dir.write("five", "fine\n");
    let second = forge.dir.commit("five");
    let clone = forge.clone("clone", &[]);
    let mut event = push("feature", &first, &second);
    event["forced"] = json!(false);
    assert_eq!(Report::of(forge.run(&clone, "push", &event)).found(), ["four:1:1"]);
    // In a clone of one branch, what came since the push before is left.
    let single = forge.clone("single", &["--single-branch", "--branch", "feature"]);
    Report::of(forge.run(&single, "push", &event)).finds(&[]);
}

#[test]
fn what_brings_no_change_cannot_judge_itself_where_there_is_another_branch() {
    let forge = Forge::new();
    forge.dir.git(&["checkout", "--quiet", "-b", "feature"]);
    forge.dir.write("four", token(4));
    forge.dir.write("ringfence.toml", "version = 1\nfail-on = \"never\"\n");
    let head = forge.dir.commit("four");
    forge.dir.git(&["checkout", "--quiet", "main"]);
    let clone = forge.clone("clone", &["--branch", "feature"]);
    let by_hand = json!({"repository": {"default_branch": "main"}});
    let report = Report::of(forge.run(&clone, "workflow_dispatch", &by_hand));
    assert_eq!((report.outcome.code, report.found().contains(&"four:1:1".to_owned())), (1, true));
    // CircleCI does not tell the default branch; the clone does.
    let circle = |base: &str| {
        let run = forge.dir.ringfence(&["diff", "--ci", "--base", base, "--format", "json"]).within(&clone);
        run.env("CIRCLECI", "true").env("CIRCLE_SHA1", &head).env("CIRCLE_BRANCH", "feature").ends()
    };
    assert_eq!(circle("").code, 1);
    // Where the branch stood before is no reason to forget what came until then.
    assert_eq!(circle(&head).code, 1);
    circle("nonsense").fails(2, &["unknown revision `nonsense`"]);
    // Without any other branch it has to, and says so.
    let single = forge.clone("single", &["--single-branch", "--branch", "feature"]);
    let outcome = forge.run(&single, "workflow_dispatch", &by_hand);
    assert!(
        outcome.stderr().contains("scans all files, judged by their own policy, on GitHub"),
        "{}",
        outcome.stderr()
    );
    let report = Report::of(outcome);
    assert_eq!((report.outcome.code, report.found().len()), (0, 4));
    let notices = report.value["policy"]["notices"].to_string();
    assert!(notices.contains("judged by their own `ringfence.toml`"), "{notices}");
}

#[test]
fn all_files_are_those_of_the_commit_wherever_the_job_stands_and_whatever_is_on_disk() {
    let forge = Forge::new();
    forge.dir.write("src/four", token(4));
    let head = forge.dir.commit("four");
    let event = json!({"repository": {"default_branch": "main"}});
    let all = ["one:1:1", "src/four:1:1", "three:1:1", "two:1:1"];
    let clone = forge.clone("clone", &[]);
    fs::write(clone.join("untracked"), token(9)).unwrap();
    let report = Report::of(forge.run(&clone.join("src"), "schedule", &event));
    assert_eq!((report.found(), report.outcome.code), (all.map(str::to_owned).to_vec(), 1));
    let source = &report.value["source"];
    assert_eq!((&source["kind"], &source["head"]), (&json!("tree"), &json!(head)));
    let empty = forge.clone("empty", &["--no-checkout"]);
    assert_eq!(Report::of(forge.run(&empty, "schedule", &event)).found(), all);
    let sparse = forge.clone("sparse", &["--sparse"]);
    assert!(!sparse.join("src").exists());
    assert_eq!(Report::of(forge.run(&sparse, "schedule", &event)).found(), all);
    let human = forge.run_with(&clone, "schedule", &event, &[]);
    assert!(human.stdout().contains(&format!("all files of {}", &head[..7])), "{}", human.stdout());
}

#[test]
fn a_base_that_has_no_use_is_told() {
    let forge = Forge::new();
    let clone = forge.clone("clone", &[]);
    let event = push("main", &forge.ids[0], &forge.ids[2]);
    let outcome = forge.run_with(&clone, "push", &event, &["--base", "nonsense"]);
    assert!(outcome.stderr().contains("; `--base` is not used for that"), "{}", outcome.stderr());
}

/// The script of the action, as GitHub's runner starts it.
#[test]
fn the_action_says_how_it_ended_and_leaves_its_reports() {
    let forge = Forge::new();
    let clone = forge.clone("clone", &[]);
    let (output, summary) = (forge.dir.beside("output"), forge.dir.beside("summary.md"));
    let event = forge.dir.beside("event.json");
    fs::write(&event, push("main", &forge.ids[0], &forge.ids[2]).to_string()).unwrap();
    let temp = forge.dir.beside("temp");
    fs::create_dir(&temp).unwrap();
    let run = |more: &[(&str, &str)]| {
        fs::write(&output, "").unwrap();
        let mut command = std::process::Command::new(Path::new(env!("CARGO_MANIFEST_DIR")).join("ci/github"));
        command.current_dir(&clone).env_clear().env("PATH", std::env::var_os("PATH").unwrap_or_default());
        command.env("RINGFENCE_PROGRAM", env!("CARGO_BIN_EXE_ringfence")).env("GITHUB_ACTIONS", "true");
        command.env("GITHUB_EVENT_NAME", "push").env("GITHUB_EVENT_PATH", &event).env("RUNNER_TEMP", &temp);
        command.env("GITHUB_OUTPUT", &output).env("GITHUB_STEP_SUMMARY", &summary).envs(more.iter().copied());
        let ends = command.output().unwrap();
        assert!(ends.status.success(), "{}", String::from_utf8_lossy(&ends.stderr));
        (String::from_utf8(ends.stdout).unwrap(), fs::read_to_string(&output).unwrap())
    };
    let (log, told) = run(&[]);
    assert_eq!(log.matches("::error file=").count(), 2, "{log}");
    let sarif = temp.join("ringfence.sarif");
    assert_eq!(told, format!("exit-code=1\nsarif={}\n", sarif.display()));
    assert!(fs::read_to_string(&summary).unwrap().contains("### ringfence: 2 findings"));
    assert!(fs::read_to_string(&sarif).unwrap().contains("\"2.1.0\""));
    // A forge that has no page for a job, and a run that looks at nothing.
    let (_, told) = run(&[("GITHUB_STEP_SUMMARY", "")]);
    assert!(told.starts_with("exit-code=1\nsarif="), "{told}");
    let (log, told) = run(&[("RINGFENCE_ARGUMENTS", "--help")]);
    assert_eq!(told, "exit-code=3\n");
    assert!(log.contains("::error::ringfence wrote no report"), "{log}");
    // Inputs are arguments, whatever stands in them.
    let (_, told) = run(&[("RINGFENCE_FAIL_ON", "never"), ("RINGFENCE_ARGUMENTS", "--skip\negress\n\n")]);
    assert!(told.starts_with("exit-code=0\n"), "{told}");
    let (_, told) = run(&[("RINGFENCE_FAIL_ON", "$(touch owned)"), ("RINGFENCE_ARGUMENTS", "`touch owned`")]);
    assert!(told.starts_with("exit-code=2\n") && !clone.join("owned").exists(), "{told}");
}

#[test]
fn what_no_forge_says_is_told_before_anything_is_scanned() {
    let forge = Forge::new();
    let dir = &forge.dir;
    dir.ringfence(&["diff", "--ci"]).ends().fails(2, &["knows no CI system", "origin/main...HEAD"]);
    let github =
        |path: &str| dir.ringfence(&["diff", "--ci"]).env("GITHUB_ACTIONS", "true").env("GITHUB_EVENT_PATH", path);
    github("/nowhere/event.json").ends().fails(2, &["/nowhere/event.json", "GITHUB_EVENT_PATH"]);
    fs::write(dir.beside("event.json"), "{\"ref\": ").unwrap();
    let broken = github(&dir.beside("event.json").to_string_lossy()).env("GITHUB_EVENT_NAME", "push").ends();
    broken.fails(2, &["no event", "line 1"]);
    // A name that tries to write on the terminal, and one that holds a token.
    for branch in ["a\u{1b}[31m".to_owned(), token(9)] {
        let outcome = forge.run(dir.path(), "push", &push(&branch, &forge.ids[0], &forge.ids[2]));
        assert!(!outcome.stderr().contains('\u{1b}'), "{}", outcome.stderr());
    }
    dir.ringfence(&["diff", "--ci", "A..B"]).ends().fails(2, &["cannot be used with"]);
    dir.ringfence(&["diff", "--base", "main"]).ends().fails(2, &["--ci"]);
}
