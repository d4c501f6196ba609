//! What is read of pipelines, file by file.

use super::*;

fn said(path: &str, text: &str) -> Vec<(usize, Says)> {
    remarks(system(path).unwrap(), text).into_iter().map(|remark| (remark.line, remark.says)).collect()
}

fn workflow(depth: &str, extra: &str, run: &str) -> Vec<(usize, Says)> {
    let text = format!(
        "on: pull_request\njobs:\n  a:\n    steps:\n      - uses: actions/checkout@v4\n{depth}      - run: |\n          make\n          {run}\n{extra}"
    );
    said(".github/workflows/ci.yml", &text)
}

#[test]
fn workflows_are_read() {
    let deep = "        with:\n          fetch-depth: 0\n";
    let range = "ringfence diff \"$BASE...$HEAD\"";
    assert_eq!(workflow(deep, "", range), [(10, Says::Sound)]);
    assert_eq!(workflow("", "", range), [(8, Says::Shallow)]);
    assert_eq!(workflow(deep, "", "ringfence diff --staged"), [(10, Says::NoRange)]);
    assert_eq!(workflow(deep, "", "ringfence scan"), [(10, Says::OwnPolicy)]);
    assert_eq!(workflow(deep, "", &format!("{range} || true")), [(10, Says::Sound), (10, Says::Ignored)]);
    let may = "        continue-on-error: true\n";
    assert_eq!(workflow(deep, may, range), [(8, Says::Ignored), (10, Says::Sound)]);
    assert_eq!(workflow(deep, "", "ringfence diff --ci --format github"), [(10, Says::Sound)]);
    let action = |with: &str| {
        format!("jobs:\n  a:\n    steps:\n      - uses: actions/checkout@v7\n{with}      - uses: acme/ringfence@v1\n")
    };
    assert_eq!(said(".github/workflows/a.yml", &action("")), [(5, Says::Shallow)]);
    assert_eq!(said(".github/workflows/a.yml", &action(deep)), [(7, Says::Sound)]);
    assert_eq!(workflow("", "", "echo ringfence"), []);
    assert_eq!(workflow("", "", "ringfence rules list"), []);
    assert_eq!(said(".github/workflows/a.yaml", "a: [ringfence"), [(1, Says::Unread)]);
}

#[test]
fn pipelines_are_read() {
    let job = "check:\n  script:\n    - ringfence diff \"$A..$B\"\n";
    assert_eq!(said(".gitlab-ci.yml", job), [(3, Says::Shallow)]);
    let deep = format!("variables:\n  GIT_DEPTH: \"0\"\n{job}");
    assert_eq!(said(".gitlab-ci.yml", &deep), [(5, Says::Sound)]);
    let may = format!("{deep}  allow_failure: true\n");
    assert!(said(".gitlab-ci.yml", &may).iter().any(|(_, says)| *says == Says::Ignored));
    let ours = "include:\n  - local: a.yml\n  - project: acme/ringfence\n    file: ci/gitlab.yml\n";
    assert_eq!(said(".gitlab-ci.yml", ours), [(3, Says::Sound)]);
    assert_eq!(said("Jenkinsfile", "sh 'ringfence diff origin/main...HEAD'\n"), [(1, Says::Sound)]);
    assert_eq!(said("Jenkinsfile", "\nsh 'ringfence diff'\n"), [(2, Says::NoRange)]);
    assert_eq!(system("src/main.rs"), None);
}

#[test]
fn what_never_counts_is_told() {
    let deep = "        with: { fetch-depth: 0 }\n";
    let steps = format!("    steps:\n      - uses: actions/checkout@v4\n{deep}      - run: ringfence diff --ci\n");
    let with = |on: &str, job: &str, step: &str| {
        said(".gitea/workflows/a.yml", &format!("on: {on}\njobs:\n  a:\n{job}{steps}{step}"))
    };
    assert_eq!(with("push", "", ""), [(7, Says::Sound)]);
    assert_eq!(with("push", "    if: false\n", ""), [(8, Says::Never)]);
    assert_eq!(with("push", "", "        if: ${{ false }}\n"), [(7, Says::Never)]);
    assert_eq!(with("[schedule, workflow_dispatch]", "", ""), [(7, Says::NoChange)]);
    assert_eq!(with("{ schedule: [{ cron: x }], push: }", "", ""), [(7, Says::Sound)]);
    for checkout in ["Actions/Checkout@v4", "https://github.com/actions/checkout@v4"] {
        let text = format!("jobs:\n  a:\n    steps:\n      - uses: {checkout}\n      - run: ringfence diff --ci\n");
        assert_eq!(said(".forgejo/workflows/a.yaml", &text), [(5, Says::Shallow)], "{checkout}");
    }
    let action = format!(
        "jobs:\n  a:\n    steps:\n      - uses: actions/checkout@v7\n{deep}      - uses: acme/ringfence@v1\n        with: {{ fail-on: never }}\n"
    );
    assert_eq!(said(".github/workflows/a.yml", &action), [(6, Says::Sound), (6, Says::Ignored)]);
    let hidden = ".a:\n  variables: { GIT_DEPTH: 0 }\n  script: ringfence diff --ci\n";
    assert_eq!(said(".gitlab-ci.yml", hidden), [(1, Says::Never)]);
    assert_eq!(said(".gitlab-ci.yml", &format!("{hidden}b:\n  extends: .a\n")), [(3, Says::Sound)]);
}

#[test]
fn other_systems_are_read_line_by_line() {
    let call = "steps:\n  - script: ringfence diff --ci\n";
    for path in ["azure-pipelines.yaml", ".buildkite/pipeline.yaml"] {
        assert_eq!(said(path, call), [(2, Says::Sound)], "{path}");
    }
    for path in [".travis.yml", ".drone.yml", ".woodpecker.yml", ".woodpecker/test.yaml", "appveyor.yml"] {
        assert_eq!(said(path, call), [(2, Says::NoSystem)], "{path}");
        assert_eq!(said(path, "a:\n  - ringfence diff origin/main...HEAD\n"), [(2, Says::Sound)], "{path}");
    }
    let soft = [("azure-pipelines.yml", "continueOnError: true"), (".buildkite/pipeline.yml", "soft_fail: true")];
    for (path, key) in soft {
        assert_eq!(said(path, &format!("{call}    {key}\n")), [(2, Says::Sound), (2, Says::Ignored)], "{path}");
    }
    let folded = "sh(\n  ringfence \\\n    diff --ci \\\n    --fail-on never\n)\n";
    assert_eq!(said("Jenkinsfile", folded), [(2, Says::Sound), (2, Says::Ignored)]);
}

#[test]
fn what_stands_elsewhere_is_named() {
    let call = "jobs:\n  a:\n    uses: ./.github/workflows/b.yml\n  c:\n    uses: acme/ci/.github/workflows/d.yml@v1\n";
    assert_eq!(elsewhere(System::GitHub, call), [(5, "acme/ci/.github/workflows/d.yml@v1".to_owned())]);
    let include = "include:\n  - local: .gitlab/ci/a.yml\n  - local: ci/b.yml\n  - project: acme/ringfence\n  - template: C.yml\n";
    assert_eq!(elsewhere(System::GitLab, include), [(3, "ci/b.yml".to_owned()), (5, "C.yml".to_owned())]);
    assert_eq!(elsewhere(System::GitLab, "include: https://example.com/a.yml\n").len(), 1);
    assert_eq!(elsewhere(System::Other, include), []);
}
