//! Compose files: what each service may do to the machine it runs on, and who reaches its ports.

use crate::detect::grant::{Grant, Input, Newcomers, Reach, Subject, Surface, World};
use crate::document::Node;
use crate::finding::Severity;

/// Services of Compose.
///
/// What a service does not say: not privileged, the image's user, the runtime's default capabilities and profiles, name
/// spaces of its own, ports bound on every interface. Source: the Compose file reference, "services".
pub(in crate::detect::grant) static COMPOSE: Surface = Surface {
    files: &[
        "**/compose*.{yml,yaml}",
        "**/docker-compose*.{yml,yaml}",
        "**/*.compose.{yml,yaml}",
        "**/{stack,swarm}*.{yml,yaml}",
    ],
    marks: &["services"],
    grants,
    setting: None,
    newcomers: Newcomers::ByLine,
    has_fixtures: true,
};

const HOST: &str = "compose-host-access";
const HARDENING: &str = "compose-hardening";
const PORT: &str = "compose-port";

/// Capabilities with which a process leaves its container or takes the machine.
const STRONG: [&str; 9] =
    ["ALL", "SYS_ADMIN", "SYS_PTRACE", "SYS_MODULE", "SYS_RAWIO", "DAC_READ_SEARCH", "NET_ADMIN", "BPF", "SYS_BOOT"];
/// Ports of stores that often ask for no password.
const STORES: [&str; 10] = ["1433", "2375", "3306", "5432", "5984", "6379", "9200", "11211", "27017", "2379"];

fn grants(input: &Input<'_>, _: World) -> Vec<Grant> {
    let mut out = Vec::new();
    for root in input.yaml().roots() {
        for (name, body) in root.get("services").map(Node::entries).unwrap_or_default() {
            let Some(text) = name.text() else { continue };
            let mut service = Service { subject: Subject::new("service", text), name, body, out: &mut out };
            service.name_spaces();
            service.privileges();
            service.capabilities();
            service.mounts();
            service.ports();
        }
    }
    out
}

struct Service<'d, 'o> {
    subject: Subject,
    name: Node<'d>,
    body: Node<'d>,
    out: &'o mut Vec<Grant>,
}

