//! What starts by itself: cron tables and launchd jobs.

use crate::detect::grant::{Grant, Input, Newcomers, Reach, Subject, Surface, World};
use crate::document::{self, Node};
use crate::finding::Severity;

/// Tables of cron.
///
/// Source: crontab(5).
pub(in crate::detect::grant) static CRON: Surface = Surface {
    files: &["**/crontab", "**/cron.d/*", "**/*.crontab", "**/*.cron", "**/crontabs/*"],
    marks: &[],
    needs: None,
    grants: cron,
    setting: None,
    newcomers: Newcomers::WholeFile,
    absent: None,
    has_fixtures: true,
};

/// Jobs of launchd: a daemon without a user is root's.
///
/// Source: launchd.plist(5).
pub(in crate::detect::grant) static LAUNCHD: Surface = Surface {
    files: &["**/Launch{Daemons,Agents}/*.plist", "**/*{launchd,daemon,agent}*.plist"],
    marks: &["ProgramArguments", "<key>Program</key>"],
    needs: None,
    grants: launchd,
    setting: None,
    newcomers: Newcomers::Vanished,
    absent: None,
    has_fixtures: true,
};

const RULE: &str = "startup-entry";

fn cron(input: &Input<'_>, _: World) -> Vec<Grant> {
    let has_user = input.path.contains("cron.d/") || input.path.ends_with("etc/crontab");
    let subject = Subject::new("cron", "");
    let mut grants = vec![Grant::allow(RULE, subject.clone(), Reach::one("nothing"), Severity::Low).level(0, "none")];
    let mut at = 0;
    for line in input.text.split_inclusive('\n') {
        let span = at..at + line.trim_end().len();
        at += line.len();
        let Some((user, command)) = entry(line.trim(), has_user) else { continue };
        let what = Reach::one(format!("running {command}").replace(['*', '?'], "+"));
        let grant = match user {
            Some("root") => Grant::allow(RULE, subject.clone(), what, Severity::Medium).level(2, "by itself, as root"),
            _ => Grant::allow(RULE, subject.clone(), what, Severity::Low).level(1, "by itself"),
        };
        grants.push(grant.at(span));
    }
    grants
}

/// The user, where the table names one, and the command. When it runs is no power.
fn entry(line: &str, has_user: bool) -> Option<(Option<&str>, String)> {
    let first = line.chars().next().filter(|c| c.is_ascii_digit() || matches!(c, '*' | '@' | '~'))?;
    let mut words = line.split_whitespace().skip(if first == '@' { 1 } else { 5 });
    let user = if has_user { Some(words.next()?) } else { None };
    let command: Vec<&str> = words.collect();
    (!command.is_empty()).then(|| (user, command.join(" ")))
}

fn launchd(input: &Input<'_>, _: World) -> Vec<Grant> {
    let document = document::plist(input.text);
    document.gaps().iter().for_each(|gap| input.note(gap.at, gap.why.clone()));
    let Some(root) = document.root() else { return Vec::new() };
    let label = root.get("Label").and_then(Node::text).unwrap_or_default();
    let subject = Subject::new("job", label);
    let program = root.entry("ProgramArguments").or(root.entry("Program"));
    let Some((key, value)) = program else { return Vec::new() };
    let command = value.texts().collect::<Vec<_>>().join(" ").replace(['*', '?'], "+");
    let is_agent = input.path.contains("LaunchAgents") || input.path.contains("agent");
    let home = key.span().start..value.span().end;
    let run = Grant::allow(RULE, subject.clone(), Reach::one(format!("running {command}")), Severity::Medium);
    let mut grants = vec![run.level(1, "by itself").at(home.clone())];
    let root_rights = Grant::allow(RULE, subject, Reach::one("root's rights"), Severity::High);
    grants.push(match root.get("UserName").map(|user| (user.text().unwrap_or_default(), user.span())) {
        Some(("root", span)) => root_rights.level(1, "UserName root").at(span),
        Some((user, span)) => root_rights.level(0, format!("UserName {user}")).at(span),
        None if is_agent => root_rights.level(0, "the user's").at(home),
        None => root_rights.level(1, "no UserName, so root").at(home),
    });
    grants
}
