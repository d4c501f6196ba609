//! One file of a change, as areas see it: the signs of its path, and whether anybody works in it.

use crate::detect::code::place::{Place, says_generated};
use crate::detect::shown::sides;
use crate::rule::{Area, Areas, CompiledRule, Ecosystem, PathSign, RuleSet};
use crate::text::Text;
use crate::unit::Unit;

/// One file of a change, as areas see it.
pub(super) struct Case<'a> {
    pub(super) set: &'a RuleSet,
    pub(super) areas: &'a Areas,
    pub(super) unit: &'a Unit<'a>,
    pub(super) signs: Vec<(usize, PathSign)>,
    pub(super) path: String,
    pub(super) extension: String,
}

impl<'a> Case<'a> {
    pub(super) fn of(set: &'a RuleSet, unit: &'a Unit<'a>) -> Self {
        let path = String::from_utf8_lossy(unit.path.as_bytes()).into_owned();
        let name = path.rsplit('/').next().unwrap_or_default();
        let extension = name.rsplit_once('.').map_or("", |(_, extension)| extension).to_ascii_lowercase();
        let areas = set.areas();
        let area = |at| Self::rule_at(set, at).and_then(|rule| rule.rule().area.as_ref());
        let mut signs = areas.of_path(&path, &extension, area);
        // What the forge reads there is named after what it builds.
        if path.starts_with(".github/") {
            signs.retain(|(_, sign)| *sign == PathSign::File);
        }
        if let Some(old) = &unit.old_path {
            for (at, sign) in areas.of_path(&String::from_utf8_lossy(old.as_bytes()), &extension, area) {
                match signs.iter_mut().find(|(known, _)| *known == at) {
                    Some((_, known)) if *known < sign => *known = sign,
                    Some(_) => {}
                    None => signs.push((at, sign)),
                }
            }
        }
        Self { set, areas, unit, signs, path, extension }
    }

    fn rule_at(set: &'a RuleSet, area: usize) -> Option<&'a CompiledRule> {
        set.areas().all().get(area).and_then(|place| set.rules().get(*place))
    }

    pub(super) fn rule(&self, area: usize) -> Option<&'a CompiledRule> {
        Self::rule_at(self.set, area)
    }

    pub(super) fn area(&self, area: usize) -> Option<&'a Area> {
        self.rule(area).and_then(|rule| rule.rule().area.as_ref())
    }

    pub(super) fn sign(&self, area: usize) -> Option<&PathSign> {
        self.signs.iter().find(|(at, _)| *at == area).map(|(_, sign)| sign)
    }

    /// True for code and settings that people write; of prose only what is known by its name.
    pub(super) fn is_live(&self) -> bool {
        let is_known = self.signs.iter().any(|(_, sign)| *sign == PathSign::File);
        match Place::of(&self.path.to_ascii_lowercase()) {
            Place::Live => is_known || !self.sides().any(|text| says_generated(text.bytes())),
            Place::Prose | Place::Generated => is_known,
            Place::Docs | Place::Test | Place::Looks | Place::Vendored => false,
        }
    }

    pub(super) fn sides(&self) -> impl Iterator<Item = &'a Text<'a>> {
        let (old, new) = sides(&self.unit.change);
        old.into_iter().chain(new)
    }

    /// True for the formats in which phrases mean something.
    pub(super) fn has_phrases(&self) -> bool {
        const MORE: [&str; 24] = [
            "c",
            "cc",
            "cpp",
            "cxx",
            "h",
            "hpp",
            "sh",
            "bash",
            "sql",
            "erb",
            "conf",
            "toml",
            "yml",
            "yaml",
            "ini",
            "properties",
            "env",
            "lua",
            "pl",
            "pm",
            "clj",
            "hs",
            "jsp",
            "ps1",
        ];
        Ecosystem::of(&self.extension).is_some() || MORE.contains(&self.extension.as_str())
    }
}
