//! Prints what the model for generic credentials sees in the files named on standard input: food for its training.
//!
//! One line for each assignment: path, line, first and last column, class, then the features. The first line names the
//! features. No value is printed.

use std::io::{self, BufRead, Write};

use ringfence::detect::generic::samples;
use ringfence::rule::RuleSet;
use ringfence::text::Text;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let rules = RuleSet::builtin()?;
    let mut out = io::BufWriter::new(io::stdout().lock());
    let mut has_head = false;
    for path in io::stdin().lock().lines() {
        let path = path?;
        let text = Text::new(std::fs::read(&path)?);
        for sample in samples(&rules, path.as_bytes(), text.bytes()) {
            if !has_head {
                let names: Vec<&str> = sample.features.iter().map(|f| f.name).collect();
                writeln!(out, "path\tline\tstart\tend\tclass\t{}", names.join("\t"))?;
                has_head = true;
            }
            let (start, end) = (text.position(sample.value.start), text.position(sample.value.end));
            write!(out, "{path}\t{}\t{}\t{}\t{:?}", start.line, start.column, end.column, sample.class)?;
            for feature in &sample.features {
                write!(out, "\t{}", feature.value)?;
            }
            writeln!(out)?;
        }
    }
    Ok(out.flush()?)
}
