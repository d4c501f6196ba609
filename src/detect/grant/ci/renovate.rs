//! Renovate: which updates are merged without a person, and what its settings let it run.

use super::dependabot::age;
use super::pipeline::{Pin, whole};
use super::renovate_rule::{Merges, RULE, bot, list};
use crate::detect::grant::{Grant, Input, Newcomers, Reach, Subject, Surface, World};
use crate::document::Node;
use crate::finding::Severity;

/// Renovate's settings.
///
/// Nothing is merged by itself, nothing of a dependency is run and tests are asked for unless the file says otherwise; of
/// rules that fit the later one counts. Source: "Configuration options" and "Default presets" in Renovate's documentation.
pub(in crate::detect::grant) static RENOVATE: Surface = Surface {
    files: &[
        "renovate.{json,json5}",
        ".github/renovate.{json,json5}",
        ".gitlab/renovate.{json,json5}",
        ".renovaterc",
        ".renovaterc.{json,json5}",
    ],
    marks: &[],
    needs: None,
    grants,
    setting: None,
    newcomers: Newcomers::DangerousLine,
    absent: None,
    has_fixtures: false,
};

/// Owner of presets that come with Renovate.
const OWN_PRESETS: [&str; 10] = [
    "config:",
    "default:",
    "docker:",
    "group:",
    "helpers:",
    "monorepo:",
    "npm:",
    "packages:",
    "preview:",
    "replacements:",
];

/// Switches: key, the value that opens, what it gives, how bad that is.
const SWITCHES: [(&str, bool, &str, Severity); 6] = [
    ("ignoreTests", true, "a merge of what fails its tests", Severity::High),
    ("ignoreScripts", false, "the install scripts of dependencies", Severity::Medium),
    ("allowScripts", true, "the install scripts of dependencies", Severity::Medium),
    ("allowPlugins", true, "the plugins of package managers", Severity::Medium),
    ("exposeAllEnv", true, "every variable of its machine, for what it runs", Severity::High),
    ("insecureRegistry", true, "registries that prove nothing", Severity::Medium),
];

fn grants(input: &Input<'_>, _: World) -> Vec<Grant> {
    let Some(root) = input.json().root().filter(|root| root.is_map()) else { return Vec::new() };
    let mut out = vec![Grant::allow(RULE, bot(), Reach::one("-"), Severity::Low).level(0, "no")];
    Merges::of(root).grants(&mut out);
    for holder in [root].into_iter().chain(list(root, "packageRules")) {
        switches(holder, &mut out);
    }
    presets(root, &mut out);
    commands(root, &mut out);
    for (node, host) in list(root, "hostRules").filter_map(|rule| {
        let node = ["matchHost", "hostName", "domainName", "baseUrl"].iter().find_map(|key| rule.get(key))?;
        Some((node, node.text()?))
    }) {
        let what = Reach::one(format!("a login at {}", super::workflow::literal(host)));
        out.push(Grant::allow(RULE, bot(), what, Severity::Low).level(1, "used").at(node.span()));
    }
    release_age(root, &mut out);
    alerts(root, &mut out);
    out
}

fn switches(holder: Node<'_>, out: &mut Vec<Grant>) {
    for (key, opening, what, severity) in SWITCHES {
        if let Some(entry) = holder.entry(key).filter(|(_, value)| value.truth() == Some(opening)) {
            out.push(Grant::allow(RULE, bot(), Reach::one(what), severity).at(whole(entry)));
        }
    }
}

/// Settings by someone else, who can change them.
fn presets(root: Node<'_>, out: &mut Vec<Grant>) {
    for (node, text) in list(root, "extends").filter_map(|node| Some((node, node.text()?))) {
        let is_own =
            text.starts_with(':') || OWN_PRESETS.iter().any(|own| text.starts_with(own)) || !text.contains('/');
        if is_own || text.contains("{{") {
            continue;
        }
        let plain = text.split('(').next().unwrap_or(text);
        let (name, version) = plain.split_once('#').unwrap_or((plain, ""));
        let source = name.split(['>', ':']).take(2).collect::<Vec<_>>().join(">");
        let severity = if name.starts_with("local>") { Severity::Low } else { Severity::Medium };
        let what = Reach::one(format!("settings by {}", super::workflow::literal(&source)));
        out.push(Grant::allow(RULE, bot(), what, severity).level(1, "followed").at(node.span()));
        let fixed = u32::from(Pin::of(version) != Pin::Fixed);
        let owner = Subject::new("the owner of", name);
        let grant = Grant::allow(RULE, owner, Reach::one("what Renovate does here"), Severity::Medium);
        let level = ["fixed by its hash", "decided by a tag or a branch"][fixed as usize];
        out.push(grant.level(fixed, level).at(node.span()));
    }
}

/// Commands that it runs after an update.
fn commands(root: Node<'_>, out: &mut Vec<Grant>) {
    let holders = [root].into_iter().chain(list(root, "packageRules"));
    let tasks = holders.filter_map(|holder| holder.path(&["postUpgradeTasks", "commands"]));
    let allowed = ["allowedPostUpgradeCommands", "allowedCommands"].iter().filter_map(|key| root.get(key));
    for command in tasks.chain(allowed).flat_map(Node::one_or_many) {
        let Some(text) = command.text() else { continue };
        let what = Reach::one(format!("the command {}", super::workflow::literal(text)));
        out.push(Grant::allow(RULE, bot(), what, Severity::Medium).level(1, "run").at(command.span()));
    }
}

fn release_age(root: Node<'_>, out: &mut Vec<Grant>) {
    let entry = root.entry("minimumReleaseAge").or_else(|| root.entry("stabilityDays"));
    let days = entry.and_then(|(_, value)| days(value.text()?));
    let at = entry.map_or(root.span().start..root.span().start + 1, whole);
    out.push(age(bot(), "fresh releases", days).at(at));
}

/// Whole days in `3 days`, `1 week`, `14`.
fn days(text: &str) -> Option<u32> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let number: u32 = text.get(..digits)?.parse().ok()?;
    let unit = text.get(digits..)?.trim().to_ascii_lowercase();
    let times = match unit.as_str() {
        "" | "d" | "day" | "days" => 1,
        "w" | "week" | "weeks" => 7,
        "month" | "months" => 30,
        "y" | "year" | "years" => 365,
        "h" | "hour" | "hours" => return Some(number / 24),
        _ => return None,
    };
    number.checked_mul(times)
}

/// Updates for known vulnerabilities, which are proposed unless they are switched off.
fn alerts(root: Node<'_>, out: &mut Vec<Grant>) {
    let known = Grant::allow(RULE, bot(), Reach::one("silence about known vulnerabilities"), Severity::Medium);
    let is_off = |entry: &(Node<'_>, Node<'_>)| entry.1.get("enabled").is_some_and(Node::is_false);
    out.push(match root.entry("vulnerabilityAlerts").filter(is_off) {
        Some(entry) => known.level(1, "switched off").at(whole(entry)),
        None => known.level(0, "no"),
    });
}
