//! What a container can be given of the machine it runs on, however the file spells it.

use crate::detect::grant::{Grant, Reach, Subject};
use crate::finding::Severity;

/// Who gets it, and the rule that says so.
#[derive(Clone, Debug)]
pub(super) struct Holder {
    pub(super) rule: &'static str,
    pub(super) subject: Subject,
}

impl Holder {
    fn allow(&self, what: impl Into<String>, severity: Severity) -> Grant {
        Grant::allow(self.rule, self.subject.clone(), Reach::one(what), severity)
    }

    /// All that the host itself can do.
    pub(super) fn privileged(&self) -> Grant {
        self.allow("every privilege of the host", Severity::High).alone(Severity::Medium)
    }

    /// A name space of the host in place of one of its own; `None` for a key that is none.
    pub(super) fn name_space(&self, key: &str) -> Option<Grant> {
        let what = match key {
            "pid" => "the host's processes",
            "ipc" => "the host's shared memory",
            "network" | "network_mode" | "net" => "the host's network",
            "userns" | "userns_mode" => "the host's user ids",
            "uts" => "the host's name",
            "cgroup" | "cgroupns" => "the host's control groups",
            _ => return None,
        };
        Some(self.allow(what, Severity::High).alone(Severity::Medium))
    }

    /// A capability of the kernel, with or without `CAP_`.
    pub(super) fn capability(&self, name: &str) -> Grant {
        let name = capability_name(name);
        let is_strong = STRONG.contains(&name.as_str());
        let severity = if is_strong { Severity::High } else { Severity::Medium };
        let what = if name == "ALL" { "capability *".to_owned() } else { format!("capability {name}") };
        let grant = self.allow(what, severity);
        if is_strong && name != "NET_ADMIN" { grant.alone(Severity::Medium) } else { grant }
    }

    /// A security option that takes a protection away; `None` for all others.
    pub(super) fn option(&self, option: &str) -> Option<Grant> {
        let what = match option.replace('=', ":").as_str() {
            "seccomp:unconfined" => "every system call",
            "apparmor:unconfined" => "freedom from AppArmor",
            "label:disable" => "freedom from SELinux",
            "systempaths:unconfined" => "the kernel's own paths",
            _ => return None,
        };
        Some(self.allow(what, Severity::High).alone(Severity::Low))
    }

    /// A folder or file of the host. Those inside the project are what such files are for.
    pub(super) fn mount(&self, source: &str, is_read_only: bool) -> Option<Grant> {
        let danger = danger(source)?;
        let (rank, name) = if is_read_only { (1, "read only") } else { (2, "read and write") };
        let path = source.trim_end_matches('/');
        let grant = self.allow(format!("the host's {}", if path.is_empty() { "/" } else { path }), danger);
        let grant = grant.level(rank, name);
        Some(if danger >= Severity::High { grant.alone(Severity::Medium) } else { grant })
    }

    /// A device of the host.
    pub(super) fn device(&self, device: &str) -> Grant {
        self.allow(format!("device {}", device.split(':').next().unwrap_or(device)), Severity::High)
    }
}

/// `cap_sys_admin` as `SYS_ADMIN`.
pub(super) fn capability_name(text: &str) -> String {
    let name = text.to_ascii_uppercase();
    name.strip_prefix("CAP_").map_or(name.clone(), str::to_owned)
}

/// Capabilities with which a process leaves its container or takes the machine.
const STRONG: [&str; 9] =
    ["ALL", "SYS_ADMIN", "SYS_PTRACE", "SYS_MODULE", "SYS_RAWIO", "DAC_READ_SEARCH", "NET_ADMIN", "BPF", "SYS_BOOT"];
/// How bad it is to give this path of the host; `None` for volumes with a name and for paths inside the project.
fn danger(source: &str) -> Option<Severity> {
    let path = source.trim_end_matches('/');
    let home = ["~", "$HOME", "${HOME}"].iter().find_map(|home| path.strip_prefix(home));
    if path.ends_with("docker.sock") || path.ends_with("containerd.sock") || path.ends_with("podman.sock") {
        return Some(Severity::Critical);
    }
    if let Some(rest) = home {
        let keys = ["", "/.ssh", "/.aws", "/.kube", "/.gnupg", "/.docker", "/.config/gcloud", "/.netrc"];
        return Some(if keys.contains(&rest) { Severity::High } else { Severity::Medium });
    }
    if source.starts_with('/') {
        let system = [
            "",
            "/etc",
            "/root",
            "/home",
            "/proc",
            "/sys",
            "/dev",
            "/boot",
            "/run",
            "/var/run",
            "/usr",
            "/var/lib/docker",
            "/var/lib/kubelet",
            "/lib/modules",
        ];
        let harmless = ["/etc/localtime", "/etc/timezone", "/etc/hosts"];
        let is_system = system.contains(&path);
        return (!harmless.contains(&path)).then_some(if is_system { Severity::High } else { Severity::Medium });
    }
    (source.starts_with("../") && source.matches("../").count() > 2).then_some(Severity::Medium)
}
