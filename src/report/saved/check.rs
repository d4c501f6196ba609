//! Whether a saved report agrees with itself: a gate must not pass on numbers that its findings do not bear out.

use crate::finding::{Finding, Fingerprint, Position, Severity};
use crate::policy::{Counts, LISTED};
use crate::report::{Report, SourceKind, severity_name};
use crate::source::share::Part;

/// No scan counts further; sums of such numbers can still be added up.
const MOST: u64 = 1 << 50;

/// What a report says of itself beside what it is made of.
pub(super) struct Claims {
    pub(super) counts: Counts,
    pub(super) is_complete: bool,
}

/// Fails with what is wrong, if something is. Says keys and numbers, and no words of the report.
pub(super) fn check(report: &Report, claims: &Claims) -> Result<(), String> {
    ranges(report)?;
    for (at, finding) in report.verdict.findings.iter().enumerate() {
        of_finding(finding).map_err(|why| format!("`findings[{at}]`: {why}"))?;
    }
    for (at, one) in report.verdict.set_aside.iter().enumerate() {
        let by = of_number("by.line", one.by.line, 1);
        of_finding(&one.finding).and(by).map_err(|why| format!("`suppressed[{at}]`: {why}"))?;
    }
    unlisted(report)?;
    sums(report, claims)?;
    roots(report)
}

fn of_number(key: &str, number: usize, least: u64) -> Result<(), String> {
    match number as u64 {
        number if number > MOST => Err(format!("`{key}` is too large")),
        number if number < least => Err(format!("`{key}` is {number}, and is counted from {least}")),
        _ => Ok(()),
    }
}

fn ranges(report: &Report) -> Result<(), String> {
    let (verdict, coverage) = (&report.verdict, &report.coverage);
    let covered = [
        ("coverage.files", coverage.files),
        ("coverage.bytes", coverage.bytes),
        ("coverage.added_lines", coverage.added_lines.unwrap_or_default()),
    ];
    if let Some((key, _)) = covered.iter().find(|(_, number)| *number > MOST) {
        return Err(format!("`{key}` is too large"));
    }
    for (key, number) in [
        ("summary.suppressed", verdict.suppressed),
        ("summary.failing", verdict.failing),
        ("summary.hidden", verdict.hidden),
        ("summary.deselected", verdict.deselected),
        ("summary.switched_off", verdict.switched_off),
        ("summary.dropped.check", verdict.dropped.check),
        ("summary.dropped.placeholder", verdict.dropped.placeholder),
    ] {
        of_number(key, number, 0)?;
    }
    match &report.source.shard {
        Some(shard) if Part::new(shard.part.index, shard.part.of).is_none() => {
            let Part { index, of } = shard.part;
            Err(format!("`source.shard` is {index} of {of}, and there is no such shard"))
        }
        _ => Ok(()),
    }
}

fn of_finding(finding: &Finding) -> Result<(), String> {
    if finding.rule.is_empty() {
        return Err("`rule` is empty".into());
    }
    if finding.fingerprint.as_str().is_empty() || !Fingerprint::is_written_like(finding.fingerprint.as_str()) {
        return Err("`fingerprint` is to be hexadecimal digits in lower case".into());
    }
    let place = |key: &str, at: Position| {
        of_number(&format!("{key}.line"), at.line, 1).and_then(|()| of_number(&format!("{key}.column"), at.column, 1))
    };
    place("start", finding.start)?;
    place("end", finding.end)?;
    if let Some(anchor) = finding.anchor {
        place("anchor.start", anchor.start)?;
        place("anchor.end", anchor.end)?;
    }
    let Some(secret) = &finding.secret else { return Ok(()) };
    of_number("secret.length", secret.length, 0)?;
    let Some(judgement) = &secret.judgement else { return Ok(()) };
    if !(0.0..=1.0).contains(&judgement.probability) {
        return Err("`secret.probability` is not between 0 and 1".into());
    }
    let is_finite = judgement.evidence.iter().all(|reason| reason.value.is_finite() && reason.weight.is_finite());
    if is_finite { Ok(()) } else { Err("a number in `secret.evidence` is too large".into()) }
}

