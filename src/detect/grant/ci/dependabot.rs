//! Dependabot: what its updates run, and how young a release may be that it proposes.

use super::pipeline::whole;
use crate::detect::grant::{Grant, Input, Newcomers, Reach, Subject, Surface, World};
use crate::document::Node;
use crate::finding::Severity;

/// `.github/dependabot.yml`.
///
/// Code of dependencies is not run while they are looked up unless `insecure-external-code-execution` allows it; without
/// `cooldown` a release is proposed at once; an entry uses no private registry that it does not name. Source: "Dependabot
/// options reference" in GitHub's documentation.
pub(in crate::detect::grant) static DEPENDABOT: Surface = Surface {
    files: &[".github/dependabot.{yml,yaml}"],
    marks: &[],
    needs: None,
    grants,
    setting: None,
    newcomers: Newcomers::DangerousLine,
    absent: None,
    has_fixtures: false,
};

const RULE: &str = "update-bot";
/// The rank of a release that is a given number of days old: more is younger.
const MOST_DAYS: u32 = 1000;

/// How young a release may be, in days; `None` for no limit.
pub(super) fn age(subject: Subject, what: &str, days: Option<u32>) -> Grant {
    let days = days.filter(|days| *days > 0);
    let name = match days {
        None => "at once".to_owned(),
        Some(1) => "after 1 day".to_owned(),
        Some(days) => format!("after {days} days"),
    };
    let grant = Grant::allow(RULE, subject, Reach::one(what), Severity::Low);
    grant.level(MOST_DAYS.saturating_sub(days.unwrap_or(0)).max(1), name)
}

fn grants(input: &Input<'_>, _: World) -> Vec<Grant> {
    let Some(root) = input.yaml().root() else { return Vec::new() };
    let updates = root.get("updates").into_iter().flat_map(Node::items);
    updates.flat_map(of_entry).collect()
}

fn of_entry(entry: Node<'_>) -> Vec<Grant> {
    let Some((key, ecosystem)) = entry.entry("package-ecosystem") else { return Vec::new() };
    let folders = ["directory", "directories"].iter().filter_map(|key| entry.get(key)).flat_map(Node::texts);
    let mut folders: Vec<&str> = folders.collect();
    folders.sort_unstable();
    let name = format!("{} in {}", ecosystem.text().unwrap_or("?"), folders.join(", "));
    let subject = || Subject::new("updates of", name.clone());
    let home = || key.span().start..ecosystem.span().end;
    let mut out = cooldown(&subject, entry, home());
    let runs = entry.entry("insecure-external-code-execution");
    let code = Grant::allow(RULE, subject(), Reach::one("code of dependencies"), Severity::High);
    out.push(match runs.filter(|(_, value)| value.is("allow")) {
        Some(pair) => code.level(1, "run with the registries' credentials").alone(Severity::Medium).at(whole(pair)),
        None => code.level(0, "not run").at(home()),
    });
    if let Some((_, list)) = entry.entry("registries") {
        out.extend(list.one_or_many().filter_map(|item| Some((item, item.text()?))).map(|(item, text)| {
            let what = Reach::one(format!("credentials of registry {text}"));
            Grant::allow(RULE, subject(), what, Severity::Low).level(1, "used").at(item.span())
        }));
    }
    out
}

fn cooldown(subject: &dyn Fn() -> Subject, entry: Node<'_>, home: std::ops::Range<usize>) -> Vec<Grant> {
    let cooldown = entry.entry("cooldown").filter(|(_, node)| node.is_map());
    let days = |key: &str| {
        let pair = cooldown?.1.entry(key)?;
        Some((pair, u32::try_from(pair.1.number()?).ok()?))
    };
    let common = days("default-days");
    let kinds = [("semver-major-days", "major"), ("semver-minor-days", "minor"), ("semver-patch-days", "patch")];
    let of = |(key, kind): (&str, &str)| {
        let found = days(key).or(common);
        let at = found.map(|(pair, _)| whole(pair)).or(cooldown.map(whole)).unwrap_or(home.clone());
        age(subject(), &format!("{kind} releases"), found.map(|(_, days)| days)).at(at)
    };
    kinds.into_iter().map(of).collect()
}
