//! Formats held against programs and schemas of others: `tests/readers/install` brings what is pinned there.
//!
//! They need package registries, node and a browser, so a plain test run says that they are ignored; `.ci/run` runs them.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::OnceLock;

use serde_json::{Value, json};

use crate::formats::rendered;
use crate::html::{long, of_roots};
use crate::support::{Dir, everything, token};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The folder with everything that is pinned, installed once.
fn installed() -> &'static Path {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    FOLDER.get_or_init(|| {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("readers");
        let ends = Command::new(root().join("tests/readers/install")).arg(&folder).output().unwrap();
        assert!(ends.status.success(), "tests/readers/install: {}", said(&ends));
        folder
    })
}

fn said(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

/// The shared report and one that a scan wrote, in a format.
fn samples(format: &str) -> [String; 2] {
    let dir = Dir::plain();
    for n in 0..3 {
        dir.write(format!("é folder/f{n}"), format!("é {}\n", token(n)));
    }
    [rendered(format), dir.ringfence(&["scan", "--format", format]).ends().stdout()]
}

fn errors(schema: &Path, value: &Value) -> Vec<String> {
    let schema: Value = serde_json::from_slice(&fs::read(schema).unwrap()).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    validator.iter_errors(value).map(|e| format!("{e} at {}", e.instance_path())).collect()
}

/// Microsoft's tool, which knows what SARIF asks for beyond its schema, and what GitHub does.
fn multitool(log: &str) -> Output {
    let (dir, package) = (Dir::plain(), installed().join("node_modules/@microsoft/sarif-multitool-linux"));
    dir.write("log.sarif", log);
    let mut command = Command::new(package.join("Sarif.Multitool"));
    command.env("DOTNET_SYSTEM_GLOBALIZATION_INVARIANT", "1");
    command.arg("validate").arg(dir.at("log.sarif")).args(["--rule-kind", "Sarif;Ghas"]).output().unwrap()
}

#[test]
#[ignore = "needs package registries; .ci/run runs it"]
fn sarif_keeps_to_its_schema_and_to_what_github_asks() {
    let schema = installed().join("node_modules/@microsoft/sarif-multitool-linux/sarif-2.1.0.json");
    for log in samples("sarif") {
        let value: Value = serde_json::from_str(&log).unwrap();
        assert_eq!(errors(&schema, &value), Vec::<String>::new());
        let output = multitool(&log);
        // The project has no page of its own yet to point to.
        let own = |line: &&str| !line.contains("SARIF2005") || !line.contains("'informationUri'");
        let text = said(&output);
        let complaints = text.lines().filter(|line| line.contains(": error ") || line.contains(": warning "));
        assert_eq!(complaints.filter(own).collect::<Vec<_>>(), Vec::<&str>::new());
        assert!(output.status.success() && text.contains("Analysis completed successfully"), "{text}");
    }
    // Both refuse what is wrong.
    let mut wrong: Value = serde_json::from_str(&rendered("sarif")).unwrap();
    wrong["runs"][0]["results"][0]["ruleIndex"] = json!(4_000);
    let text = said(&multitool(&wrong.to_string()));
    assert!(text.contains(": error "), "{text}");
    wrong["runs"][0]["results"][1]["level"] = json!("terrible");
    assert!(!errors(&schema, &wrong).is_empty());
}

#[test]
#[ignore = "needs package registries; .ci/run runs it"]
fn diagnostics_are_what_a_reader_of_them_takes() {
    let program = installed().join("node_modules/@umbrelladocs/rdformat-validator/bin/rdformat-validator.js");
    let dir = Dir::plain();
    let validate = |text: &str| {
        dir.write("report.rdjson", text);
        let strict = ["--strict", "--no-extra-fields"];
        Command::new("node").arg(&program).args(strict).arg(dir.at("report.rdjson")).output().unwrap()
    };
    for report in samples("rdjson") {
        let output = validate(&report);
        assert!(output.status.success() && said(&output).contains("Valid files: 1"), "{}", said(&output));
    }
    assert!(!validate(&rendered("rdjson").replace("\"location\"", "\"place\"")).status.success());
}

/// Code Climate's form as the types for TypeScript have it: the compiler reads a report as a value of them.
#[test]
#[ignore = "needs package registries; .ci/run runs it"]
fn issues_are_of_the_type_that_code_climate_names() {
    let dir = Dir::plain();
    dir.link(installed().join("node_modules"), "node_modules");
    let compile = |text: &str| {
        let module =
            format!("import type {{ Issue }} from 'codeclimate-types'\nexport const issues: Issue[] = {text}\n");
        dir.write("report.ts", module);
        let options = ["--noEmit", "--strict", "--module", "nodenext", "--target", "es2022"];
        let compiler = installed().join("node_modules/typescript/bin/tsc");
        Command::new("node").arg(compiler).args(options).arg(dir.at("report.ts")).output().unwrap()
    };
    for report in samples("codeclimate") {
        let output = compile(&report);
        assert!(output.status.success(), "{}", said(&output));
    }
    for (right, wrong) in [("\"check_name\"", "\"name\""), ("\"Security\"", "\"Safety\""), ("\"critical\"", "\"bad\"")]
    {
        assert!(!compile(&rendered("codeclimate").replace(right, wrong)).status.success(), "{wrong}");
    }
}

#[test]
#[ignore = "needs package registries; .ci/run runs it"]
fn test_results_keep_to_the_schema_of_jenkins() {
    let schema = installed().join("junit-10.xsd");
    let dir = Dir::plain();
    let validate = |text: &str| {
        dir.write("report.xml", text);
        let command = ["--nonet", "--noout", "--schema"];
        Command::new("xmllint").args(command).arg(&schema).arg(dir.at("report.xml")).output().unwrap()
    };
    for report in samples("junit") {
        let output = validate(&report);
        assert!(output.status.success(), "{}", said(&output));
    }
    assert!(!validate(&rendered("junit").replace("<testcase name=", "<testcase title=")).status.success());
}

/// `tests/readers/page.mjs` filters, searches, types and looks, with a mouse and without.
#[test]
#[ignore = "needs package registries and a browser; .ci/run runs it"]
fn the_page_works_in_a_browser_and_runs_nothing_that_it_quotes() {
    let dir = Dir::plain();
    let many = dir.ringfence(&["report", "-", "--format", "html"]).input(long(5_000)).ends().stdout();
    for (page, listed) in [(rendered("html"), "8"), (of_roots(&dir), "2"), (many, "5000")] {
        dir.write("page.html", &page);
        let mut command = Command::new("node");
        command.arg(root().join("tests/readers/page.mjs")).arg(installed()).arg(dir.at("page.html")).arg(listed);
        let output = command.output().unwrap();
        assert!(output.status.success(), "{listed}: {}", said(&output));
        assert!(said(&output).starts_with(&format!("{listed} findings: opened")), "{}", said(&output));
    }
    // The same test sees a script that runs: one whose digest the page's policy allows.
    let page = rendered("html").replace("default-src 'none'; script-src", "img-src *; script-src 'unsafe-inline'; x");
    dir.write("page.html", page.replace("</main>", "<script>document.title = 'owned'</script></main>"));
    let mut command = Command::new("node");
    command.arg(root().join("tests/readers/page.mjs")).arg(installed()).arg(dir.at("page.html")).arg("8");
    assert!(!command.output().unwrap().status.success(), "a script in the page goes unnoticed");
}

#[test]
#[ignore = "needs zsh and fish; .ci/run installs them and runs it"]
fn completions_are_scripts_of_their_shells() {
    installed();
    crate::help::reads_its_completions("zsh", "-n");
    crate::help::reads_its_completions("fish", "--no-execute");
}

#[test]
#[ignore = "needs groff; .ci/run installs it and runs it"]
fn manual_pages_are_read_without_a_warning() {
    installed();
    crate::help::manual_pages_are_read_without_a_warning();
}

/// What our own action and workflows say is held against zizmor, with everything it knows.
#[test]
#[ignore = "needs package registries; .ci/run runs it"]
fn the_action_and_the_workflows_are_clean() {
    let audit = |folder: &Path| {
        let zizmor = Command::new(installed().join("python/bin/zizmor"))
            .args(["--offline", "--no-progress", "--strict-collection", "--persona=auditor"])
            .arg(folder)
            .output()
            .unwrap();
        (zizmor.status.success(), said(&zizmor))
    };
    let dir = Dir::plain();
    let files = ["action.yml", ".github/workflows/ringfence.yml"];
    for name in files {
        dir.write(name, fs::read(root().join(name)).unwrap());
    }
    let (is_clean, text) = audit(dir.path());
    assert!(is_clean && text.contains("No findings") && files.iter().all(|file| text.contains(file)), "{text}");
    // It sees what must not be: an input that becomes part of a script.
    let action = fs::read_to_string(root().join("action.yml")).unwrap();
    let wrong = action.replace("run: exit \"$RINGFENCE_EXIT_CODE\"", "run: exit ${{ inputs.fail-on }}");
    assert!(wrong != action);
    dir.write("action.yml", wrong);
    let (is_clean, text) = audit(dir.path());
    assert!(!is_clean && text.contains("template-injection"), "{text}");
}

/// What is wrong with the links of a built book, for every page of it.
fn dead_ends(book: &Path) -> Vec<String> {
    let attributes = |page: &str, names: &[&str]| {
        let values = names.iter().flat_map(|name| page.split(*name).skip(1));
        values.map(|rest| rest.split('"').next().unwrap_or_default().replace("&amp;", "&")).collect::<Vec<_>>()
    };
    let mut wrong = Vec::new();
    // The page for what is not found is served from anywhere, so its links begin at the top.
    let is_page = |path: &&PathBuf| path.extension().is_some_and(|e| e == "html") && !path.ends_with("404.html");
    for path in everything(book).iter().filter(is_page) {
        let page = fs::read_to_string(path).unwrap();
        for link in attributes(&page, &["href=\"", "src=\""]).iter().filter(|link| !link.contains(':')) {
            let (file, anchor) = link.split_once('#').unwrap_or((link, ""));
            let target = if file.is_empty() { path.clone() } else { path.parent().unwrap().join(file) };
            // The page of all pages has their headings under other names.
            let is_there = target.is_file()
                && (anchor.is_empty() || path.ends_with("print.html") || {
                    let ids = attributes(&fs::read_to_string(&target).unwrap(), &["id=\""]);
                    ids.iter().any(|id| id == anchor)
                });
            if !is_there {
                wrong.push(format!("{}: {link}", path.display()));
            }
        }
    }
    wrong
}

/// The guide as mdBook makes it: it builds without a word of warning, and every link in it leads somewhere.
#[test]
#[ignore = "needs a package registry; .ci/run runs it"]
fn the_guide_is_a_book_whose_links_lead_somewhere() {
    let build = |docs: &Path, book: &Path| {
        let output =
            Command::new(installed().join("bin/mdbook")).arg("build").arg(docs).arg("-d").arg(book).output().unwrap();
        let is_quiet = !said(&output).contains("WARN") && !said(&output).contains("ERROR");
        (output.status.success() && is_quiet, said(&output))
    };
    let dir = Dir::plain();
    let (is_built, text) = build(&root().join("docs"), &dir.at("book"));
    assert!(is_built, "{text}");
    for page in crate::pages::pages() {
        let name = if page == "README.md" { "index.html".to_owned() } else { page.replace(".md", ".html") };
        assert!(page == "SUMMARY.md" || dir.at("book").join(&name).is_file(), "{page} is not in the book");
    }
    assert_eq!(dead_ends(&dir.at("book")), Vec::<String>::new());
    // A page that is not there, and a heading that is not: one fails the build, the other one the look at the links.
    dir.write("docs/book.toml", fs::read(root().join("docs/book.toml")).unwrap());
    dir.write("docs/SUMMARY.md", "- [A](a.md)\n");
    dir.write("docs/a.md", "# A\n[here](#a) [nowhere](#b) [lost](c.md)\n");
    let (is_built, text) = build(&dir.at("docs"), &dir.at("wrong"));
    assert!(is_built, "{text}");
    let wrong = dead_ends(&dir.at("wrong")).join(" ");
    assert!(wrong.contains("a.html: #b") && wrong.contains("a.html: c.html") && !wrong.contains("#a"), "{wrong}");
    dir.write("docs/SUMMARY.md", "- [A](a.md)\n- [B](b.md)\n");
    assert!(!build(&dir.at("docs"), &dir.at("wrong")).0);
}

/// GitLab publishes its schemas in no package. `tests/schemas/README.md` says where to get them.
#[test]
#[ignore = "needs gitlab-secret-detection.json and gitlab-codeclimate.json in tests/schemas"]
fn by_hand_gitlab_reports_keep_to_its_schemas() {
    let schema = |name: &str| root().join("tests/schemas").join(name);
    for report in samples("gitlab") {
        let value = serde_json::from_str(&report).unwrap();
        assert_eq!(errors(&schema("gitlab-secret-detection.json"), &value), Vec::<String>::new());
    }
    for report in samples("codeclimate") {
        let issues: Value = serde_json::from_str(&report).unwrap();
        for issue in issues.as_array().unwrap() {
            assert_eq!(errors(&schema("gitlab-codeclimate.json"), issue), Vec::<String>::new());
        }
    }
}
