//! Compose files: what each service may do to the machine it runs on, and who reaches its ports.

use super::machine::{Holder, capability_name};
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
    needs: None,
    grants,
    setting: None,
    newcomers: Newcomers::DangerousLine,
    absent: None,
    has_fixtures: true,
};

const HOST: &str = "compose-host-access";
const HARDENING: &str = "compose-hardening";
const PORT: &str = "compose-port";

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

    fn holder(&self) -> Holder {
        Holder { rule: HOST, subject: self.subject.clone() }
    }

    /// Name spaces of the host, and the engine's own socket.
    fn name_spaces(&mut self) {
        for (key, value) in self.body.entries().into_iter().filter(|(_, value)| value.is("host")) {
            let grant = key.text().and_then(|key| self.holder().name_space(key));
            self.out.extend(grant.map(|grant| grant.at(key.span().start..value.span().end)));
        }
        if let Some((key, _)) = self.body.entry("use_api_socket").filter(|(_, value)| value.is_true()) {
            let socket = self.allow(HOST, "the container engine", Severity::Critical);
            self.out.push(socket.alone(Severity::High).at(key.span()));
        }
    }

    fn privileges(&mut self) {
        if let Some((key, _)) = self.body.entry("privileged").filter(|(_, value)| value.is_true()) {
            self.out.push(self.holder().privileged().at(key.span()));
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
        for device in self.body.get("devices").into_iter().flat_map(Node::one_or_many) {
            let name = device.text().or_else(|| device.get("source")?.text()).unwrap_or("a device");
            self.out.push(self.holder().device(name).at(device.span()));
        }
    }

    /// What is possible unless a key forbids it.
    fn protection(&mut self, what: &str, key: &str, is_open: bool, severity: Severity) {
        let at = self.body.entry(key).map_or(self.name.span(), |(key, value)| key.span().start..value.span().end);
        let (rank, name) = if is_open { (1, "possible") } else { (0, "forbidden") };
        self.out.push(self.allow(HARDENING, what, severity).level(rank, name).at(at));
    }

    fn capabilities(&mut self) {
        let listed = |key| self.body.get(key).into_iter().flat_map(Node::one_or_many);
        let named = |node: Node<'d>| Some((node, node.text()?));
        let holder = self.holder();
        let added = listed("cap_add").filter_map(named).map(|(node, name)| holder.capability(name).at(node.span()));
        let options: Vec<(Node<'d>, &str)> = listed("security_opt").filter_map(named).collect();
        let opened = options.iter().filter_map(|(node, name)| Some(holder.option(name)?.at(node.span())));
        self.out.extend(added.chain(opened));
        let drops_all = listed("cap_drop").filter_map(named).any(|(_, name)| capability_name(name) == "ALL");
        self.protection("the default capabilities", "cap_drop", !drops_all, Severity::Medium);
        let forbids = options
            .iter()
            .any(|(_, o)| matches!(*o, "no-new-privileges" | "no-new-privileges:true" | "no-new-privileges=true"));
        self.protection("new privileges through setuid programs", "security_opt", !forbids, Severity::Low);
    }

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
            self.out.extend(self.holder().mount(source, is_read_only).map(|grant| grant.at(volume.span())));
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
