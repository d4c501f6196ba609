//! PAM: checks that a login must pass, and ways around them.

use crate::detect::grant::{Grant, Input, Newcomers, Reach, Subject, Surface, World};
use crate::finding::Severity;

/// Stacks in `pam.d`.
///
/// Source: pam.conf(5), pam_unix(8), pam_permit(8).
pub(in crate::detect::grant) static PAM: Surface = Surface {
    files: &["**/pam.d/*", "**/pam.conf", "**/*.pam", "**/pam-configs/*"],
    marks: &["pam_"],
    needs: None,
    grants: stack,
    setting: None,
    newcomers: Newcomers::Vanished,
    absent: None,
    has_fixtures: true,
};

const RULE: &str = "pam-stack";
/// Modules that check something, with the words for it: two of one name stand in for each other.
const CHECKS: [(&str, &str, Severity); 22] = [
    ("pam_tally", "the lock after failed logins", Severity::Medium),
    ("pam_tally2", "the lock after failed logins", Severity::Medium),
    ("pam_faillock", "the lock after failed logins", Severity::Medium),
    ("pam_cracklib", "the test of new passwords", Severity::Medium),
    ("pam_pwquality", "the test of new passwords", Severity::Medium),
    ("pam_passwdqc", "the test of new passwords", Severity::Medium),
    ("pam_pwhistory", "the memory of old passwords", Severity::Low),
    ("pam_google_authenticator", "the second factor", Severity::High),
    ("pam_oath", "the second factor", Severity::High),
    ("pam_duo", "the second factor", Severity::High),
    ("pam_u2f", "the second factor", Severity::High),
    ("pam_yubico", "the second factor", Severity::High),
    ("pam_wheel", "membership of the wheel group", Severity::High),
    ("pam_access", "the list of who may log in from where", Severity::High),
    ("pam_listfile", "the list of who may log in", Severity::High),
    ("pam_succeed_if", "the test of the account", Severity::Medium),
    ("pam_time", "the times of logins", Severity::Medium),
    ("pam_securetty", "the terminals of root", Severity::Medium),
    ("pam_nologin", "the closing of the machine", Severity::Medium),
    ("pam_shells", "the list of shells", Severity::Low),
    ("pam_deny", "the final refusal", Severity::High),
    ("pam_unix", "the password", Severity::High),
];

fn stack(input: &Input<'_>, _: World) -> Vec<Grant> {
    let file = input.path.rsplit('/').next().unwrap_or_default();
    let subject = Subject::new("PAM service", file);
    let mut grants = Vec::new();
    let mut at = 0;
    for line in input.text.split_inclusive('\n') {
        let span = at..at + line.trim_end().len();
        at += line.len();
        let content = line.split('#').next().unwrap_or_default().trim();
        let Some(entry) = entry(content) else { continue };
        grants.push(Grant::allow(RULE, subject.clone(), Reach::one("nothing"), Severity::Low).level(0, "none"));
        grants.extend(entry.grants(&subject).into_iter().map(|grant| grant.at(span.clone())));
    }
    grants
}

struct Entry<'l> {
    facility: &'l str,
    control: &'l str,
    module: &'l str,
    arguments: &'l str,
}

/// `auth required pam_unix.so nullok`, the control in words or in brackets.
fn entry(line: &str) -> Option<Entry<'_>> {
    let (facility, rest) = line.split_once(char::is_whitespace)?;
    let facility = facility.trim_start_matches('-');
    if !matches!(facility, "auth" | "account" | "password" | "session") {
        return None;
    }
    let rest = rest.trim_start();
    let end = if rest.starts_with('[') { rest.find(']')? + 1 } else { rest.find(char::is_whitespace)? };
    let (control, rest) = rest.split_at(end);
    let (module, arguments) = rest.trim_start().split_once(char::is_whitespace).unwrap_or((rest.trim_start(), ""));
    let module = module.rsplit('/').next()?.trim_end_matches(".so");
    Some(Entry { facility, control, module, arguments })
}

impl Entry<'_> {
    fn grants(&self, subject: &Subject) -> Vec<Grant> {
        let mut grants = Vec::new();
        let opens = |what: &str, severity, level: &str| {
            Grant::allow(RULE, subject.clone(), Reach::one(what), severity).level(1, level)
        };
        let has = |word: &str| self.arguments.split_whitespace().any(|argument| argument == word);
        if self.facility == "auth" && has("nullok") {
            grants.push(opens("logins with an empty password", Severity::Medium, "nullok"));
        }
        let is_enough =
            self.control == "sufficient" || (self.control.contains("success=done") && self.control.starts_with('['));
        if self.module == "pam_permit" && is_enough && matches!(self.facility, "auth" | "account") {
            let what = format!("{} without any check", if self.facility == "auth" { "logins" } else { "accounts" });
            grants.push(opens(&what, Severity::Critical, "pam_permit is sufficient").alone(Severity::High));
        }
        if self.module == "pam_rhosts" && self.facility == "auth" {
            grants.push(opens("logins because of the host", Severity::High, self.control));
        }
        if self.module == "pam_wheel" && has("trust") {
            grants.push(opens("the wheel group without a password", Severity::High, "trust"));
        }
        let check = CHECKS.iter().find(|(module, ..)| *module == self.module);
        if let (Some((_, what, severity)), true) = (check, self.is_needed()) {
            let what = Reach::one(format!("{what} ({})", self.facility));
            grants.push(Grant::deny(RULE, subject.clone(), what, *severity).level(1, self.control));
        }
        grants
    }

    /// True if the login does not go on when the module fails. The password is one of several ways in many stacks.
    fn is_needed(&self) -> bool {
        let is_word = matches!(self.control, "required" | "requisite");
        let dies = self.control.starts_with('[') && (self.control.contains("die") || self.control.contains("bad"));
        let is_password = self.module == "pam_unix" && matches!(self.facility, "auth" | "account");
        match self.module {
            "pam_unix" => is_password && is_word,
            _ => (is_word || dies) && self.facility != "session",
        }
    }
}
