//! YAML as JSON text, members in their order, and never much more of it than was written.

use std::fmt::{self, Display};

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_saphyr::{
    UserMessageFormatter,
    budget::BudgetBreach,
    options::{DuplicateKeyPolicy, NonFiniteFloatPolicy},
};

use super::{Problem, SIZE_LIMIT, invalid, printable};
use crate::plan::Reason;

/// The most bytes of JSON that a text of YAML may become. Quotes and braces make more of a text; so do aliases, without end.
const EXPANDED_LIMIT: usize = 4 * SIZE_LIMIT;

/// The deepest nesting: 20 properties in one another. In a build without optimization a level takes 25 KiB of stack, and threads have 2 MiB.
/// JSON may be nested deeper.
const DEPTH_LIMIT: usize = 48;

/// The most that is told of what the parser says, in bytes: it may name keys.
const TOLD_LIMIT: usize = 300;

/// The JSON text that says what a text of YAML says.
pub(super) fn to_json(yaml: &str) -> Result<String, Problem> {
    // An alias may stand for a long text, and for other aliases: events are bounded here, and bytes where they are written. Nothing of
    // the text is shown in messages.
    let options = serde_saphyr::options! {
        budget: serde_saphyr::budget! {
            max_depth: DEPTH_LIMIT,
            max_nodes: SIZE_LIMIT,
        },
        alias_limits: serde_saphyr::alias_limits! {
            max_total_replayed_events: 200_000,
            max_replay_stack_depth: 32,
        },
        duplicate_keys: DuplicateKeyPolicy::Error,
        non_finite_float_policy: NonFiniteFloatPolicy::PassThrough,
        // `no` is a word in YAML 1.2, and the code of a country.
        strict_booleans: true,
        with_snippet: false,
    };
    let mut written = Json { text: String::new(), is_full: false };
    let read = serde_saphyr::with_deserializer_from_str_with_options(yaml, options, |yaml| written.deserialize(yaml));
    match read {
        Ok(()) => Ok(written.text),
        Err(_) if written.is_full => Err(Problem {
            reason: Reason::SchemaTooLarge,
            message: format!(
                "The document has more than {EXPANDED_LIMIT} bytes when its aliases are written out, and AWS takes {SIZE_LIMIT} at most"
            ),
        }),
        Err(serde_saphyr::Error::Budget { breach: BudgetBreach::Depth { .. }, .. }) => Err(invalid(format!(
            "The document is nested deeper than {DEPTH_LIMIT} levels, which is too deep for YAML here; convert it to JSON"
        ))),
        Err(error) => {
            let told = printable(&error.render_with_formatter(&UserMessageFormatter), TOLD_LIMIT);
            Err(invalid(format!("The document is neither JSON nor YAML: {told}")))
        }
    }
}

/// What has been written so far. As a seed it writes the next value.
struct Json {
    text: String,
    is_full: bool,
}

impl Json {
    fn write<E: Error>(&mut self, piece: &str) -> Result<(), E> {
        self.is_full = self.text.len() + piece.len() > EXPANDED_LIMIT;
        if self.is_full {
            return Err(E::custom("it is too large"));
        }
        self.text.push_str(piece);
        Ok(())
    }

    fn write_text<E: Error>(&mut self, text: &str) -> Result<(), E> {
        self.write(&serde_json::Value::from(text).to_string())
    }

    fn write_shown<E: Error>(&mut self, value: impl Display) -> Result<(), E> {
        self.write(&value.to_string())
    }
}

impl<'de> DeserializeSeed<'de> for &mut Json {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, value: D) -> Result<(), D::Error> {
        value.deserialize_any(self)
    }
}

/// The next value of a list, after a comma where it is not the first.
struct Item<'json> {
    json: &'json mut Json,
    start: usize,
}

impl<'de> DeserializeSeed<'de> for Item<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, value: D) -> Result<(), D::Error> {
        if self.json.text.len() > self.start {
            self.json.write(",")?;
        }
        value.deserialize_any(self.json)
    }
}

impl<'de> Visitor<'de> for &mut Json {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("what JSON can say")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        self.write("{")?;
        let mut separator = "";
        // A key that is no text, as the 200 of a response, is what it is written as.
        while let Some(key) = map.next_key::<String>()? {
            self.write(separator)?;
            self.write_text(&key)?;
            self.write(":")?;
            map.next_value_seed(&mut *self)?;
            separator = ",";
        }
        self.write("}")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        self.write("[")?;
        let start = self.text.len();
        while list.next_element_seed(Item { json: self, start })?.is_some() {}
        self.write("]")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<(), E> {
        self.write_text(text)
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<(), E> {
        self.write_shown(value)
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<(), E> {
        self.write_shown(value)
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<(), E> {
        self.write_shown(value)
    }

    fn visit_i128<E: Error>(self, value: i128) -> Result<(), E> {
        self.write_shown(value)
    }

    fn visit_u128<E: Error>(self, value: u128) -> Result<(), E> {
        self.write_shown(value)
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<(), E> {
        // The parser's own refusal would show the number.
        if !value.is_finite() {
            return Err(E::custom("JSON has no infinite numbers"));
        }
        self.write_shown(serde_json::Value::from(value))
    }

    fn visit_unit<E: Error>(self) -> Result<(), E> {
        self.write("null")
    }

    fn visit_none<E: Error>(self) -> Result<(), E> {
        self.write("null")
    }

    fn visit_some<D: Deserializer<'de>>(self, value: D) -> Result<(), D::Error> {
        value.deserialize_any(self)
    }
}
