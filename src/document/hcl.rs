//! HCL into the tree, in the shape that Terraform's JSON syntax has: labels of blocks become keys.

use std::ops::Range;

use hcl_edit::Span;
use hcl_edit::expr::{Expression, ObjectKey};
use hcl_edit::structure::{Block, Body, Structure};
use hcl_edit::template::{Element, StringTemplate, Template};

use super::arena::{Document, Id, Value};
use super::hcl_items::items;

/// Reads the file; where it does not parse as a whole, item by item.
pub(super) fn read(text: &str) -> Document {
    let mut reader = Reader { text, offset: 0, document: Document::default() };
    let mut bodies: Vec<(usize, Body)> = Vec::new();
    match hcl_edit::parser::parse_body(text) {
        Ok(body) => bodies.push((0, body)),
        Err(_) => {
            for item in items(text) {
                match hcl_edit::parser::parse_body(&text[item.clone()]) {
                    Ok(body) => bodies.push((item.start, body)),
                    Err(error) => {
                        reader.document.add_gap(item.start + error.location().offset(), error.message().to_owned());
                    }
                }
            }
        }
    }
    let id = reader.bodies(&bodies.iter().map(|(offset, body)| (*offset, body)).collect::<Vec<_>>(), 0..text.len());
    reader.document.add_root(id);
    reader.document
}

struct Reader<'a> {
    text: &'a str,
    /// Where the item that is read begins in the file.
    offset: usize,
    document: Document,
}

/// A block, and where its item begins.
type Placed<'b> = (usize, &'b Block);

