//! The values of columns: as bytes, and as JSON.

use arrow_array::cast::AsArray;
use arrow_array::types::{
    Date32Type, Date64Type, Decimal128Type, Float16Type, Float32Type, Float64Type,
    TimestampMicrosecondType, TimestampMillisecondType, TimestampNanosecondType,
    TimestampSecondType,
};
use arrow_array::{Array, ArrayRef, downcast_integer_array};
use arrow_buffer::ArrowNativeType;
use arrow_schema::{DataType, TimeUnit};
use serde::Serialize;

use crate::command::train::dataset::dropped::Reason;
use crate::command::train::dataset::sources::row::{MAX_ROW, too_large};

/// Returns whether the values are strings, or all null.
pub fn is_text(kind: &DataType) -> bool {
    match kind {
        DataType::Null | DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => true,
        DataType::Dictionary(_, values) => is_text(values),
        _ => false,
    }
}

/// Returns whether the values are bytes.
pub fn is_binary(kind: &DataType) -> bool {
    match kind {
        DataType::Binary | DataType::LargeBinary | DataType::BinaryView => true,
        DataType::Dictionary(_, values) => is_binary(values),
        _ => false,
    }
}

/// Returns the value of a string or of bytes, unless it is null.
pub fn bytes(values: &dyn Array, i: usize) -> Option<&[u8]> {
    if values.is_null(i) {
        return None;
    }
    Some(match values.data_type() {
        DataType::Utf8 => values.as_string::<i32>().value(i).as_bytes(),
        DataType::LargeUtf8 => values.as_string::<i64>().value(i).as_bytes(),
        DataType::Utf8View => values.as_string_view().value(i).as_bytes(),
        DataType::Binary => values.as_binary::<i32>().value(i),
        DataType::LargeBinary => values.as_binary::<i64>().value(i),
        DataType::BinaryView => values.as_binary_view().value(i),
        DataType::Dictionary(..) => {
            let dictionary = values.as_any_dictionary();
            return bytes(dictionary.values(), key(dictionary.keys(), i)?);
        }
        _ => return None,
    })
}

/// Returns the index of a value in its dictionary.
fn key(keys: &dyn Array, i: usize) -> Option<usize> {
    downcast_integer_array!(
        keys => keys.value(i).to_usize(),
        _ => None,
    )
}

/// Returns whether JSON has such values, or strings for them.
pub fn is_json(kind: &DataType) -> bool {
    match kind {
        DataType::Boolean
        | DataType::Float16
        | DataType::Float32
        | DataType::Float64
        | DataType::Date32
        | DataType::Date64
        | DataType::Timestamp(..)
        | DataType::Decimal128(..) => true,
        DataType::List(item) | DataType::LargeList(item) | DataType::Map(item, _) => {
            is_json(item.data_type())
        }
        DataType::FixedSizeList(item, size) => *size >= 0 && is_json(item.data_type()),
        DataType::Struct(fields) => fields.iter().all(|field| is_json(field.data_type())),
        DataType::Dictionary(_, values) => is_json(values),
        kind => kind.is_integer() || is_text(kind),
    }
}

/// Appends the values of a row as a JSON object.
///
/// # Errors
/// The row is too large.
pub fn write_object<'v>(
    columns: impl Iterator<Item = (&'v str, &'v ArrayRef)>,
    i: usize,
    json: &mut String,
) -> Result<(), Reason> {
    json.push('{');
    for (n, (name, values)) in columns.enumerate() {
        if n > 0 {
            json.push(',');
        }
        put(json, name);
        json.push(':');
        write_json(values, i, json)?;
    }
    json.push('}');
    Ok(())
}

/// Appends a value as JSON.
///
/// # Errors
/// The row is too large: a few bytes can stand for many, as in dictionaries.
pub fn write_json(values: &dyn Array, i: usize, json: &mut String) -> Result<(), Reason> {
    if values.is_null(i) || *values.data_type() == DataType::Null {
        json.push_str("null");
        return check_length(json.len());
    }
    match values.data_type() {
        DataType::Boolean => put(json, values.as_boolean().value(i)),
        // As Python's json would write what JSON lacks: NaN is null.
        DataType::Float16 => put(
            json,
            f32::from(values.as_primitive::<Float16Type>().value(i)),
        ),
        DataType::Float32 => put(json, values.as_primitive::<Float32Type>().value(i)),
        DataType::Float64 => put(json, values.as_primitive::<Float64Type>().value(i)),
        DataType::Decimal128(..) => {
            put(
                json,
                values.as_primitive::<Decimal128Type>().value_as_string(i),
            );
        }
        DataType::Date32 => {
            let date = values.as_primitive::<Date32Type>().value_as_date(i);
            put(json, date.map(|date| date.to_string()));
        }
        DataType::Date64 => {
            let date = values.as_primitive::<Date64Type>().value_as_date(i);
            put(json, date.map(|date| date.to_string()));
        }
        DataType::Timestamp(unit, zone) => {
            let time = match unit {
                TimeUnit::Second => values
                    .as_primitive::<TimestampSecondType>()
                    .value_as_datetime(i),
                TimeUnit::Millisecond => values
                    .as_primitive::<TimestampMillisecondType>()
                    .value_as_datetime(i),
                TimeUnit::Microsecond => values
                    .as_primitive::<TimestampMicrosecondType>()
                    .value_as_datetime(i),
                TimeUnit::Nanosecond => values
                    .as_primitive::<TimestampNanosecondType>()
                    .value_as_datetime(i),
            };
            // Times with a zone are stored in UTC.
            let zone = if zone.is_some() { "Z" } else { "" };
            put(json, time.map(|time| format!("{time:?}{zone}")));
        }
        DataType::List(_) => write_list(&values.as_list::<i32>().value(i), json)?,
        DataType::LargeList(_) => write_list(&values.as_list::<i64>().value(i), json)?,
        DataType::FixedSizeList(..) => write_list(&values.as_fixed_size_list().value(i), json)?,
        DataType::Map(..) => write_list(&values.as_map().value(i), json)?,
        DataType::Struct(fields) => {
            let names = fields.iter().map(|field| field.name().as_str());
            write_object(names.zip(values.as_struct().columns()), i, json)?;
        }
        DataType::Dictionary(..) => {
            let dictionary = values.as_any_dictionary();
            if let Some(key) = key(dictionary.keys(), i) {
                write_json(dictionary.values(), key, json)?;
            }
        }
        kind if kind.is_integer() => downcast_integer_array!(
            values => put(json, values.value(i)),
            _ => {}
        ),
        _ => {
            let text = bytes(values, i).unwrap_or_default();
            check_length(json.len() + text.len())?;
            put(json, String::from_utf8_lossy(text));
        }
    }
    check_length(json.len())
}

/// Appends a list. A map is a list of structs, each with a key and a value.
fn write_list(values: &dyn Array, json: &mut String) -> Result<(), Reason> {
    json.push('[');
    for i in 0..values.len() {
        if i > 0 {
            json.push(',');
        }
        write_json(values, i, json)?;
    }
    json.push(']');
    Ok(())
}

fn put(json: &mut String, value: impl Serialize) {
    let value = serde_json::to_string(&value);
    json.push_str(&value.expect("a plain value is JSON"));
}

fn check_length(length: usize) -> Result<(), Reason> {
    match length as u64 > MAX_ROW {
        true => Err(too_large(length, MAX_ROW)),
        false => Ok(()),
    }
}