impl<'d> Service<'d, '_> {
    fn allow(&self, rule: &'static str, capability: &str, severity: Severity) -> Grant {
        Grant::allow(rule, self.subject.clone(), Reach::one(capability), severity).at(self.name.span())
    }

    /// Name spaces of the host, and the engine's own socket.
    fn name_spaces(&mut self) {
        let keys = [
            ("pid", "the host's processes"),
            ("ipc", "the host's shared memory"),
            ("network_mode", "the host's network"),
            ("userns_mode", "the host's user ids"),
            ("uts", "the host's name"),
            ("cgroup", "the host's control groups"),
        ];
        for (key, what) in keys {
            if let Some((key, value)) = self.body.entry(key).filter(|(_, value)| value.is("host")) {
                let span = key.span().start..value.span().end;
                self.out.push(self.allow(HOST, what, Severity::High).alone(Severity::Medium).at(span));
            }
        }
        if let Some((key, _)) = self.body.entry("use_api_socket").filter(|(_, value)| value.is_true()) {
            let socket = self.allow(HOST, "the container engine", Severity::Critical);
            self.out.push(socket.alone(Severity::High).at(key.span()));
        }
    }

    fn privileges(&mut self) {
        if let Some((key, _)) = self.body.entry("privileged").filter(|(_, value)| value.is_true()) {
            let all = self.allow(HOST, "every privilege of the host", Severity::High);
            self.out.push(all.alone(Severity::Medium).at(key.span()));
        }
        let writes = !self.body.get("read_only").is_some_and(Node::is_true);
        self.protection("writes to the root file system", "read_only", writes, Severity::Low);
        let user = self.body.get("user").and_then(Node::text).map(|user| user.split(':').next().unwrap_or(user));
        let (rank, name) = match user {
            Some("root" | "0") => (2, "root"),
            Some(_) => (0, "a user without privileges"),
            None => (1, "the image's user"),
        };
        let at = self.body.entry("user").map_or(self.name.span(), |(key, value)| key.span().start..value.span().end);
        self.out.push(self.allow(HARDENING, "user", Severity::Medium).level(rank, name).at(at));
        for option in self.body.get("devices").into_iter().flat_map(Node::one_or_many) {
            let device = option.text().or_else(|| option.get("source")?.text()).unwrap_or("a device");
            let what = format!("device {}", device.split(':').next().unwrap_or(device));
            self.out.push(self.allow(HOST, &what, Severity::High).at(option.span()));
        }
    }

    /// What is possible unless a key forbids it.
    fn protection(&mut self, what: &str, key: &str, is_open: bool, severity: Severity) {
        let at = self.body.entry(key).map_or(self.name.span(), |(key, value)| key.span().start..value.span().end);
        let (rank, name) = if is_open { (1, "possible") } else { (0, "forbidden") };
        self.out.push(self.allow(HARDENING, what, severity).level(rank, name).at(at));
    }

    fn capabilities(&mut self) {
        let plain = |node: Node<'d>| {
            let name = node.text().unwrap_or_default().to_ascii_uppercase();
            name.strip_prefix("CAP_").map_or(name.clone(), str::to_owned)
        };
        for node in self.body.get("cap_add").into_iter().flat_map(Node::one_or_many) {
            let name = plain(node);
            let is_strong = STRONG.contains(&name.as_str());
            let severity = if is_strong { Severity::High } else { Severity::Medium };
            let what = if name == "ALL" { "capability *".to_owned() } else { format!("capability {name}") };
            let grant = self.allow(HOST, &what, severity).at(node.span());
            self.out.push(if is_strong && name != "NET_ADMIN" { grant.alone(Severity::Medium) } else { grant });
        }
        let drops = self.body.get("cap_drop").into_iter().flat_map(Node::one_or_many);
        let drops_all = drops.map(plain).any(|name| name == "ALL");
        self.protection("the default capabilities", "cap_drop", !drops_all, Severity::Medium);
        let options: Vec<(Node<'d>, String)> = self
            .body
            .get("security_opt")
            .into_iter()
            .flat_map(Node::one_or_many)
            .filter_map(|node| Some((node, node.text()?.replace('=', ":"))))
            .collect();
        let forbids = options.iter().any(|(_, o)| o == "no-new-privileges:true" || o == "no-new-privileges");
        self.protection("new privileges through setuid programs", "security_opt", !forbids, Severity::Low);
        for (node, option) in options {
            let what = match option.as_str() {
                "seccomp:unconfined" => "every system call",
                "apparmor:unconfined" => "no AppArmor profile",
                "label:disable" => "no SELinux label",
                "systempaths:unconfined" => "the kernel's own paths",
                _ => continue,
            };
            self.out.push(self.allow(HOST, what, Severity::High).alone(Severity::Low).at(node.span()));
        }
    }

    /// Folders of the host. Those inside the project are what Compose is for.
    fn mounts(&mut self) {
        for volume in self.body.get("volumes").into_iter().flat_map(Node::items) {
            let (source, is_read_only) = match volume.text() {
                Some(text) => {
                    let mut parts = text.split(':');
                    let source = parts.next().unwrap_or_default();
                    (source, parts.any(|part| part.split(',').any(|option| option == "ro")))
                }
                None if volume.get("type").is_some_and(|kind| kind.is("bind")) => {
                    let source = volume.get("source").and_then(Node::text).unwrap_or_default();
                    (source, volume.get("read_only").is_some_and(Node::is_true))
                }
                None => continue,
            };
            let Some(danger) = danger(source) else { continue };
            let (rank, name) = if is_read_only { (1, "read only") } else { (2, "read and write") };
            let what = format!("the host's {}", source.trim_end_matches('/'));
            let what = if source == "/" { "the host's /".to_owned() } else { what };
            let grant = self.allow(HOST, &what, danger).level(rank, name).at(volume.span());
            self.out.push(if danger >= Severity::High { grant.alone(Severity::Medium) } else { grant });
        }
    }

    fn ports(&mut self) {
        for port in self.body.get("ports").into_iter().flat_map(Node::items) {
            let Some(Published { address, target }) = published(port) else { continue };
            let is_local = matches!(address.as_str(), "127.0.0.1" | "::1" | "localhost");
            let (rank, name) = if is_local { (1, "this machine") } else { (2, "every network") };
            let is_store = STORES.contains(&target.as_str());
            let severity = if is_store && !is_local { Severity::High } else { Severity::Medium };
            let severity = if is_local { Severity::Low } else { severity };
            let what = format!("callers on port {target}");
            self.out.push(self.allow(PORT, &what, severity).level(rank, name).at(port.span()));
        }
    }
}

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

/// A port that is open outside the container.
struct Published {
    address: String,
    target: String,
}

/// Both spellings: `[address:][published:]target[/protocol]`, and a map.
fn published(port: Node<'_>) -> Option<Published> {
    let Some(text) = port.text() else {
        port.get("published")?;
        let text = |key| port.get(key).and_then(Node::text).unwrap_or_default().to_owned();
        return Some(Published { address: text("host_ip"), target: text("target") });
    };
    let (text, _) = text.split_once('/').unwrap_or((text, ""));
    let (rest, target) = text.rsplit_once(':').unwrap_or(("", text));
    let address = match rest.rsplit_once(':') {
        Some((address, _)) if !rest.starts_with("${") => address.trim_matches(['[', ']']),
        _ => "",
    };
    Some(Published { address: address.to_owned(), target: target.to_owned() })
}
