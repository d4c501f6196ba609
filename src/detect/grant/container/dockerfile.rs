//! Dockerfiles: as whom the image runs, what its base may turn into, and builds that leave the sandbox.

use parse_dockerfile::{FromInstruction, Instruction, RunInstruction, parse_iter};

use crate::detect::grant::{Grant, Input, Newcomers, Reach, Subject, Surface, World};
use crate::finding::Severity;

/// Dockerfiles.
///
/// Only the last stage becomes the image. Without `USER` the user of its base counts, which is root for most images. A
/// digest names one image for ever, a tag whatever its owner pushes. Source: the Dockerfile reference.
pub(in crate::detect::grant) static DOCKERFILE: Surface = Surface {
    files: &[
        "**/Dockerfile",
        "**/Dockerfile.*",
        "**/*.{Dockerfile,dockerfile}",
        "**/Containerfile",
        "**/Containerfile.*",
    ],
    marks: &["FROM"],
    needs: None,
    grants,
    setting: None,
    newcomers: Newcomers::DangerousLine,
    absent: None,
    has_fixtures: true,
};

const USER: &str = "image-user";
const BASE: &str = "image-base";
const BUILD: &str = "image-build";

/// A build stage: its name, and who a container of it would be.
struct Stage {
    name: Option<String>,
    user: Grant,
}

fn grants(input: &Input<'_>, _: World) -> Vec<Grant> {
    // A build that stays inside is one too: it is there to be compared with.
    let inside = Grant::allow(BUILD, Subject::new("the build", ""), Reach::all(), Severity::Low);
    let mut out = vec![inside.level(0, "none")];
    let mut stages: Vec<Stage> = Vec::new();
    let parsed = match parse_iter(input.text) {
        Ok(parsed) => parsed,
        Err(error) => {
            input.note(0, error.to_string());
            return out;
        }
    };
    for instruction in parsed {
        match instruction {
            Ok(Instruction::From(from)) => {
                out.extend(pin(&from, &stages));
                stages.push(stage(&from, &stages));
            }
            Ok(Instruction::User(user)) => {
                if let Some(stage) = stages.last_mut() {
                    stage.user = as_user(&user.arguments.value).at(user.user.span.start..user.arguments.span.end);
                }
            }
            Ok(Instruction::Run(run)) => out.extend(leaves(&run)),
            Ok(_) => {}
            Err(error) => {
                input.note(offset(input.text, error.line()), error.to_string());
                break;
            }
        }
    }
    out.extend(stages.pop().map(|last| last.user));
    out
}

/// Where a line begins.
fn offset(text: &str, line: usize) -> usize {
    text.split_inclusive('\n').take(line.saturating_sub(1)).map(str::len).sum()
}

fn user(rank: u32, name: &str) -> Grant {
    Grant::allow(USER, Subject::new("the image", ""), Reach::one("its user"), Severity::Medium).level(rank, name)
}

fn as_user(text: &str) -> Grant {
    match text.split(':').next().unwrap_or(text).trim() {
        "root" | "0" => user(2, "root"),
        // A variable may be anyone; most often it is no one special.
        _ => user(0, "a user without privileges"),
    }
}

/// A stage that builds on an earlier one has its user.
fn stage(from: &FromInstruction<'_>, stages: &[Stage]) -> Stage {
    let earlier = earlier(&from.image.value, stages).map(|stage| stage.user.clone());
    let inherited = || user(1, "the base image's user").at(from.from.span.start..from.image.span.end);
    Stage {
        name: from.as_.as_ref().map(|(_, name)| name.value.to_ascii_lowercase()),
        user: earlier.unwrap_or_else(inherited),
    }
}

fn earlier<'s>(image: &str, stages: &'s [Stage]) -> Option<&'s Stage> {
    let image = image.to_ascii_lowercase();
    stages.iter().rev().find(|stage| stage.name.as_ref() == Some(&image))
}

/// How surely a base from elsewhere stays what it is.
fn pin(from: &FromInstruction<'_>, stages: &[Stage]) -> Option<Grant> {
    let image = from.image.value.as_ref();
    if image.contains('$') || image == "scratch" || earlier(image, stages).is_some() {
        return None;
    }
    let (name, digest) = image.split_once('@').map_or((image, None), |(name, digest)| (name, Some(digest)));
    let folder = name.rfind('/').map_or(0, |slash| slash + 1);
    let (name, tag) = match name[folder..].split_once(':') {
        Some((last, tag)) => (format!("{}{last}", &name[..folder]), Some(tag)),
        None => (name.to_owned(), None),
    };
    let (rank, level) = match (digest, tag) {
        (Some(_), _) => (0, "one digest"),
        (None, Some(tag)) if tag != "latest" => (1, "a tag"),
        _ => (2, "the latest of all"),
    };
    let grant = Grant::allow(
        BASE,
        Subject::new("the owner of", name),
        Reach::one("choice of the base image"),
        Severity::Medium,
    );
    Some(grant.level(rank, level).at(from.image.span.clone()))
}

/// Options with which a step of the build leaves its sandbox.
fn leaves(run: &RunInstruction<'_>) -> Vec<Grant> {
    let step = |what: &str, severity| {
        Grant::allow(BUILD, Subject::new("the build", ""), Reach::one(what), severity).alone(Severity::Medium)
    };
    let options = run.options.iter().filter_map(|flag| {
        let value = flag.value.as_ref().map(|value| value.value.as_ref());
        let grant = match (flag.name.value.as_ref(), value) {
            ("security", Some("insecure")) => step("every privilege of the builder", Severity::High),
            ("network", Some("host")) => step("the builder's network", Severity::Medium),
            _ => return None,
        };
        Some(grant.at(flag.span()))
    });
    options.collect()
}
