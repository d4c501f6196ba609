//! Functions and sites on platforms: who may call them without showing who they are.

use super::resource::resources;
use super::value;
use crate::detect::grant::{Effect, Grant, Input, Newcomers, Reach, Subject, Surface, World};
use crate::document::Node;
use crate::finding::Severity;

/// Addresses of functions in Serverless, SAM, CloudFormation, Terraform; logins of App Engine; headers of Netlify and
/// Vercel.
///
/// An endpoint without authorizer is open to everyone. Source: the platforms' references of these files.
pub(in crate::detect::grant) static CALLER: Surface = Surface {
    files: &["**/*.{yml,yaml,json,template}", "**/*.{tf,tofu}", "**/netlify.toml"],
    marks: &[
        "authorizer",
        "AuthType",
        "authorization_type",
        "aws_api_gateway_method",
        "login:",
        "httpApi",
        "http:",
        "headers",
        "invoker",
    ],
    needs: None,
    grants,
    setting: None,
    newcomers: Newcomers::Vanished,
    absent: None,
    has_fixtures: true,
};

const CALLS: &str = "serverless-caller";
const HEADER: &str = "site-header";
/// Headers that keep pages and their users apart from others.
const HEADERS: [&str; 6] = [
    "content-security-policy",
    "strict-transport-security",
    "x-frame-options",
    "x-content-type-options",
    "referrer-policy",
    "permissions-policy",
];

fn grants(input: &Input<'_>, _: World) -> Vec<Grant> {
    let name = input.path.rsplit('/').next().unwrap_or_default();
    let mut out = Vec::new();
    match name {
        "netlify.toml" => input.toml().root().into_iter().for_each(|root| headers(root, &mut out)),
        "vercel.json" => input.json().root().into_iter().for_each(|root| headers(root, &mut out)),
        "app.yaml" | "app.yml" => input.yaml().root().into_iter().for_each(|root| logins(root, &mut out)),
        _ if name.starts_with("serverless.") => {
            input.data().root().into_iter().for_each(|root| functions(root, &mut out));
        }
        _ if input.text.contains("AWS::") || input.text.contains("aws_") => addresses(input, &mut out),
        _ => {}
    }
    out
}

fn open(subject: Subject, what: &str, is_open: bool, how: &str, at: Node<'_>) -> Grant {
    let grant = Grant::allow(CALLS, subject, Reach::one(what.replace(['*', '?'], "·")), Severity::High);
    grant.level(u32::from(is_open), if is_open { "everyone" } else { how }).at(at.span())
}

/// `functions.*.events` and `functions.*.url` of Serverless.
fn functions(root: Node<'_>, out: &mut Vec<Grant>) {
    for (name, function) in root.get("functions").map(Node::entries).unwrap_or_default() {
        let subject = || Subject::new("function", name.text().unwrap_or_default());
        for event in function.get("events").into_iter().flat_map(Node::items) {
            for (kind, body) in event.entries().into_iter().filter(|(kind, _)| kind.is("http") || kind.is("httpApi")) {
                let text = |key| body.get(key).and_then(Node::text).unwrap_or_default().to_ascii_lowercase();
                let route = match body.text() {
                    Some(route) => route.to_ascii_lowercase(),
                    None => format!("{} {}", text("method"), text("path").trim_start_matches('/')),
                };
                let is_closed = body.has("authorizer") || body.get("private").is_some_and(Node::is_true);
                out.push(open(subject(), &format!("calls of {route}"), !is_closed, "its authorizer", kind));
            }
        }
        if let Some(url) = function.get("url") {
            let is_closed = url.has("authorizer") || url.is_false();
            out.push(open(subject(), "calls of its address", !is_closed, "its authorizer", url));
        }
    }
}

/// Addresses of functions in CloudFormation and Terraform, methods of APIs.
fn addresses(input: &Input<'_>, out: &mut Vec<Grant>) {
    for resource in resources(input.data()) {
        let subject = || Subject::new("endpoint", resource.name.clone());
        let (path, open_word): (&[&str], &str) = match resource.kind {
            "AWS::Lambda::Url" => (&["AuthType"], "NONE"),
            "AWS::Serverless::Function" => (&["FunctionUrlConfig", "AuthType"], "NONE"),
            "AWS::ApiGateway::Method" | "AWS::ApiGatewayV2::Route" => (&["AuthorizationType"], "NONE"),
            "aws_lambda_function_url" => (&["authorization_type"], "NONE"),
            "aws_api_gateway_method" => (&["authorization"], "NONE"),
            "aws_apigatewayv2_route" => (&["authorization_type"], "NONE"),
            _ => continue,
        };
        // Preflight requests never carry anything to show.
        let is_preflight = ["HttpMethod", "http_method"]
            .iter()
            .any(|key| resource.body.get(key).is_some_and(|method| method.is("OPTIONS")));
        let found = resource.find(path).map(|(_, value)| value);
        let is_absent_open = resource.kind.contains("Route") || resource.kind.ends_with("_route");
        let word = found.and_then(value::text);
        let is_open = word.as_deref().map_or(is_absent_open, |word| word.eq_ignore_ascii_case(open_word));
        let at = found.unwrap_or(resource.at);
        let how = word.unwrap_or_else(|| "nobody".to_owned());
        out.push(open(subject(), "calls", is_open && !is_preflight, &how, at));
    }
}

/// Handlers of App Engine.
fn logins(root: Node<'_>, out: &mut Vec<Grant>) {
    for handler in root.get("handlers").into_iter().flat_map(Node::items) {
        let Some(url) = handler.get("url") else { continue };
        let subject = Subject::new("address", url.text().unwrap_or_default());
        let (rank, word) = match handler.get("login").and_then(Node::text) {
            Some("admin") => (0, "administrators"),
            Some("required") => (1, "whoever is logged in"),
            _ => (2, "everyone"),
        };
        let at = handler.get("login").unwrap_or(url);
        let grant = Grant::allow(CALLS, subject, Reach::one("calls"), Severity::High);
        out.push(grant.level(rank, word).at(at.span()));
    }
}

/// Headers of sites: those that protect, by what they are sent for.
fn headers(root: Node<'_>, out: &mut Vec<Grant>) {
    for block in root.get("headers").into_iter().flat_map(Node::one_or_many) {
        let place = ["for", "source"].iter().find_map(|key| block.get(key)).and_then(Node::text).unwrap_or_default();
        let subject = || Subject::new("site", place);
        out.push(Grant::allow(HEADER, subject(), Reach::one("-"), Severity::Low).level(0, "no").at(block.span()));
        let named = block.get("values").map(Node::entries).unwrap_or_default();
        let listed = block.get("headers").into_iter().flat_map(Node::items);
        let listed = listed.filter_map(|header| Some((header.get("key")?, header.get("value")?)));
        for (key, value) in named.into_iter().chain(listed) {
            let name = key.text().unwrap_or_default().to_ascii_lowercase();
            if let Some(known) = HEADERS.iter().find(|known| **known == name) {
                let grant = Grant::allow(HEADER, subject(), Reach::one(*known), Severity::Medium).level(1, "sent");
                out.push(Grant { effect: Effect::Deny, ..grant.at(key.span().start..value.span().end) });
            }
        }
    }
}
