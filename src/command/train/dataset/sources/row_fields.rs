//! The fields of a row, unchanged: a `serde_json::Value` would take objects with certain keys for
//! numbers.

use std::collections::HashSet;
use std::fmt;

use serde::de::{Deserialize, Deserializer, Error as _, MapAccess, Visitor};
use serde_json::Error;
use serde_json::error::Category;
use serde_json::value::RawValue;

/// The fields of a JSON object, in order. Of fields with the same key, only the last is kept.
pub struct RowFields<'j>(pub Vec<(LossyText, &'j RawValue)>);

/// A string with U+FFFD in place of each lone surrogate: JSON can spell halves of characters.
#[derive(PartialEq, Eq, Hash)]
pub struct LossyText(pub String);

impl<'j> Deserialize<'j> for RowFields<'j> {
    fn deserialize<D: Deserializer<'j>>(deserializer: D) -> Result<Self, D::Error> {
        struct RowFieldsVisitor;

        impl<'j> Visitor<'j> for RowFieldsVisitor {
            type Value = RowFields<'j>;

            fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
                f.write_str("a map")
            }

            fn visit_map<A: MapAccess<'j>>(self, mut map: A) -> Result<RowFields<'j>, A::Error> {
                let mut fields: Vec<(LossyText, &RawValue)> = Vec::new();
                while let Some(field) = map.next_entry()? {
                    fields.push(field);
                }
                let mut keys = HashSet::new();
                let last: Vec<bool> = fields
                    .iter()
                    .rev()
                    .map(|(key, _)| keys.insert(key))
                    .collect();
                let mut last = last.into_iter().rev();
                fields.retain(|_| last.next() == Some(true));
                Ok(RowFields(fields))
            }
        }

        deserializer.deserialize_map(RowFieldsVisitor)
    }
}

impl<'j> Deserialize<'j> for LossyText {
    fn deserialize<D: Deserializer<'j>>(deserializer: D) -> Result<Self, D::Error> {
        struct LossyTextVisitor;

        impl Visitor<'_> for LossyTextVisitor {
            type Value = LossyText;

            fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
                f.write_str("a string")
            }

            fn visit_str<E>(self, text: &str) -> Result<LossyText, E> {
                Ok(LossyText(text.to_owned()))
            }

            /// A surrogate arrives as three bytes, of which only the first is in the range of first
            /// bytes.
            fn visit_bytes<E>(self, bytes: &[u8]) -> Result<LossyText, E> {
                let mut text = String::with_capacity(bytes.len());
                for chunk in bytes.utf8_chunks() {
                    text.push_str(chunk.valid());
                    if chunk.invalid().first().is_some_and(|byte| *byte >= 0xC0) {
                        text.push(char::REPLACEMENT_CHARACTER);
                    }
                }
                Ok(LossyText(text))
            }
        }

        deserializer.deserialize_bytes(LossyTextVisitor)
    }
}

impl<'j> RowFields<'j> {
    /// Removes and returns the field with this key.
    pub fn remove(&mut self, key: &str) -> Option<&'j RawValue> {
        let index = self.0.iter().position(|(other, _)| other.0 == key)?;
        Some(self.0.remove(index).1)
    }

    /// Returns the fields as a JSON object without white space.
    ///
    /// # Errors
    /// Values are nested too deeply.
    pub fn compact(&self) -> Result<String, Error> {
        let mut json = String::new();
        self.write(&mut json, DEPTH)?;
        Ok(json)
    }

    fn write(&self, json: &mut String, depth: usize) -> Result<(), Error> {
        json.push('{');
        for (i, (key, value)) in self.0.iter().enumerate() {
            if i > 0 {
                json.push(',');
            }
            json.push_str(&serde_json::to_string(&key.0)?);
            json.push(':');
            write(value, json, depth)?;
        }
        json.push('}');
        Ok(())
    }
}

/// How deeply values may be nested, as in the rest of serde_json.
const DEPTH: usize = 127;

/// How serde_json reports values that are nested too deeply.
const TOO_DEEP: &str = "recursion limit exceeded";

/// Describes what is wrong with a row, after a colon, or returns an empty text for JSON that is not
/// an object.
pub fn problem(error: &Error) -> String {
    match error.classify() {
        _ if error.to_string().starts_with(TOO_DEEP) => {
            format!(": its values are nested in more than {DEPTH} levels")
        }
        Category::Eof => ": it ends early".to_owned(),
        Category::Syntax => format!(": syntax error at column {}", error.column()),
        Category::Data | Category::Io => String::new(),
    }
}

fn write(value: &RawValue, json: &mut String, depth: usize) -> Result<(), Error> {
    let text = value.get();
    if depth == 0 {
        return Err(Error::custom(TOO_DEEP));
    }
    match text.as_bytes().first() {
        Some(b'{') => serde_json::from_str::<RowFields>(text)?.write(json, depth - 1)?,
        Some(b'[') => {
            json.push('[');
            let elements: Vec<&RawValue> = serde_json::from_str(text)?;
            for (i, element) in elements.into_iter().enumerate() {
                if i > 0 {
                    json.push(',');
                }
                write(element, json, depth - 1)?;
            }
            json.push(']');
        }
        Some(b'"') => {
            let text: LossyText = serde_json::from_str(text)?;
            json.push_str(&serde_json::to_string(&text.0)?);
        }
        _ => json.push_str(text),
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn compact(json: &str) -> Result<String, String> {
        let fields: RowFields = serde_json::from_str(json).map_err(|error| error.to_string())?;
        fields.compact().map_err(|error| error.to_string())
    }

    #[test]
    fn all_values_are_kept() {
        for json in [
            r#"{}"#,
            r#"{"a":{"$serde_json::private::Number":"x"},"b":{"$serde_json::private::RawValue":"y"}}"#,
            r#"{"$serde_json::private::Number":"1.5"}"#,
            r#"{"n":[1.50,-0,12345678901234567890123,1e5,null,true],"é\"\\\u0001":"\n"}"#,
        ] {
            assert_eq!(compact(json).as_deref(), Ok(json));
        }
        assert_eq!(
            compact(r#" { "a" : [ 1 , { } ] , "b" : "\u00e9" , "a" : 2 } "#).as_deref(),
            Ok(r#"{"b":"é","a":2}"#)
        );
        assert_eq!(
            compact(r#"{"\ud83d": ["a\ud83d\ude00\ude00b"]}"#).as_deref(),
            Ok("{\"\u{FFFD}\":[\"a😀\u{FFFD}b\"]}")
        );
    }

    #[test]
    fn deeply_nested_values_are_refused() {
        let nested = |depth: usize| {
            compact(&format!(
                r#"{{"a":{}{}}}"#,
                "[".repeat(depth),
                "]".repeat(depth)
            ))
        };
        assert!(nested(127).is_ok());
        assert_eq!(nested(128), Err(TOO_DEEP.to_owned()));
        assert!(nested(10_000).is_err());
    }
}
