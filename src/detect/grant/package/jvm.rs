//! Maven and Gradle: repositories, the wrapper that fetches the build tool, and what the build loads.

use std::ops::Range;

use super::address::{self, plain};
use super::registry::{Asked, Tool};
use crate::detect::grant::{Grant, Input, Newcomers, Reach, Subject, Surface, World};
use crate::document::{self, Xml};
use crate::finding::Severity;

/// `pom.xml`, `settings.xml` and `extensions.xml`. Source: "POM Reference", "Settings Reference" and "Core Extensions" in
/// Maven's documentation.
pub(in crate::detect::grant) static MAVEN: Surface = Surface {
    files: &["**/pom.xml", "**/{,.}m{2,aven}/settings.xml", "**/*settings*.xml", "**/.mvn/extensions.xml"],
    marks: &["<repository>", "<pluginRepository>", "<mirror>", "<extension>", "<checksumPolicy>"],
    grants: maven,
    ..PLAIN
};

/// Build scripts of Gradle. Source: "Declaring repositories" in Gradle's documentation.
pub(in crate::detect::grant) static GRADLE: Surface = Surface {
    files: &["**/*.gradle", "**/*.gradle.kts"],
    marks: &["maven", "repositories", "apply"],
    grants: gradle,
    ..PLAIN
};

/// Wrappers: which build tool is fetched and run. Source: "Gradle Wrapper" and "Maven Wrapper" in their documentation.
pub(in crate::detect::grant) static WRAPPER: Surface = Surface {
    files: &["**/{gradle,maven}-wrapper.properties"],
    grants: wrapper,
    newcomers: Newcomers::Vanished,
    ..PLAIN
};

/// `verification-metadata.xml`. Source: "Verifying dependencies" in Gradle's documentation.
pub(in crate::detect::grant) static VERIFICATION: Surface =
    Surface { files: &["**/verification-metadata.xml"], grants: verification, ..PLAIN };

const PLAIN: Surface = Surface {
    files: &[],
    marks: &[],
    needs: None,
    grants: maven,
    setting: None,
    newcomers: Newcomers::WholeFile,
    absent: None,
    has_fixtures: true,
};

const BUILD: &str = "build-program";
const CHECK: &str = "package-check";

fn read(input: &Input<'_>) -> Xml {
    let document = document::xml(input.text);
    document.gap.iter().for_each(|gap| input.note(gap.at, gap.why.clone()));
    document
}

fn maven(input: &Input<'_>, _: World) -> Vec<Grant> {
    let document = read(input);
    let mut tool = Tool::new("Maven", "repo.maven.apache.org");
    tool.asks_the_usual();
    for (at, element) in document.elements.iter().enumerate() {
        let child = |name: &str| document.children(at).map(|(_, e)| e).find(|e| e.local() == name);
        let text = |name: &str| child(name).map(|e| e.text.trim().to_owned());
        let parent = element.parent.and_then(|parent| document.elements.get(parent)).map_or("", |e| e.local());
        match element.local() {
            // What stands under `distributionManagement` is where releases go.
            "repository" | "pluginRepository" | "mirror" if parent != "distributionManagement" => {
                let Some(url) = child("url") else { continue };
                tool.asks(url.text.trim(), Asked::Always, url.span.clone());
            }
            "checksumPolicy" if element.text.trim() == "ignore" => {
                tool.lets("content whose checksum is wrong", Severity::High, element.span.clone());
            }
            "extension" => {
                let name =
                    format!("{}:{}", text("groupId").unwrap_or_default(), text("artifactId").unwrap_or_default());
                let what = Reach::one(format!("a run of {}", plain(&name)));
                let grant = Grant::allow(BUILD, Subject::new("the build", ""), what, Severity::Medium);
                tool.out.push(grant.level(1, "loaded by Maven").at(element.span.clone()));
            }
            _ => {}
        }
    }
    tool.out
}

/// Names of repositories that Gradle knows, with their hosts.
const NAMED: [(&str, &str); 4] = [
    ("mavenCentral()", "https://repo.maven.apache.org/"),
    ("google()", "https://maven.google.com/"),
    ("gradlePluginPortal()", "https://plugins.gradle.org/"),
    ("jcenter()", "https://jcenter.bintray.com/"),
];