fn unlisted(report: &Report) -> Result<(), String> {
    let mut all = 0_u128;
    for (at, more) in report.verdict.unlisted.iter().enumerate() {
        let counts = more.counts;
        let of_each = [counts.critical, counts.high, counts.medium, counts.low].map(|number| number as u128);
        let total: u128 = of_each.iter().sum();
        all += total;
        if all > u128::from(MOST) {
            return Err(format!("the numbers of `summary.unlisted[{at}]` are too large"));
        }
        if more.failing as u128 > total {
            return Err(format!("of the {total} findings of `summary.unlisted[{at}]`, {} fail", more.failing));
        }
    }
    Ok(())
}

/// The numbers can be added up: [`ranges`] and [`unlisted`] bound them.
fn sums(report: &Report, claims: &Claims) -> Result<(), String> {
    let verdict = &report.verdict;
    let counts = verdict.counts();
    for severity in [Severity::Critical, Severity::High, Severity::Medium, Severity::Low] {
        agree(&format!("summary.{}", severity_name(severity)), claims.counts.of(severity), counts.of(severity))?;
    }
    let listed = verdict.findings.iter().filter(|finding| report.fails(finding)).count();
    let beyond: usize = verdict.unlisted.iter().map(|more| more.failing).sum();
    agree("summary.failing", verdict.failing, listed + beyond)?;
    let aside = verdict.set_aside.len();
    // Of very many only the first are listed.
    if verdict.suppressed < aside || aside < LISTED {
        agree("summary.suppressed", verdict.suppressed, aside)?;
    }
    complete("coverage.complete", claims.is_complete, report.coverage.complete())
}

fn agree(key: &str, claimed: usize, counted: usize) -> Result<(), String> {
    if claimed == counted { Ok(()) } else { Err(format!("`{key}` is {claimed}, and what is listed makes {counted}")) }
}

fn complete(key: &str, claimed: bool, is_complete: bool) -> Result<(), String> {
    if claimed == is_complete {
        Ok(())
    } else {
        Err(format!("`{key}` is {claimed}, and what was not read says {is_complete}"))
    }
}

/// Every root of a report of many against what stands below it.
fn roots(report: &Report) -> Result<(), String> {
    let roots = &report.source.roots;
    if (report.source.kind == SourceKind::Many) == roots.is_empty() {
        return Err("`source.kind` is `many` where there are `source.roots`, and only there".into());
    }
    if roots.is_empty() {
        return Ok(());
    }
    if let Some(at) = roots.windows(2).position(|pair| pair[0].folder() >= pair[1].folder()) {
        return Err(format!("`source.roots[{}]` stands twice, or not in its place", at + 1));
    }
    let mut found = vec![(Counts::default(), 0); roots.len()];
    let of_path = |path: &str, key: String| {
        let root = report.root_of(path).ok_or_else(|| format!("`{key}` is of none of the `source.roots`"))?;
        Ok::<usize, String>(roots.partition_point(|other| other.folder() < root.folder()))
    };
    for (at, finding) in report.verdict.findings.iter().enumerate() {
        let root = &mut found[of_path(&finding.path, format!("findings[{at}]"))?];
        root.0.add(finding.severity);
        root.1 += usize::from(report.fails(finding));
    }
    for (at, more) in report.verdict.unlisted.iter().enumerate() {
        let root = &mut found[of_path(&more.path, format!("summary.unlisted[{at}]"))?];
        root.0 += more.counts;
        root.1 += more.failing;
    }
    for (at, (root, (counts, failing))) in roots.iter().zip(found).enumerate() {
        agree(&format!("source.roots[{at}].summary.failing"), root.failing, failing)?;
        if root.counts != counts {
            return Err(format!("the numbers of `source.roots[{at}].summary` are not those of its findings"));
        }
    }
    of_all_roots(report)
}

fn of_all_roots(report: &Report) -> Result<(), String> {
    let roots = &report.source.roots;
    let sum =
        |of: &dyn Fn(&crate::report::roots::Root) -> u64| roots.iter().map(|root| u128::from(of(root))).sum::<u128>();
    for (key, all, sum) in [
        ("summary.suppressed", report.verdict.suppressed as u64, sum(&|root| root.suppressed as u64)),
        ("coverage.files", report.coverage.files, sum(&|root| root.read.files)),
        ("coverage.bytes", report.coverage.bytes, sum(&|root| root.read.bytes)),
    ] {
        if u128::from(all) != sum {
            return Err(format!("`{key}` is {all}, and its `source.roots` make {sum}"));
        }
    }
    complete("coverage.complete", report.coverage.complete(), roots.iter().all(|root| root.read.is_complete))
}
