//! Jenkins: what waits for an input, credentials, shared libraries, agents and their containers.

use std::ops::Range;

use super::pipeline::{MACHINE, Pin, Power, Refs, Start, engine_options, is_deployment, pipeline};
use crate::detect::grant::{Grant, Input, Newcomers, Reach, Surface, World};
use crate::document::{GroovyToken, groovy};
use crate::finding::Severity;

/// Pipelines in Groovy, read word by word.
///
/// Stages run one after another; `input` waits for a person. A library without a version follows what the server's
/// settings name. Source: "Pipeline Syntax" and "Extending with Shared Libraries" in the Jenkins handbook.
pub(in crate::detect::grant) static JENKINS: Surface = Surface {
    files: &["**/Jenkinsfile", "**/Jenkinsfile[.-]*", "**/*.{jenkinsfile,Jenkinsfile}"],
    marks: &[],
    needs: None,
    grants,
    setting: None,
    newcomers: Newcomers::DangerousLine,
    absent: None,
    has_fixtures: true,
};

/// Names of the machine that Jenkins itself runs on.
const CONTROLLER: [&str; 3] = ["master", "built-in", "controller"];
/// Words of a test on the branch or the tag.
const REFS: [&str; 4] = ["BRANCH_NAME", "TAG_NAME", "GIT_BRANCH", "BRANCH_IS_PRIMARY"];
/// Directives of `when` that are one.
const WHEN: [&str; 3] = ["branch", "tag", "buildingTag"];

fn grants(input: &Input<'_>, _: World) -> Vec<Grant> {
    let tokens = groovy(input.text);
    let mut reader =
        Reader { tokens: &tokens, power: Power::new(), stages: Vec::new(), blocks: Vec::new(), gate: false };
    let mut is_if = false;
    let mut is_limited = false;
    for at in 0..tokens.len() {
        let Some(token) = tokens.get(at).filter(|token| !token.is_quoted) else { continue };
        match token.text {
            "{" => {
                reader.open(at, std::mem::take(&mut is_limited));
                is_if = false;
            }
            "}" => reader.close(),
            "if" => is_if = true,
            word if REFS.contains(&word) => {
                is_limited |= is_if;
                reader.limit();
            }
            word if WHEN.contains(&word) && reader.is_in_when() => reader.limit(),
            _ => reader.word(at),
        }
    }
    reader.done()
}

/// One `stage`.
struct Stage<'t> {
    name: &'t str,
    span: Range<usize>,
    start: Start,
    refs: Refs,
}

/// One pair of braces.
struct Block {
    /// The stage whose braces they are.
    stage: Option<usize>,
    is_when: bool,
    is_limited: bool,
}

/// What was read so far.
struct Reader<'t> {
    tokens: &'t [GroovyToken<'t>],
    power: Power,
    stages: Vec<Stage<'t>>,
    blocks: Vec<Block>,
    /// True once somebody was asked.
    gate: bool,
}

impl<'t> Reader<'t> {
    fn token(&self, at: usize) -> Option<&'t GroovyToken<'t>> {
        self.tokens.get(at)
    }

    fn is(&self, at: usize, word: &str) -> bool {
        self.token(at).is_some_and(|token| token.is(word))
    }

    /// The text in quotes behind `at`, with or without a bracket before it.
    fn argument(&self, at: usize) -> Option<&'t GroovyToken<'t>> {
        let next = (at + 1..).find(|at| !self.is(*at, "(") && !self.is(*at, ":") && !self.is(*at, "["))?;
        self.token(next).filter(|token| token.is_quoted && !token.text.contains('$'))
    }

