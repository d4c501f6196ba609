//! Rules about commands, by the name of the program: which of them have to be asked about one.

use std::collections::HashMap;

use super::command::Shape;
use super::plan::Prepared;

/// Where the rules about commands stand in the list of all rules.
#[derive(Debug, Default)]
pub(super) struct Programs {
    by_name: HashMap<String, Vec<usize>>,
    /// About any program, or any of a kind.
    any: Vec<usize>,
    /// The same, but only about what is written to.
    writers: Vec<usize>,
}

impl Programs {
    /// Sorts the rules that are about commands.
    pub(super) fn new(all: &[Prepared]) -> Self {
        let mut programs = Self::default();
        for (at, prepared) in all.iter().enumerate() {
            for shape in &prepared.rule.command {
                programs.add(at, shape);
            }
        }
        programs
    }

    fn add(&mut self, at: usize, shape: &Shape) {
        for name in &shape.program {
            let rules = match name.contains('*') {
                false => self.by_name.entry(name.clone()).or_default(),
                true if shape.writes.is_empty() => &mut self.any,
                true => &mut self.writers,
            };
            if rules.last() != Some(&at) {
                rules.push(at);
            }
        }
    }

    /// True if some rule is about this program by name.
    pub(super) fn knows(&self, program: &str) -> bool {
        self.by_name.contains_key(program)
    }

    /// The rules about commands of this program, as it writes to files or not.
    pub(super) fn about(&self, program: &str, writes: Writes) -> impl Iterator<Item = usize> {
        let named = self.by_name.get(program).into_iter().flatten();
        let writers = (writes == Writes::Files).then_some(&self.writers).into_iter().flatten();
        named.chain(&self.any).chain(writers).copied()
    }
}

/// Whether the output of a command is sent to files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Writes {
    /// It is.
    Files,
    /// It is not.
    Nothing,
}
