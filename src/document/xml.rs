//! XML as a list of elements that know their parents and places; nothing is expanded, so no text is too clever to read.

use std::borrow::Cow;
use std::ops::Range;

use quick_xml::Reader;
use quick_xml::escape::unescape;
use quick_xml::events::{BytesStart, Event};

use super::arena::MOST_LEVELS;
use super::arena::{Document, Gap, Id, Value};

/// Elements that are read.
const MOST_ELEMENTS: usize = 100_000;

/// An XML text, read as far as it goes.
#[derive(Debug, Default)]
pub struct Xml {
    /// In file order.
    pub elements: Vec<XmlElement>,
    /// Where reading stopped, if it did before the end.
    pub gap: Option<Gap>,
}

/// One element.
#[derive(Debug)]
pub struct XmlElement {
    /// Its name, with the prefix as written.
    pub name: String,
    /// Attributes in order, with their places.
    pub attributes: Vec<(String, String, Range<usize>)>,
    /// Index of the element around it.
    pub parent: Option<usize>,
    /// The text directly in it.
    pub text: String,
    /// From its start tag to its end tag.
    pub span: Range<usize>,
    /// Its start tag.
    pub tag: Range<usize>,
}

impl XmlElement {
    /// The value of an attribute.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(own, ..)| own == name).map(|(_, value, _)| value.as_str())
    }

    /// Where an attribute stands.
    pub fn place(&self, name: &str) -> Option<Range<usize>> {
        self.attributes.iter().find(|(own, ..)| own == name).map(|(.., span)| span.clone())
    }

    /// The name without its prefix.
    pub fn local(&self) -> &str {
        self.name.rsplit(':').next().unwrap_or_default()
    }
}

impl Xml {
    /// Indices of the elements directly within one.
    pub fn children(&self, of: usize) -> impl Iterator<Item = (usize, &XmlElement)> {
        let end = self.elements.get(of).map_or(0, |element| element.span.end);
        let inside = self.elements.iter().enumerate().skip(of + 1).take_while(move |(_, e)| e.span.start < end);
        inside.filter(move |(_, element)| element.parent == Some(of))
    }
}

/// Reads XML.
pub fn xml(text: &str) -> Xml {
    // The reader counts from behind a byte order mark.
    let skipped = text.len() - text.trim_start_matches('\u{feff}').len();
    let mut reading = Reading { text: &text[skipped..], skipped, open: Vec::new(), out: Xml::default() };
    reading.run();
    reading.out
}

struct Reading<'t> {
    text: &'t str,
    skipped: usize,
    open: Vec<usize>,
    out: Xml,
}

impl<'t> Reading<'t> {
    fn run(&mut self) {
        let mut reader = Reader::from_str(self.text);
        loop {
            let from = position(reader.buffer_position());
            let event = reader.read_event();
            let to = position(reader.buffer_position());
            match event {
                Err(error) => return self.stop(position(reader.error_position()), error.to_string()),
                Ok(Event::Eof) if self.open.is_empty() => return,
                Ok(Event::Eof) => return self.stop(self.text.len(), "an element is not closed".into()),
                Ok(Event::Start(tag)) => {
                    if self.open.len() >= MOST_LEVELS || self.out.elements.len() >= MOST_ELEMENTS {
                        return self.stop(from, "too many elements, or too deep".into());
                    }
                    let id = self.add(&tag, from..to);
                    self.open.push(id);
                }
                Ok(Event::Empty(tag)) => drop(self.add(&tag, from..to)),
                Ok(Event::End(_)) => {
                    if let Some(element) = self.open.pop().and_then(|id| self.out.elements.get_mut(id)) {
                        element.span.end = to + self.skipped;
                    }
                }
                Ok(Event::Text(_) | Event::GeneralRef(_)) => self.text(from..to),
                Ok(Event::CData(inner)) => self.say(&inner),
                Ok(_) => {}
            }
        }
    }

    fn stop(&mut self, at: usize, why: String) {
        // What is open reaches to here.
        for id in std::mem::take(&mut self.open) {
            if let Some(element) = self.out.elements.get_mut(id) {
                element.span.end = at + self.skipped;
            }
        }
        self.out.gap = Some(Gap { at: at + self.skipped, why });
    }

    fn add(&mut self, tag: &BytesStart<'t>, span: Range<usize>) -> usize {
        let name = tag.name().as_ref().to_owned();
        let span = span.start + self.skipped..span.end + self.skipped;
        let mut attributes = Vec::new();
        for attribute in tag.attributes().with_checks(false).flatten() {
            let key: &str = attribute.key.as_ref();
            let at = (key.as_ptr() as usize).saturating_sub(self.text.as_ptr() as usize) + self.skipped;
            let value: &str = &attribute.value;
            let end = (at + key.len() + value.len() + 3).min(span.end);
            let value = unescape(value).map_or_else(|_| value.to_owned(), Cow::into_owned);
            attributes.push((key.to_owned(), value, at..end));
        }
        let parent = self.open.last().copied();
        self.out.elements.push(XmlElement { name, attributes, parent, text: String::new(), tag: span.clone(), span });
        self.out.elements.len() - 1
    }

