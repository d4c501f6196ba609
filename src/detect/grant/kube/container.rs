//! Containers of pods: privileges, capabilities, user, and what guards them.

use super::object::{both, is_filled_in, is_open};
use crate::detect::grant::{Grant, Input, Reach, Subject};
use crate::document::Node;
use crate::finding::Severity;

/// What a pod or a container gets of its node.
pub(super) const HOST: &str = "kube-pod-host-access";
/// What keeps a pod or a container to what it needs.
pub(super) const HARDENING: &str = "kube-pod-hardening";

/// Capabilities with which a process leaves its container or takes the node.
const STRONG: [&str; 8] =
    ["ALL", "SYS_ADMIN", "SYS_PTRACE", "SYS_MODULE", "SYS_RAWIO", "DAC_READ_SEARCH", "NET_ADMIN", "BPF"];

/// What one container may do, with what it has from its pod.
pub(super) fn grants(input: &Input<'_>, subject: Subject, pod: Node<'_>, body: Node<'_>) -> Vec<Grant> {
    let [own, common] = [body, pod].map(|holder| holder.entry("securityContext"));
    let is_filled = |context: Option<_>| context.is_some_and(|entry| is_filled_in(entry, input.text));
    let name = body.get("name").unwrap_or(body).span();
    let (own, common, is_filled) = (own.map(value), common.map(value), is_filled(own) || is_filled(common));
    let container = Container { subject, name, own, common };
    let mut out = if is_filled { container.unknown() } else { container.grants() };
    out.extend(container.ports(body));
    out
}

fn value<'d>((_, value): (Node<'d>, Node<'d>)) -> Node<'d> {
    value
}

/// A container's security context, with that of its pod.
pub(super) struct Container<'d> {
    pub(super) subject: Subject,
    /// Where to point at what is not written.
    pub(super) name: std::ops::Range<usize>,
    pub(super) own: Option<Node<'d>>,
    pub(super) common: Option<Node<'d>>,
}

impl<'d> Container<'d> {
    /// What the contexts allow.
    pub(super) fn grants(&self) -> Vec<Grant> {
        let mut out = self.context();
        out.extend(self.capabilities());
        out
    }

    /// The same where values from elsewhere write them.
    fn unknown(&self) -> Vec<Grant> {
        let unknown = |rule| Grant::unknown(rule, self.subject.clone(), Reach::all()).at(self.name.clone());
        [HARDENING, HOST].map(unknown).into()
    }

    fn allow(&self, rule: &'static str, what: &str, severity: Severity) -> Grant {
        Grant::allow(rule, self.subject.clone(), Reach::one(what), severity)
    }

    /// A step, or nothing sure where only the values know.
    fn stated(&self, what: &str, entry: Option<(Node<'d>, Node<'d>)>, step: (u32, &str), severity: Severity) -> Grant {
        match entry {
            Some((_, value)) if is_open(value) => {
                Grant::unknown(HARDENING, self.subject.clone(), Reach::one(what)).at(value.span())
            }
            _ => self.step(what, entry, step, severity),
        }
    }

    /// A key of its own security context, or of its pod's.
    fn entry(&self, path: &[&str]) -> Option<(Node<'d>, Node<'d>)> {
        let (last, before) = path.split_last()?;
        let find = |context: Option<Node<'d>>| context?.path(before)?.entry(last);
        find(self.own).or_else(|| find(self.common))
    }

    /// What is at one of several steps, by a key or by its absence.
    fn step(&self, what: &str, entry: Option<(Node<'d>, Node<'d>)>, step: (u32, &str), severity: Severity) -> Grant {
        let span = entry.map_or(self.name.clone(), both);
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
        out.push(self.stated("new privileges through setuid programs", gains, step, Severity::Medium));
        let writes = self.entry(&["readOnlyRootFilesystem"]);
        let step = if writes.is_some_and(|(_, value)| value.is_true()) { (0, "forbidden") } else { (1, "possible") };
        out.push(self.stated("writes to the root file system", writes, step, Severity::Low));
        out.push(self.user());
        out.push(self.seccomp());
        let unmasked = self.entry(&["procMount"]).filter(|(_, value)| value.is("Unmasked"));
        out.extend(unmasked.map(|entry| self.allow(HOST, "all of /proc", Severity::High).at(both(entry))));
        let unconfined = self.entry(&["appArmorProfile", "type"]).filter(|(_, value)| value.is("Unconfined"));
        out.extend(unconfined.map(|entry| self.allow(HOST, "freedom from AppArmor", Severity::High).at(both(entry))));
        out
    }

    fn user(&self) -> Grant {
        let (id, non_root) = (self.entry(&["runAsUser"]), self.entry(&["runAsNonRoot"]));
        let refuses_root = non_root.is_some_and(|(_, value)| value.is_true());
        let number = id.and_then(|(_, value)| value.number());
        let (entry, step) = match number {
            Some(0) => (id, (2, "root")),
            Some(_) => (id, (0, "a user without privileges")),
            None if refuses_root => (non_root, (0, "a user without privileges")),
            None => (id.or(non_root), (1, "the image's user")),
        };
        self.stated("its user", entry, step, Severity::Medium)
    }

    fn seccomp(&self) -> Grant {
        let entry = self.entry(&["seccompProfile", "type"]);
        let step = match entry.and_then(|(_, value)| value.text()) {
            Some("RuntimeDefault" | "Localhost") => (0, "filtered"),
            Some("Unconfined") => (2, "unfiltered"),
            _ => (1, "as the node has it"),
        };
        self.stated("system calls", entry, step, Severity::Medium)
    }

    fn capabilities(&self) -> Vec<Grant> {
        let listed = |key| self.own.and_then(|own| own.path(&["capabilities", key])).into_iter().flat_map(Node::items);
        let name = |node: Node<'d>| node.text().unwrap_or_default().to_ascii_uppercase().replace("CAP_", "");
        let drops_all = listed("drop").any(|node| name(node) == "ALL");
        let entry = self.own.and_then(|own| own.path(&["capabilities"])).and_then(|own| own.entry("drop"));
        let step = if drops_all { (0, "dropped") } else { (1, "kept") };
        let mut out = vec![self.stated("the default capabilities", entry, step, Severity::Medium)];
        out.extend(listed("add").map(|node| {
            let name = name(node);
            let severity = if STRONG.contains(&name.as_str()) { Severity::High } else { Severity::Medium };
            let what = if name == "ALL" { "capability *".to_owned() } else { format!("capability {name}") };
            self.allow(HOST, &what, severity).at(node.span())
        }));
        out
    }

    fn ports(&self, body: Node<'d>) -> Vec<Grant> {
        let ports = body.get("ports").into_iter().flat_map(Node::items);
        let open = ports.filter_map(|port| port.get("hostPort"));
        open.map(|port| {
            let what = format!("port {} of the node", port.text().unwrap_or_default());
            self.allow(HOST, &what, Severity::Medium).at(port.span())
        })
        .collect()
    }
}