impl Reader<'_> {
    fn place(&self, span: Option<Range<usize>>) -> Range<usize> {
        span.map_or(0..0, |span| span.start + self.offset..span.end + self.offset)
    }

    /// One map of the attributes and blocks of several bodies.
    fn bodies(&mut self, bodies: &[(usize, &Body)], span: Range<usize>) -> Id {
        let mut pairs = Vec::new();
        let mut blocks: Vec<(&str, Vec<Placed<'_>>)> = Vec::new();
        for (offset, body) in bodies {
            self.offset = *offset;
            for structure in body.iter() {
                match structure {
                    Structure::Attribute(attribute) => {
                        let place = self.place(attribute.key.span());
                        let key = self.document.add(Value::Scalar(attribute.key.as_str().to_owned()), place);
                        let value = self.expression(&attribute.value);
                        pairs.push((key, value));
                    }
                    Structure::Block(block) => add(&mut blocks, block.ident.as_str(), (*offset, block)),
                }
            }
        }
        for (name, group) in blocks {
            pairs.push(self.entry(name, &group, 0));
        }
        self.document.add(Value::Map(pairs), span)
    }

    /// The key for a group of blocks that have it in common, and what stands under it.
    fn entry(&mut self, name: &str, group: &[Placed<'_>], label: usize) -> (Id, Id) {
        let place = group.first().map_or(0..0, |(offset, block)| {
            let span = if label == 0 { block.ident.span() } else { block.labels[label - 1].span() };
            span.map_or(0..0, |span| span.start + offset..span.end + offset)
        });
        let key = self.document.add(Value::Scalar(name.to_owned()), place.clone());
        (key, self.blocks(group, label, place))
    }

    fn blocks(&mut self, group: &[Placed<'_>], label: usize, place: Range<usize>) -> Id {
        let mut named: Vec<(&str, Vec<Placed<'_>>)> = Vec::new();
        let mut bare = Vec::new();
        for &(offset, block) in group {
            match block.labels.get(label) {
                Some(text) => add(&mut named, text.as_str(), (offset, block)),
                None => bare.push((offset, block)),
            }
        }
        if named.is_empty() {
            let made: Vec<Id> = bare.iter().map(|(offset, block)| self.block(*offset, block)).collect();
            return match made[..] {
                [one] => one,
                _ => self.document.add(Value::List(made), place),
            };
        }
        let pairs = named.into_iter().map(|(name, group)| self.entry(name, &group, label + 1)).collect();
        self.document.add(Value::Map(pairs), place)
    }

    fn block(&mut self, offset: usize, block: &Block) -> Id {
        self.offset = offset;
        let span = self.place(block.span());
        self.bodies(&[(offset, &block.body)], span)
    }

    fn expression(&mut self, expression: &Expression) -> Id {
        let span = self.place(expression.span());
        let value = match expression {
            Expression::Null(_) => Value::Scalar(String::new()),
            Expression::Bool(truth) => Value::Scalar(truth.value().to_string()),
            Expression::Number(number) => Value::Scalar(number.value().to_string()),
            Expression::String(text) => Value::Scalar(text.as_str().to_owned()),
            Expression::StringTemplate(template) => Value::Scalar(self.string(template)),
            Expression::HeredocTemplate(heredoc) => Value::Scalar(self.template(&heredoc.template)),
            Expression::Array(array) => Value::List(array.iter().map(|item| self.expression(item)).collect()),
            Expression::Object(object) => {
                Value::Map(object.iter().map(|(key, value)| (self.key(key), self.expression(value.expr()))).collect())
            }
            Expression::Parenthesis(inner) => return self.expression(inner.inner()),
            // What is encoded is what counts.
            Expression::FuncCall(call) if call.name.name.as_str() == "jsonencode" => match call.args.iter().next() {
                Some(argument) => return self.expression(argument),
                None => Value::Scalar(String::new()),
            },
            _ => Value::Scalar(format!("${{{}}}", self.source(&span))),
        };
        self.document.add(value, span)
    }

    fn key(&mut self, key: &ObjectKey) -> Id {
        match key {
            ObjectKey::Ident(name) => {
                let place = self.place(name.span());
                self.document.add(Value::Scalar(name.as_str().to_owned()), place)
            }
            ObjectKey::Expression(expression) => self.expression(expression),
        }
    }

    fn source(&self, span: &Range<usize>) -> String {
        self.text.get(span.clone()).unwrap_or_default().split_whitespace().collect::<Vec<_>>().join(" ")
    }

    fn string(&self, template: &StringTemplate) -> String {
        template.iter().map(|element| self.element(element)).collect()
    }

    fn template(&self, template: &Template) -> String {
        template.iter().map(|element| self.element(element)).collect()
    }

    fn element(&self, element: &Element) -> String {
        match element {
            Element::Literal(text) => text.as_str().to_owned(),
            other => self.source(&self.place(other.span())),
        }
    }
}

fn add<'b>(groups: &mut Vec<(&'b str, Vec<Placed<'b>>)>, name: &'b str, block: Placed<'b>) {
    match groups.iter_mut().find(|(known, _)| *known == name) {
        Some((_, group)) => group.push(block),
        None => groups.push((name, vec![block])),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_become_maps() {
        let text = "resource \"a\" \"x\" {\n  n = 1\n  in { p = 80 }\n  in { p = 81 }\n}\nresource \"a\" \"y\" { s = \"v-${var.z}\" }\n";
        let document = read(text);
        let root = document.root().unwrap();
        assert_eq!(root.canonical(), "{resource:{a:{x:{in:[{p:80,},{p:81,},],n:1,},y:{s:v-${var.z},},},},}");
        let n = root.path(&["resource", "a", "x", "n"]).unwrap();
        assert_eq!(&text[n.span()], " 1".trim());
    }

    #[test]
    fn what_is_encoded_is_read_through() {
        let document =
            read("a = jsonencode({ Statement = [{ \"Effect\" : \"Allow\" }] })\nb = <<-E\n  {\"c\": 1}\n  E\n");
        assert_eq!(document.root().unwrap().canonical(), "{a:{Statement:[{Effect:Allow,},],},b:{\"c\": 1}\n,}");
    }

    #[test]
    fn a_broken_block_costs_itself_only() {
        let document = read("a = 1\nresource \"x\" \"y\" {\n  b = \n}\nresource \"x\" \"z\" {\n  c = 2\n}\n");
        assert_eq!(document.gaps().len(), 1);
        assert_eq!(document.root().unwrap().canonical(), "{a:1,resource:{x:{z:{c:2,},},},}");
        assert!(!read(&"[".repeat(100_000)).gaps().is_empty());
        assert!(!read(&"a {\n".repeat(100_000)).gaps().is_empty());
    }
}
