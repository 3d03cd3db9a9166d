//! What a request says besides its action and its resource.

use std::collections::BTreeMap;

/// Condition keys and their values.
#[derive(Clone, Debug, Default)]
pub(in crate::aws) struct Facts {
    /// By the key in small letters: IAM does not look at the case of keys.
    values: BTreeMap<String, Vec<String>>,
    is_of_nothing: bool,
}

impl Facts {
    /// Gives a key one more value.
    pub(in crate::aws) fn add(&mut self, key: &str, value: impl Into<String>) {
        self.values.entry(key.to_ascii_lowercase()).or_default().push(value.into());
    }

    /// Gives a key this value and no other.
    pub(in crate::aws) fn set(&mut self, key: &str, value: impl Into<String>) {
        self.values.insert(key.to_ascii_lowercase(), vec![value.into()]);
    }

    /// The values of a key; none when it is not there.
    pub(super) fn values(&self, key: &str) -> &[String] {
        self.values.get(&key.to_ascii_lowercase()).map_or(&[], Vec::as_slice)
    }

    /// Says that the resource is not there: then nothing is known of its tags, and no condition on them holds.
    pub(in crate::aws) fn are_of_nothing(&mut self) {
        self.is_of_nothing = true;
    }

    /// Whether the resource is not there.
    pub(in crate::aws) fn is_of_nothing(&self) -> bool {
        self.is_of_nothing
    }
}