    /// The word before the braces, over what stands in round brackets.
    fn open(&mut self, at: usize, is_limited: bool) {
        let before = at.checked_sub(1);
        let is_when = before.is_some_and(|at| self.is(at, "when") || self.is(at, "anyOf") || self.is(at, "allOf"));
        let is_when = is_when && (before.is_some_and(|at| self.is(at, "when")) || self.is_in_when());
        let is_limited = is_limited || self.blocks.last().is_some_and(|block| block.is_limited);
        let name = at.checked_sub(4).filter(|at| self.is(*at, "stage") && self.is(at + 1, "(") && self.is(at + 3, ")"));
        let name = name.and_then(|at| self.token(at + 2)).filter(|token| token.is_quoted);
        let stage = name.map(|token| {
            let start = if self.gate { Start::ByHand } else { Start::ByItself };
            let refs = if is_limited { Refs::Some } else { Refs::Any };
            self.stages.push(Stage { name: token.text, span: token.span.clone(), start, refs });
            self.stages.len() - 1
        });
        self.blocks.push(Block { stage, is_when, is_limited });
    }

    fn close(&mut self) {
        self.blocks.pop();
    }

    fn is_in_when(&self) -> bool {
        self.blocks.last().is_some_and(|block| block.is_when)
    }

    /// The innermost stage that is open.
    fn stage(&mut self) -> Option<&mut Stage<'t>> {
        let at = self.blocks.iter().rev().find_map(|block| block.stage)?;
        self.stages.get_mut(at)
    }

    /// A test on the branch stands in the stage.
    fn limit(&mut self) {
        if let Some(stage) = self.stage() {
            stage.refs = Refs::Some;
        }
    }

    fn word(&mut self, at: usize) {
        let Some(token) = self.token(at) else { return };
        let is_member = at.checked_sub(1).is_some_and(|at| self.is(at, "."));
        let argument = self.argument(at);
        match token.text {
            "input" if !is_member && self.asks(at) => {
                self.gate = true;
                if let Some(stage) = self.stage() {
                    stage.start = Start::ByHand;
                }
            }
            "credentialsId" | "credentials" | "sshagent" => {
                argument.into_iter().for_each(|id| {
                    self.power.secret(&format!("credentials {}", id.text), Severity::Medium, id.span.clone());
                });
            }
            "Library" | "library" | "identifier" if !is_member => self.library(at),
            "image" => argument.into_iter().for_each(|image| self.power.image(image.text, image.span.clone())),
            "args" | "inside" => self.options(argument),
            "agent" if self.is(at + 1, "any") => {
                self.power.machine("whichever agent is free", Severity::Low, token.span.clone());
            }
            "label" | "node" => {
                let own = argument.filter(|label| CONTROLLER.contains(&label.text));
                own.into_iter().for_each(|label| {
                    self.power.machine("the machine that Jenkins runs on", Severity::High, label.span.clone());
                });
            }
            _ => {}
        }
    }

    /// True for the step or directive, not for a name that happens to be the same.
    fn asks(&self, at: usize) -> bool {
        let next = self.token(at + 1);
        next.is_some_and(|next| next.is_quoted || ["(", "{", "message", "id"].iter().any(|word| next.is(word)))
    }

    /// One library or a list of them.
    fn library(&mut self, at: usize) {
        let mut next = at + 1;
        while ["(", "[", ",", ":"].iter().any(|sign| self.is(next, sign))
            || self.token(next).is_some_and(|t| t.is_quoted)
        {
            let Some(token) = self.token(next) else { break };
            if token.is_quoted && !token.text.contains('$') {
                let (name, version) = token.text.split_once('@').unwrap_or((token.text, ""));
                self.power.publisher(&format!("library {name}"), Severity::Medium, token.span.clone());
                self.power.source(name, Pin::of(version), Severity::Medium, token.span.clone());
            }
            next += 1;
        }
    }

    /// Options of a container's engine.
    fn options(&mut self, options: Option<&GroovyToken<'_>>) {
        let Some(options) = options else { return };
        for (what, severity) in engine_options(options.text) {
            let grant = Grant::allow(MACHINE, pipeline(), Reach::one(what), severity).level(1, "used");
            self.power.add(grant.at(options.span.clone()));
        }
    }

    fn done(mut self) -> Vec<Grant> {
        for stage in self.stages.into_iter().filter(|stage| is_deployment(stage.name)) {
            self.power.deployment(stage.name, "", stage.start, stage.refs, stage.span);
        }
        self.power.done()
    }
}
