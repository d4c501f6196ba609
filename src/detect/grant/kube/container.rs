//! Containers of pods: privileges, capabilities, user, and what guards them.

use super::object::both;
use super::pod::{HARDENING, HOST};
use crate::detect::grant::{Grant, Reach, Subject};
use crate::document::Node;
use crate::finding::Severity;

/// Capabilities with which a process leaves its container or takes the node.
const STRONG: [&str; 8] =
    ["ALL", "SYS_ADMIN", "SYS_PTRACE", "SYS_MODULE", "SYS_RAWIO", "DAC_READ_SEARCH", "NET_ADMIN", "BPF"];

/// What one container may do, with what it has from its pod.
pub(super) fn grants(subject: Subject, pod: Node<'_>, body: Node<'_>) -> Vec<Grant> {
    let container = Container {
        subject,
        name: body.get("name").unwrap_or(body),
        body,
        own: body.get("securityContext"),
        common: pod.get("securityContext"),
    };
    let mut out = container.context();
    out.extend(container.capabilities());
    out.extend(container.ports());
    out
}

struct Container<'d> {
    subject: Subject,
    name: Node<'d>,
    body: Node<'d>,
    own: Option<Node<'d>>,
    common: Option<Node<'d>>,
}

impl<'d> Container<'d> {
    fn allow(&self, rule: &'static str, what: &str, severity: Severity) -> Grant {
        Grant::allow(rule, self.subject.clone(), Reach::one(what), severity)
    }

    /// A key of its own security context, or of its pod's.
    fn entry(&self, path: &[&str]) -> Option<(Node<'d>, Node<'d>)> {
        let (last, before) = path.split_last()?;
        let find = |context: Option<Node<'d>>| context?.path(before)?.entry(last);
        find(self.own).or_else(|| find(self.common))
    }

    /// What is at one of several steps, by a key or by its absence.
    fn step(&self, what: &str, entry: Option<(Node<'d>, Node<'d>)>, step: (u32, &str), severity: Severity) -> Grant {
        let span = entry.map_or(self.name.span(), both);
        self.allow(HARDENING, what, severity).level(step.0, step.1).at(span)
    }

    fn context(&self) -> Vec<Grant> {
        let mut out = Vec::new();
        for (path, what) in [
            (&["privileged"][..], "every privilege of the node"),
            (&["windowsOptions", "hostProcess"][..], "the node itself"),
        ] {
            if let Some(entry) = self.entry(path).filter(|(_, value)| value.is_true()) {
                out.push(self.allow(HOST, what, Severity::High).alone(Severity::Medium).at(both(entry)));
            }
        }
        let gains = self.entry(&["allowPrivilegeEscalation"]);
        let step = if gains.is_some_and(|(_, value)| value.is_false()) { (0, "forbidden") } else { (1, "possible") };
        out.push(self.step("new privileges through setuid programs", gains, step, Severity::Medium));
        let writes = self.entry(&["readOnlyRootFilesystem"]);
        let step = if writes.is_some_and(|(_, value)| value.is_true()) { (0, "forbidden") } else { (1, "possible") };
        out.push(self.step("writes to the root file system", writes, step, Severity::Low));
        out.push(self.user());
        out.push(self.seccomp());
        let unmasked = self.entry(&["procMount"]).filter(|(_, value)| value.is("Unmasked"));
        out.extend(unmasked.map(|entry| self.allow(HOST, "all of /proc", Severity::High).at(both(entry))));
        let unconfined = self.entry(&["appArmorProfile", "type"]).filter(|(_, value)| value.is("Unconfined"));
        out.extend(unconfined.map(|entry| self.allow(HOST, "freedom from AppArmor", Severity::High).at(both(entry))));
        out
    }

    fn user(&self) -> Grant {
        let id = self.entry(&["runAsUser"]);
        let non_root = self.entry(&["runAsNonRoot"]).filter(|(_, value)| value.is_true());
        let number = id.and_then(|(_, value)| value.number());
        match (number, non_root) {
            (Some(0), _) => self.step("its user", id, (2, "root"), Severity::Medium),
            (Some(_), _) => self.step("its user", id, (0, "a user without privileges"), Severity::Medium),
            (None, Some(entry)) => {
                self.step("its user", Some(entry), (0, "a user without privileges"), Severity::Medium)
            }
            (None, None) => self.step("its user", None, (1, "the image's user"), Severity::Medium),
        }
    }

    fn seccomp(&self) -> Grant {
        let entry = self.entry(&["seccompProfile", "type"]);
        let step = match entry.and_then(|(_, value)| value.text()) {
            Some("RuntimeDefault" | "Localhost") => (0, "filtered"),
            Some("Unconfined") => (2, "unfiltered"),
            _ => (1, "as the node has it"),
        };
        self.step("system calls", entry, step, Severity::Medium)
    }

    fn capabilities(&self) -> Vec<Grant> {
        let listed = |key| self.own.and_then(|own| own.path(&["capabilities", key])).into_iter().flat_map(Node::items);
        let name = |node: Node<'d>| node.text().unwrap_or_default().to_ascii_uppercase().replace("CAP_", "");
        let drops_all = listed("drop").any(|node| name(node) == "ALL");
        let entry = self.own.and_then(|own| own.path(&["capabilities"])).and_then(|own| own.entry("drop"));
        let step = if drops_all { (0, "dropped") } else { (1, "kept") };
        let mut out = vec![self.step("the default capabilities", entry, step, Severity::Medium)];
        out.extend(listed("add").map(|node| {
            let name = name(node);
            let severity = if STRONG.contains(&name.as_str()) { Severity::High } else { Severity::Medium };
            let what = if name == "ALL" { "capability *".to_owned() } else { format!("capability {name}") };
            self.allow(HOST, &what, severity).at(node.span())
        }));
        out
    }

    fn ports(&self) -> Vec<Grant> {
        let ports = self.body.get("ports").into_iter().flat_map(Node::items);
        let open = ports.filter_map(|port| port.get("hostPort"));
        open.map(|port| {
            let what = format!("port {} of the node", port.text().unwrap_or_default());
            self.allow(HOST, &what, Severity::Medium).at(port.span())
        })
        .collect()
    }
}
