//! What git does with files is bent: attributes, modes, links, renames, pointers to other repositories.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;

use super::Told::Findings;
use super::{Attempt, append, edit, leak, nothing, try_all};
use crate::support::{Dir, token};

const SECRET: &str = "github-pat-classic src/leak.py";
const HIDES: &str = "attribute-hides-changes .gitattributes";
const DRIVER: &str = "attribute-driver .gitattributes";

const fn attempt(name: &'static str, change: fn(&Dir), told: super::Told) -> Attempt {
    Attempt { name, base: nothing, change, told }
}

fn attributes(dir: &Dir, line: &str) {
    dir.write(".gitattributes", format!("{line}\n"));
    leak(dir);
}

/// A repository of its own at `name`, in which something is committed.
fn nested(dir: &Dir, name: &str) {
    dir.write(format!("{name}/a"), "x");
    let at = dir.at(name).to_string_lossy().into_owned();
    dir.git(&["-C", &at, "init", "--quiet"]);
    dir.git(&["-C", &at, "add", "--all"]);
    dir.git(&["-C", &at, "commit", "--quiet", "-m", "inner"]);
}

pub(super) const ATTEMPTS: &[Attempt] = &[
    attempt("everything is binary", |dir| attributes(dir, "* binary"), Findings(&[HIDES, SECRET])),
    attempt("no diff is shown", |dir| attributes(dir, "*.py -diff"), Findings(&[HIDES, SECRET])),
    attempt(
        "code counts as generated",
        |dir| attributes(dir, "src/** linguist-generated=true"),
        Findings(&[HIDES, SECRET]),
    ),
    attempt(
        "a filter rewrites what is checked in",
        |dir| attributes(dir, "*.py filter=hide"),
        Findings(&[DRIVER, SECRET]),
    ),
    attempt("a program draws the diff", |dir| attributes(dir, "*.py diff=hide"), Findings(&[SECRET])),
    attempt("a merge keeps one side", |dir| attributes(dir, "ringfence.toml merge=ours"), Findings(&[SECRET])),
    attempt(
        "another encoding in the working tree",
        |dir| attributes(dir, "*.py working-tree-encoding=UTF-7"),
        Findings(&[SECRET]),
    ),
    attempt(
        "a name for several attributes",
        |dir| attributes(dir, "[attr]quiet -diff -merge\n[attr]still quiet\n*.py still"),
        Findings(&[HIDES, SECRET]),
    ),
    attempt(
        "the file of an attribute stands in quotes",
        |dir| attributes(dir, "\"src/leak\\.py\" -diff"),
        Findings(&[HIDES, SECRET]),
    ),
    attempt(
        "the other forge folds code away",
        |dir| attributes(dir, "*.py gitlab-generated"),
        Findings(&[HIDES, SECRET]),
    ),
    attempt("another word for yes", |dir| attributes(dir, "*.py linguist-generated=1"), Findings(&[HIDES, SECRET])),
    attempt("a folder's files are not shown", |dir| attributes(dir, "src/* -diff"), Findings(&[HIDES, SECRET])),
    attempt("an ending that fits code", |dir| attributes(dir, "*.p? -diff"), Findings(&[HIDES, SECRET])),
    attempt(
        "code with the name of what is made",
        |dir| attributes(dir, "src/admin.py -diff"),
        Findings(&[HIDES, SECRET]),
    ),
    attempt(
        "a folder like one that is made",
        |dir| attributes(dir, "src/distribute/*.py -diff"),
        Findings(&[HIDES, SECRET]),
    ),
    attempt(
        "the baseline is not shown",
        |dir| attributes(dir, "ringfence.baseline.jsonl -diff"),
        Findings(&[HIDES, SECRET]),
    ),
    attempt(
        "code becomes pointers of LFS",
        |dir| dir.write(".gitattributes", "*.py filter=lfs diff=lfs merge=lfs -text\n"),
        Findings(&[HIDES]),
    ),
    attempt(
        "attributes in the folder itself",
        |dir| {
            dir.write("src/.gitattributes", "*.py -diff\n");
            leak(dir);
        },
        Findings(&["attribute-hides-changes src/.gitattributes", SECRET]),
    ),
    attempt(
        "an ignored file is added all the same",
        |dir| {
            dir.write(".gitignore", "src/leak.py\n");
            leak(dir);
            dir.git(&["add", "--force", "src/leak.py"]);
        },
        Findings(&[SECRET]),
    ),
    Attempt {
        name: "secrets are ignored no more",
        base: |dir| dir.write(".gitignore", ".env\n*.pem\n"),
        change: |dir| dir.write(".gitignore", "target/\n"),
        told: Findings(&["ignore-list .gitignore"]),
    },
    attempt(
        "a link to a secret of the machine",
        |dir| dir.link("/root/.ssh/id_rsa", "src/key"),
        Findings(&["link-out-of-tree src/key"]),
    ),
    attempt(
        "a link that climbs out",
        |dir| dir.link("../../../home/me/.aws/credentials", "src/key"),
        Findings(&["link-out-of-tree src/key"]),
    ),
    attempt(
        "a link into git itself",
        |dir| dir.link("../.git/config", "src/config"),
        Findings(&["link-out-of-tree src/config"]),
    ),
    attempt(
        "a file becomes a link",
        |dir| {
            fs::remove_file(dir.at("src/app.py")).unwrap();
            dir.link("/etc/shadow", "src/app.py");
        },
        Findings(&["link-out-of-tree src/app.py"]),
    ),
    attempt(
        "a link whose target is a secret",
        |dir| dir.link(token(7), "src/link"),
        Findings(&["github-pat-classic src/link"]),
    ),
    attempt("a repository in the repository", |dir| nested(dir, "vendor"), Findings(&["scope-new-submodule vendor"])),
    Attempt {
        name: "a submodule comes from elsewhere",
        base: |dir| {
            dir.write(".gitmodules", "[submodule \"v\"]\n\tpath = v\n\turl = https://github.com/acme/v.git\n");
        },
        change: |dir| {
            dir.write(".gitmodules", "[submodule \"v\"]\n\tpath = v\n\turl = https://github.com/mallory/v.git\n");
        },
        told: Findings(&["submodule-source .gitmodules"]),
    },
    attempt(
        "a file is renamed and gains a secret",
        |dir| {
            dir.write("src/long.py", "x = 1\n".repeat(40));
            dir.git(&["mv", "src/app.py", "src/other.py"]);
            append(dir, "src/other.py", &format!("T = '{}'\n", token(7)));
        },
        Findings(&["github-pat-classic src/other.py"]),
    ),
    attempt(
        "a file is copied and gains a secret",
        |dir| {
            fs::copy(dir.at("src/app.py"), dir.at("src/copy.py")).unwrap();
            append(dir, "src/copy.py", &format!("T = '{}'\n", token(7)));
        },
        Findings(&["github-pat-classic src/copy.py"]),
    ),
    attempt(
        "a file leaves its area",
        |dir| {
            fs::create_dir_all(dir.at("src/misc")).unwrap();
            dir.git(&["mv", "services/pay/charge.py", "src/misc/charge.py"]);
        },
        Findings(&["area-own src/misc/charge.py"]),
    ),
    attempt(
        "a file leaves its area, edited",
        |dir| {
            fs::create_dir_all(dir.at("src/misc")).unwrap();
            dir.git(&["mv", "services/pay/charge.py", "src/misc/charge.py"]);
            append(dir, "src/misc/charge.py", "    charge(1)\n");
        },
        Findings(&["area-own src/misc/charge.py"]),
    ),
    attempt(
        "a file of an area is deleted",
        |dir| fs::remove_file(dir.at("services/pay/charge.py")).unwrap(),
        Findings(&["area-own services/pay/charge.py"]),
    ),
    Attempt {
        name: "a file moves out of what is excluded",
        base: |dir| dir.write("third_party/lib.py", format!("A = 1\nT = '{}'\n", token(7))),
        change: |dir| {
            dir.git(&["mv", "third_party/lib.py", "src/lib.py"]);
            append(dir, "src/lib.py", &format!("U = '{}'\n", token(8)));
        },
        told: Findings(&["github-pat-classic src/lib.py"]),
    },
    Attempt {
        name: "a file moves out of what is excluded as it is",
        base: |dir| dir.write("third_party/lib.py", format!("A = 1\nT = '{}'\n", token(7))),
        change: |dir| drop(dir.git(&["mv", "third_party/lib.py", "src/leak.py"])),
        told: Findings(&[SECRET]),
    },
    Attempt {
        name: "a file moves out of where an entry sets its secret aside",
        base: |dir| edit(dir, "ringfence.toml", "2001-01-01", "9001-01-01"),
        change: |dir| drop(dir.git(&["mv", "docs/example", "src/leak.py"])),
        told: Findings(&[SECRET]),
    },
    Attempt {
        name: "a page becomes a script",
        base: |dir| dir.write("docs/run.md", "# How to\n\nterraform destroy -auto-approve\n"),
        change: |dir| drop(dir.git(&["mv", "docs/run.md", "run.sh"])),
        told: Findings(&["destroy-infrastructure run.sh"]),
    },
    attempt(
        "data becomes executable",
        |dir| {
            dir.write("data.json", "{}\n");
            fs::set_permissions(dir.at("data.json"), Permissions::from_mode(0o755)).unwrap();
        },
        Findings(&["executable-data data.json"]),
    ),
    Attempt {
        name: "a file becomes a folder",
        base: |dir| dir.write("conf", "x\n"),
        change: |dir| {
            fs::remove_file(dir.at("conf")).unwrap();
            dir.write("conf/leak", token(7));
        },
        told: Findings(&["github-pat-classic conf/leak"]),
    },
    attempt("a secret in the name of a file", |dir| dir.write(format!("src/{}", token(7)), "x"), {
        Findings(&["github-pat-classic src/ghp_[36 hidden]"])
    }),
    attempt("a secret in the name of a folder", |dir| dir.write(format!("{}/a", token(7)), "x"), {
        Findings(&["github-pat-classic ghp_[36 hidden]/a"])
    }),
    attempt(
        "what looks like a pointer to a large file",
        |dir| {
            let pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:";
            dir.write("src/model.bin", format!("{pointer}{}\nsize 12\nx {}\n", "0".repeat(64), token(7)));
        },
        Findings(&["github-pat-classic src/model.bin"]),
    ),
    Attempt {
        name: "an owner is dropped",
        base: |dir| dir.write(".github/CODEOWNERS", "* @acme/all\nservices/pay/ @acme/pay\n"),
        change: |dir| dir.write(".github/CODEOWNERS", "* @acme/all\nservices/pay/\n"),
        told: Findings(&["codeowners .github/CODEOWNERS"]),
    },
];

#[test]
fn git_cannot_be_bent_to_hide_a_change() {
    try_all(ATTEMPTS);
}
