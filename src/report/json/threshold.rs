//! The threshold of a run in JSON: written as one word, and read back.

use serde::de::IntoDeserializer;
use serde::de::value::{Error as WordError, StrDeserializer};
use serde::{Deserialize, Serialize};

use crate::finding::Severity;
use crate::policy::Threshold;
use crate::report::threshold_name;

/// The threshold, as a report writes it.
pub(in crate::report) struct FailOn(pub(in crate::report) Threshold);

impl Serialize for FailOn {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(threshold_name(self.0))
    }
}

impl<'de> Deserialize<'de> for FailOn {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let word = String::deserialize(deserializer)?;
        if word == "never" {
            return Ok(Self(Threshold::Never));
        }
        let plain: StrDeserializer<'_, WordError> = word.as_str().into_deserializer();
        Severity::deserialize(plain).map(|severity| Self(Threshold::At(severity))).map_err(serde::de::Error::custom)
    }
}
