//! The comment on a merge request: the worst is never what is left out, and what a rule means is said once.

use crate::support::{Dir, made, token};

/// A change to the logins of many services, each of which has an owner; the last of them checks no password any more.
fn logins(owners: impl Fn(&str) -> String) -> Dir {
    let repo = Dir::repository();
    let names = || (0..80).map(|n| format!("svc{n:02}")).chain(["zz".to_owned()]);
    let check = "    if not verify_password(user, password):\n        raise Denied()\n";
    let login = |check: &str, end: &str| format!("def login(user, password):\n{check}    return session(user{end})\n");
    repo.write(".github/CODEOWNERS", names().map(|name| format!("/{name}/ {}\n", owners(&name))).collect::<String>());
    for name in names() {
        repo.write(format!("{name}/auth/login.py"), login(check, ""));
    }
    repo.commit("base");
    for name in names() {
        let is_last = name == "zz";
        repo.write(format!("{name}/auth/login.py"), if is_last { login("", "") } else { login(check, ", 3") });
    }
    repo
}

fn comment(repo: &Dir) -> String {
    let comment = repo.ringfence(&["diff", "--format", "markdown"]).ends().stdout();
    assert!(comment.len() <= 60_000, "{}", comment.len());
    comment
}

/// The rows of the first table.
fn rows(comment: &str) -> Vec<&str> {
    comment
        .lines()
        .skip_while(|line| !line.starts_with("|---"))
        .skip(1)
        .take_while(|line| line.starts_with('|'))
        .collect()
}

#[test]
fn the_review_that_fails_the_run_comes_first() {
    let comment = comment(&logins(|name| format!("@acme/team-{name}")));
    let rows = rows(&comment);
    assert_eq!(rows.len(), 81, "all of them fit: {comment}");
    assert!(rows[0].contains("zz/auth/login.py") && rows[0].contains("fails the run"), "{}", rows[0]);
    assert!(rows[0].contains("verify"), "the evidence is that of the worst: {}", rows[0]);
    assert!(!comment.contains("more; the worst are shown"), "{comment}");
}

#[test]
fn many_owners_of_a_file_do_not_empty_the_table() {
    let many: String = (0..300).map(|n| format!(" @acme/a-team-with-a-rather-long-name-{n}")).collect();
    let comment = comment(&logins(|name| if name == "zz" { many.clone() } else { format!("@acme/{name}") }));
    let rows = rows(&comment);
    assert!(rows.len() == 81 && rows[0].contains("zz/auth") && rows[0].contains(" and 295 more |"), "{comment}");
}

#[test]
fn what_a_rule_means_is_said_once_and_many_places_fit() {
    let repo = Dir::repository();
    repo.commit("base");
    for n in 0..200 {
        repo.write(format!("deploy/{n:03}.env"), format!("TOKEN={}\n", made("{gitlab-routable:glpat-}", n)));
    }
    repo.write("deploy/one.env", format!("TOKEN={}\n", token(1)));
    repo.commit("tokens");
    let out = repo.ringfence(&["diff", "HEAD~..HEAD", "--format", "markdown"]).ends().stdout();
    assert!(out.len() < 30_000, "{} bytes", out.len());
    assert_eq!(out.matches("Fix: ").count(), 2, "{out}");
    assert!(
        out.contains(" · 200 places<br>") && out.contains("deploy/199.env:1") && out.contains("deploy/one.env:1"),
        "{out}"
    );
}

#[test]
fn of_too_many_places_something_of_every_rule_is_shown() {
    let repo = Dir::repository();
    repo.commit("base");
    for n in 0..900 {
        repo.write(format!("a folder with a long name that takes its room/{n:03}"), format!("{}\n", token(n)));
    }
    repo.write("zz", format!("TOKEN={}\n", made("{gitlab-routable:glpat-}", 1)));
    repo.commit("tokens");
    let out = repo.ringfence(&["diff", "HEAD~..HEAD", "--format", "markdown"]).ends().stdout();
    assert!((55_000..=60_000).contains(&out.len()), "the room is used: {}", out.len());
    assert!(out.contains("more places\n") && out.contains("<code>zz:1</code>"), "{out}");
}

#[test]
fn what_is_set_aside_for_a_time_says_until_when() {
    let repo = Dir::repository();
    let allow =
        "rule = \"github-pat-classic\"\npath = \"a\"\nvalue = \"ghp_*\"\nreason = \"tests\"\nexpires = 2999-12-31\n";
    repo.write("ringfence.toml", format!("version = 1\n[[allow]]\n{allow}"));
    repo.write("a", token(1));
    let out = repo.ringfence(&["scan", "--format", "markdown"]).ends().stdout();
    assert!(out.contains("ringfence.toml:2</code>, until 2999-12-31)"), "{out}");
}