    fn text(&mut self, span: Range<usize>) {
        let raw = self.text.get(span).unwrap_or_default();
        self.say(&unescape(raw).unwrap_or(Cow::Borrowed(raw)));
    }

    fn say(&mut self, text: &str) {
        if let Some(element) = self.open.last().and_then(|&id| self.out.elements.get_mut(id)) {
            element.text.push_str(text);
        }
    }
}

fn position(at: u64) -> usize {
    usize::try_from(at).unwrap_or(usize::MAX)
}

/// Reads a property list in XML into the common tree.
pub fn plist(text: &str) -> Document {
    let read = xml(text);
    let mut document = Document::default();
    if let Some(gap) = &read.gap {
        document.add_gap(gap.at, gap.why.clone());
    }
    let mut made: Vec<Option<Id>> = vec![None; read.elements.len()];
    // Children stand behind their parents: built from the end, each finds its own ready.
    let mut inside: Vec<Vec<usize>> = vec![Vec::new(); read.elements.len()];
    for (at, element) in read.elements.iter().enumerate() {
        if let Some(list) = element.parent.and_then(|parent| inside.get_mut(parent)) {
            list.push(at);
        }
    }
    for (at, element) in read.elements.iter().enumerate().rev() {
        let own: Vec<(&XmlElement, Option<Id>)> = inside
            .get(at)
            .into_iter()
            .flatten()
            .filter_map(|&child| Some((read.elements.get(child)?, made.get(child).copied().flatten())))
            .collect();
        let id = value(&mut document, element, &own);
        if element.name == "plist" || (element.parent.is_none() && id.is_some()) {
            own.iter().filter_map(|(_, id)| *id).for_each(|id| document.add_root(id));
        }
        if let Some(slot) = made.get_mut(at) {
            *slot = id;
        }
    }
    document
}

fn value(document: &mut Document, element: &XmlElement, inside: &[(&XmlElement, Option<Id>)]) -> Option<Id> {
    let scalar = |text: &str| Value::Scalar(text.trim().to_owned());
    let made = match element.name.as_str() {
        "dict" => {
            let mut pairs = Vec::new();
            let mut key = None;
            for (child, id) in inside {
                match (child.name.as_str(), key, *id) {
                    ("key", _, id) => key = id,
                    (_, Some(name), Some(id)) => {
                        pairs.push((name, id));
                        key = None;
                    }
                    _ => {}
                }
            }
            Value::Map(pairs)
        }
        "array" => Value::List(inside.iter().filter_map(|(_, id)| *id).collect()),
        "true" | "false" => scalar(&element.name),
        "plist" => return None,
        _ => scalar(&element.text),
    };
    Some(document.add(made, element.span.clone()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elements_attributes_and_places() {
        let text = "\u{feff}<?xml version=\"1.0\"?>\r\n<!DOCTYPE m [<!ENTITY a \"b\">]>\n<m xmlns:n=\"http://s\">\n <!-- é --><u n:name=\"x&amp;y\" b='c'/>\n<k>é &a; b</k></m>";
        let read = xml(text);
        assert!(read.gap.is_none());
        let u = &read.elements[1];
        assert_eq!((u.name.as_str(), u.get("n:name"), u.parent), ("u", Some("x&y"), Some(0)));
        assert_eq!(&text[u.place("b").unwrap()], "b='c'");
        assert_eq!(&text[read.elements[0].span.clone()][..2], "<m");
        assert_eq!(read.children(0).count(), 2);
        assert!(xml("<a><b></a>").gap.is_some());
    }

    #[test]
    fn property_lists() {
        let text = "<plist version=\"1.0\"><dict><key>A</key><true/><key>B</key><array><string>x</string><string>y</string></array><key>C</key><dict><key>D</key><integer>1</integer></dict></dict></plist>";
        let document = plist(text);
        let root = document.root().unwrap();
        assert!(root.get("A").unwrap().is_true());
        assert_eq!(root.get("B").unwrap().texts().collect::<Vec<_>>(), ["x", "y"]);
        assert_eq!(root.path(&["C", "D"]).unwrap().number(), Some(1));
        assert_eq!(&text[root.get("A").unwrap().span()], "<true/>");
    }

    #[test]
    fn hostile_text_ends() {
        for text in ["<a>", "<", "<!--", "<a b='", "<!DOCTYPE l [<!ENTITY a \"b\">", "</a>", "<dict><key>"] {
            plist(&text.repeat(20_000));
        }
    }
}