fn gradle(input: &Input<'_>, _: World) -> Vec<Grant> {
    let mut tool = Tool::new("Gradle", "repo.maven.apache.org");
    tool.asks_the_usual();
    tool.asks("https://plugins.gradle.org/", Asked::Always, 0..0);
    tool.asks("https://maven.google.com/", Asked::Always, 0..0);
    let (mut at, mut is_repository, mut published) = (0, false, 0);
    for whole in input.text.split_inclusive('\n') {
        let span = at..at + whole.trim_end().len();
        at += whole.len();
        let line = whole.trim();
        if line.starts_with("//") || line.starts_with('*') {
            continue;
        }
        // Where releases go is no source.
        if published > 0 || ["publishing {", "publishing{", "uploadArchives"].iter().any(|word| line.starts_with(word))
        {
            published += line.matches('{').count();
            published = published.saturating_sub(line.matches('}').count());
            continue;
        }
        NAMED.iter().filter(|(name, _)| line.starts_with(name)).for_each(|(_, url)| {
            tool.asks(url, Asked::Always, span.clone());
        });
        is_repository |= line.contains("maven {") || line.contains("maven(") || line.contains("ivy {");
        if let Some(url) = address_in(line) {
            if line.contains("apply from:") || line.contains("apply(from") {
                let what = Reach::one(format!("a run of what stands at {}", address::host(url)));
                let grant = Grant::allow(BUILD, Subject::new("the build", ""), what, Severity::High);
                tool.out.push(grant.level(1, "fetched each time").at(span.clone()));
            } else if is_repository && (line.contains("url") || line.contains("maven(")) {
                tool.asks(url, Asked::Always, span.clone());
            }
        }
        if line.replace(' ', "").to_ascii_lowercase().contains("allowinsecureprotocol=true") {
            tool.lets("packages in the clear", Severity::High, span);
        }
        is_repository &= !line.contains('}');
    }
    tool.out
}

/// The first address in quotes.
fn address_in(line: &str) -> Option<&str> {
    let mut parts = line.split(['"', '\'']).skip(1).step_by(2);
    parts.find(|part| part.starts_with("http://") || part.starts_with("https://"))
}

fn wrapper(input: &Input<'_>, _: World) -> Vec<Grant> {
    let who = || Subject::new("the build", "");
    let is_maven = input.path.ends_with("maven-wrapper.properties");
    let mut out = Vec::new();
    for entry in document::ini(input.text) {
        // Colons are escaped in such files.
        let value = entry.value.replace('\\', "");
        match entry.key {
            "distributionUrl" | "wrapperUrl" => out.push(fetched(&value, is_maven, entry.span)),
            "distributionSha256Sum" | "wrapperSha256Sum" => {
                let what = Reach::one("the checksum of the build tool that is fetched");
                out.push(Grant::deny(CHECK, who(), what, Severity::Medium).level(1, "set").at(entry.span));
            }
            "validateDistributionUrl" if value == "false" => {
                let what = Reach::one("an address of the build tool that is not checked");
                out.push(Grant::allow(CHECK, who(), what, Severity::Low).at(entry.span));
            }
            _ => {}
        }
    }
    out
}

fn fetched(url: &str, is_maven: bool, span: Range<usize>) -> Grant {
    let host = address::host(url);
    let origin = address::Origin::of(url);
    let name = origin.as_ref().map_or(host.as_str(), address::Origin::name);
    let usual = if is_maven { "repo.maven.apache.org" } else { "services.gradle.org" };
    let is_clear = address::is_in_the_clear(url);
    let severity = if name == usual && !is_clear { Severity::Low } else { Severity::High };
    let what = Reach::one(format!("a run of the build tool from {name}"));
    let (rank, level) = if is_clear { (2, "fetched in the clear") } else { (1, "fetched") };
    Grant::allow(BUILD, Subject::new("the build", ""), what, severity).level(rank, level).at(span)
}

fn verification(input: &Input<'_>, _: World) -> Vec<Grant> {
    let document = read(input);
    let mut tool = Tool::new("Gradle", "");
    for element in &document.elements {
        let guards = [
            ("verify-metadata", "the check of packages by checksum"),
            ("verify-signatures", "the check of packages by signature"),
        ];
        if let Some((_, what)) = guards.iter().find(|(name, _)| *name == element.local()) {
            // Without the file nothing is checked.
            let guard = Grant::guard(CHECK, tool.subject(), Reach::one(*what), Severity::Medium);
            let strength = u32::from(element.text.trim() == "true");
            tool.out.push(guard.level(strength, if strength > 0 { "on" } else { "off" }).at(element.span.clone()));
        }
        if element.local() == "trust" {
            let names: Vec<&str> = ["group", "name", "version"].iter().filter_map(|key| element.get(key)).collect();
            tool.lets(&format!("packages of {} unchecked", names.join(":")), Severity::Medium, element.tag.clone());
        }
        let is_trusted_key = element.local() == "trusted-key" || element.local() == "trusting";
        if is_trusted_key && let Some(group) = element.get("group").or(element.get("id")) {
            tool.lets(&format!("packages signed by a trusted key: {group}"), Severity::Low, element.tag.clone());
        }
    }
    tool.out
}
