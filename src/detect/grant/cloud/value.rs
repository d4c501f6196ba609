//! Values of infrastructure files that are put together: CloudFormation's functions, references, partitions.

use crate::document::Node;

/// Levels of functions within functions that are followed.
const DEEPEST: usize = 8;

/// The texts that a value stands for: one, a list, or a function of CloudFormation. What is not known until it is
/// deployed keeps its name in `${}`.
pub(super) fn texts(node: Node<'_>) -> Vec<String> {
    let mut out = Vec::new();
    gather(node, 0, &mut out);
    out
}

/// The one text that a value stands for.
pub(super) fn text(node: Node<'_>) -> Option<String> {
    texts(node).into_iter().next()
}

fn gather(node: Node<'_>, level: usize, out: &mut Vec<String>) {
    if level > DEEPEST {
        return;
    }
    if let Some((name, argument)) = function(node) {
        return call(name, argument, level, out);
    }
    if node.is_list() {
        node.items().for_each(|item| gather(item, level + 1, out));
    } else if let Some(text) = node.text().filter(|text| !text.is_empty()) {
        out.push(text.replace("&{", "${"));
    } else if node.is_map() {
        out.push(format!("${{{}}}", node.canonical().replace(['*', '?'], "·")));
    }
}

/// `!Sub x` and `{"Fn::Sub": x}` alike: the function's name and its argument.
fn function(node: Node<'_>) -> Option<(&str, Node<'_>)> {
    if let Some(tag) = node.tag().and_then(|tag| tag.strip_prefix('!')).filter(|tag| !tag.starts_with('!')) {
        return Some((tag, node));
    }
    if !node.is_map() {
        return None;
    }
    let entries = node.entries();
    let [(key, value)] = entries.as_slice() else { return None };
    match key.text()? {
        "Ref" => Some(("Ref", *value)),
        name => name.strip_prefix("Fn::").map(|name| (name, *value)),
    }
}

fn call(name: &str, argument: Node<'_>, level: usize, out: &mut Vec<String>) {
    let mut items = argument.items();
    match name {
        "Ref" => out.extend(argument.text().filter(|name| *name != "AWS::NoValue").map(|name| format!("${{{name}}}"))),
        "GetAtt" => {
            let parts: Vec<&str> = argument.texts().collect();
            out.push(format!("${{{}}}", parts.join(".")));
        }
        "Sub" => out.extend(argument.text().or_else(|| items.next()?.text()).map(str::to_owned)),
        "Join" => {
            let between = items.next().and_then(Node::text).unwrap_or_default();
            let mut parts = Vec::new();
            items.for_each(|item| gather(item, level + 1, &mut parts));
            out.push(parts.join(between));
        }
        "If" => items.skip(1).for_each(|item| gather(item, level + 1, out)),
        _ => out.push(format!("${{{name} {}}}", argument.canonical().replace(['*', '?'], "·"))),
    }
}

/// The items of a list, with both branches of what depends on a condition.
pub(super) fn branches<'d>(node: Node<'d>) -> Vec<Node<'d>> {
    let of = |item: Node<'d>| match function(item) {
        Some(("If", argument)) => argument.items().skip(1).flat_map(Node::one_or_many).collect(),
        _ => vec![item],
    };
    match function(node) {
        Some(("If", argument)) => argument.items().skip(1).flat_map(Node::one_or_many).flat_map(of).collect(),
        _ => node.one_or_many().flat_map(of).collect(),
    }
}

/// An ARN with its own partition by name: a reference to the partition one is in says the same as `aws`.
pub(super) fn arn(text: &str) -> String {
    let Some(rest) = text.strip_prefix("arn:${") else { return text.to_owned() };
    match rest.split_once('}') {
        Some((name, rest)) if name.to_ascii_lowercase().contains("partition") => format!("arn:aws{rest}"),
        _ => text.to_owned(),
    }
}

/// The name behind a reference: `${aws_iam_role.r.id}` and `${aws_iam_role.r[0].arn}` both are `aws_iam_role.r`.
pub(super) fn referred(text: &str) -> String {
    let Some(inner) = text.strip_prefix("${").and_then(|text| text.strip_suffix('}')) else { return text.to_owned() };
    let parts: Vec<&str> = inner.split('.').collect();
    let count = if matches!(parts.first(), Some(&("data" | "module"))) { 3 } else { 2 };
    let name = |part: &&str| part.split('[').next().unwrap_or_default().to_owned();
    parts.iter().take(count).map(name).collect::<Vec<_>>().join(".")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document;

    #[test]
    fn functions_read_alike_in_both_formats() {
        let yaml = document::yaml("- !Ref A\n- !GetAtt B.Arn\n- !Sub 'x${B}'\n- !Join ['/', [!GetAtt B.Arn, '*']]\n");
        let json = document::json(
            r#"[{"Ref":"A"},{"Fn::GetAtt":["B","Arn"]},{"Fn::Sub":"x${B}"},{"Fn::Join":["/",[{"Fn::GetAtt":["B","Arn"]},"*"]]}]"#,
        );
        let expected = ["${A}", "${B.Arn}", "x${B}", "${B.Arn}/*"];
        assert_eq!(texts(yaml.root().unwrap()), expected);
        assert_eq!(texts(json.root().unwrap()), expected);
    }

    #[test]
    fn names_behind_references() {
        assert_eq!(referred("${aws_iam_role.r[0].arn}"), "aws_iam_role.r");
        assert_eq!(referred("${module.m.id}"), "module.m.id");
        assert_eq!(referred("x"), "x");
        assert_eq!(arn("arn:${data.aws_partition.current.partition}:s3:::b"), "arn:aws:s3:::b");
        assert_eq!(arn("arn:${AWS::Partition}:s3:::b"), "arn:aws:s3:::b");
    }
}
