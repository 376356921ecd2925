//! The batches of an Arrow IPC stream.
//!
//! The messages are taken apart here, because arrow-ipc believes what they say about themselves: it would
//! panic at a buffer that is not in the message.

use std::collections::HashMap;
use std::io::{self, BufRead, Read};
use std::iter;
use std::sync::Arc;

use anyhow::{Context, Result, anyhow, bail};
use arrow_array::builder::GenericByteBuilder;
use arrow_array::cast::AsArray;
use arrow_array::types::{BinaryType, ByteArrayType, LargeBinaryType, LargeUtf8Type, Utf8Type};
use arrow_array::{Array, ArrayRef, RecordBatch, make_array};
use arrow_buffer::Buffer;
use arrow_data::transform::MutableArrayData;
use arrow_ipc::convert::try_fb_to_schema;
use arrow_ipc::reader::read_record_batch;
use arrow_ipc::{DictionaryBatch, Message, MessageHeader, root_as_message};
use arrow_schema::{ArrowError, DataType, Field, Schema, SchemaRef};

/// Iterates over the batches of a stream. Holds one at a time, and the dictionaries.
pub struct Batches<R> {
    input: R,
    /// The name of the stream in messages.
    name: String,
    schema: SchemaRef,
    dictionaries: HashMap<i64, ArrayRef>,
    /// True after the last batch: what follows an end mark is not a message.
    has_ended: bool,
}

/// The most bytes of what describes a batch, of a batch, and of all dictionaries.
const MAX_HEADER: u64 = 16 << 20;
const MAX_BODY: u64 = 2 << 30;

/// The most buffers of a batch, each of which takes 16 bytes in its header.
const MAX_BUFFERS: usize = MAX_HEADER as usize / 16;

/// The most rows of a batch: each is a source of its own, even if it is null and takes no space.
const MAX_ROWS: i64 = 1 << 24;

/// Comes before the length of a message, except in streams that were written before 2019.
const CONTINUATION: [u8; 4] = [0xFF; 4];

/// A message whose header is a valid flatbuffer.
struct RawMessage {
    header: Vec<u8>,
    body: Buffer,
}

impl<R: BufRead> Batches<R> {
    /// Reads the schema.
    ///
    /// # Errors
    /// This is not a stream.
    pub fn new(mut input: R, name: String) -> Result<Batches<R>> {
        let mut schema = || {
            let message = message(&mut input)?.ok_or_else(cut_off)?;
            let schema = message.header()?.header_as_schema();
            let schema = schema.ok_or_else(|| anyhow!("an Arrow stream without a schema"))?;
            try_fb_to_schema(schema).map_err(invalid)
        };
        let schema = schema().with_context(|| name.clone())?;
        Ok(Batches {
            input,
            name,
            schema: Arc::new(schema),
            dictionaries: HashMap::new(),
            has_ended: false,
        })
    }

    pub fn schema(&self) -> &Schema {
        &self.schema
    }

    pub fn name(&self) -> &str {
        &self.name
    }

    fn batch(&mut self) -> Result<Option<RecordBatch>> {
        while let Some(message) = message(&mut self.input)? {
            let header = message.header()?;
            match header.header_type() {
                MessageHeader::RecordBatch => {
                    let batch = header.header_as_record_batch().ok_or_else(damaged)?;
                    return self.read_batch(&message, batch, &self.schema).map(Some);
                }
                MessageHeader::DictionaryBatch => {
                    let batch = header.header_as_dictionary_batch().ok_or_else(damaged)?;
                    self.add_dictionary(&message, batch)?;
                }
                _ => return Err(damaged()),
            }
        }
        Ok(None)
    }

    fn read_batch(
        &self,
        message: &RawMessage,
        batch: arrow_ipc::RecordBatch,
        schema: &SchemaRef,
    ) -> Result<RecordBatch> {
        let kinds = schema.fields().iter().map(|field| field.data_type());
        check(batch, &message.body, kinds)?;
        let (schema, version) = (Arc::clone(schema), message.header()?.version());
        read_record_batch(
            &message.body,
            batch,
            schema,
            &self.dictionaries,
            None,
            &version,
        )
        .map_err(invalid)
    }

    /// arrow-ipc would do this, too, but what it joins a dictionary and its delta with takes a megabyte of
    /// the binary.
    fn add_dictionary(&mut self, message: &RawMessage, batch: DictionaryBatch) -> Result<()> {
        let kind = self.kind_of_dictionary(batch.id());
        let kind = kind.ok_or_else(|| {
            anyhow!(
                "not a valid Arrow stream: no column has the dictionary {}",
                batch.id()
            )
        })?;
        let schema = Schema::new(vec![Field::new("", kind.clone(), true)]);
        let values = batch.data().ok_or_else(damaged)?;
        let values = self.read_batch(message, values, &Arc::new(schema))?;
        let mut values = Arc::clone(values.column(0));
        if batch.isDelta() {
            let before = self.dictionaries.get(&batch.id()).ok_or_else(damaged)?;
            values = join(before, &values).map_err(invalid)?;
        }
        self.dictionaries.insert(batch.id(), values);
        let bytes = self
            .dictionaries
            .values()
            .map(|values| values.get_array_memory_size());
        match bytes.sum::<usize>() as u64 > MAX_BODY {
            true => bail!("the dictionaries have more than {} GiB", MAX_BODY >> 30),
            false => Ok(()),
        }
    }

    /// Returns the type of the values of a dictionary, if a column has it.
    #[expect(deprecated, reason = "arrow-ipc finds dictionaries in the same way")]
    fn kind_of_dictionary(&self, id: i64) -> Option<&DataType> {
        let fields = self.schema.fields_with_dict_id(id);
        match fields.first()?.data_type() {
            DataType::Dictionary(_, values) => Some(values),
            _ => None,
        }
    }
}

impl<R: BufRead> Iterator for Batches<R> {
    type Item = Result<RecordBatch>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.has_ended {
            return None;
        }
        let batch = self.batch().with_context(|| self.name.clone());
        self.has_ended = !matches!(batch, Ok(Some(_)));
        batch.transpose()
    }
}

impl RawMessage {
    fn header(&self) -> Result<Message<'_>> {
        root_as_message(&self.header).map_err(|_| damaged())
    }
}

/// Reads the next message, or `None` at the end of the stream.
fn message(input: &mut impl BufRead) -> Result<Option<RawMessage>> {
    let mut length = [0; 4];
    if fill_buf(input)?.is_empty() {
        // Some writers leave the end mark out.
        return Ok(None);
    }
    read_exact(input, &mut length)?;
    if length == CONTINUATION {
        read_exact(input, &mut length)?;
    }
    let length = u64::from(u32::from_le_bytes(length));
    if length == 0 {
        return Ok(None);
    }
    if length > MAX_HEADER {
        return Err(damaged());
    }
    let header = read(input, length)?;
    let body = root_as_message(&header)
        .map_err(|_| damaged())?
        .bodyLength();
    let body = u64::try_from(body).map_err(|_| damaged())?;
    if body > MAX_BODY {
        bail!(
            "a batch has {body} bytes; the limit is {} GiB; write smaller batches",
            MAX_BODY >> 30
        );
    }
    let body = read(input, body)?.into();
    Ok(Some(RawMessage { header, body }))
}

fn fill_buf(input: &mut impl BufRead) -> io::Result<&[u8]> {
    while let Err(error) = input.fill_buf() {
        if error.kind() != io::ErrorKind::Interrupted {
            return Err(error);
        }
    }
    input.fill_buf()
}

fn read_exact(input: &mut impl BufRead, bytes: &mut [u8]) -> Result<()> {
    input.read_exact(bytes).map_err(|error| match error.kind() {
        io::ErrorKind::UnexpectedEof => cut_off(),
        _ => error.into(),
    })
}

/// Reads so many bytes. No more memory is taken than twice the bytes that are there.
fn read(input: &mut impl BufRead, length: u64) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let mut rest = input.take(length);
    loop {
        let read = fill_buf(&mut rest)?;
        if read.is_empty() {
            break;
        }
        let count = read.len();
        bytes.try_reserve(count).map_err(io::Error::from)?;
        bytes.extend_from_slice(read);
        rest.consume(count);
    }
    match bytes.len() as u64 == length {
        true => Ok(bytes),
        false => Err(cut_off()),
    }
}

fn join(a: &ArrayRef, b: &ArrayRef) -> Result<ArrayRef, ArrowError> {
    match a.data_type() {
        DataType::Utf8 => join_bytes::<Utf8Type>(a, b),
        DataType::LargeUtf8 => join_bytes::<LargeUtf8Type>(a, b),
        DataType::Binary => join_bytes::<BinaryType>(a, b),
        DataType::LargeBinary => join_bytes::<LargeBinaryType>(a, b),
        _ => {
            let (a, b) = (a.to_data(), b.to_data());
            let mut joined = MutableArrayData::try_new(vec![&a, &b], false, a.len() + b.len())?;
            joined.try_extend(0, 0, a.len())?;
            joined.try_extend(1, 0, b.len())?;
            Ok(make_array(joined.freeze()))
        }
    }
}

/// Joins strings in just the room that they need, which `MutableArrayData` does not.
fn join_bytes<T: ByteArrayType>(a: &ArrayRef, b: &ArrayRef) -> Result<ArrayRef, ArrowError> {
    let (a, b) = (a.as_bytes::<T>(), b.as_bytes::<T>());
    let bytes = a.value_data().len() + b.value_data().len();
    let mut joined = GenericByteBuilder::<T>::with_capacity(a.len() + b.len(), bytes);
    joined.append_array(a)?;
    joined.append_array(b)?;
    Ok(Arc::new(joined.finish()))
}

/// Checks what a batch says about its buffers and lengths.
fn check<'k>(
    batch: arrow_ipc::RecordBatch,
    body: &Buffer,
    kinds: impl IntoIterator<Item = &'k DataType>,
) -> Result<()> {
    if batch.compression().is_some() {
        bail!("the batches are compressed; write them without compression");
    }
    if !(0..=MAX_ROWS).contains(&batch.length()) {
        bail!(
            "a batch has {} rows; the limit is {MAX_ROWS}; write smaller batches",
            batch.length()
        );
    }
    let is_inside = |buffer: &arrow_ipc::Buffer| {
        let end = buffer.offset().checked_add(buffer.length());
        buffer.offset() >= 0
            && buffer.length() >= 0
            && end.is_some_and(|end| end <= body.len() as i64)
    };
    let is_length = |node: &arrow_ipc::FieldNode| {
        let lengths = 0..=i64::from(i32::MAX);
        lengths.contains(&node.length()) && (0..=node.length()).contains(&node.null_count())
    };
    let all = batch.buffers().unwrap_or_default();
    let mut widths = Vec::new();
    let mut variadic = batch.variadicBufferCounts().into_iter().flatten();
    for kind in kinds {
        add_widths(kind, &mut variadic, &mut widths);
    }
    let mut sized = all.iter().zip(widths);
    if !sized.all(|(buffer, width)| buffer.length() % width == 0) {
        return Err(damaged());
    }
    let mut buffers = all.iter();
    let mut nodes = batch.nodes().into_iter().flatten();
    match buffers.all(is_inside) && nodes.all(is_length) {
        true => Ok(()),
        false => Err(damaged()),
    }
}

/// Appends, for each buffer of a column of this type, what its length must be a multiple of: arrow-data
/// panics if a list of offsets, views or keys ends in the middle of one.
fn add_widths(kind: &DataType, variadic: &mut impl Iterator<Item = i64>, widths: &mut Vec<i64>) {
    match kind {
        DataType::Null => {}
        DataType::Utf8 | DataType::Binary => widths.extend([1, 4, 1]),
        DataType::LargeUtf8 | DataType::LargeBinary => widths.extend([1, 8, 1]),
        DataType::Utf8View | DataType::BinaryView => {
            widths.extend([1, 16]);
            // The column may say that it has any number of them.
            let data = usize::try_from(variadic.next().unwrap_or(0)).unwrap_or(0);
            let room = MAX_BUFFERS.saturating_sub(widths.len());
            widths.extend(iter::repeat_n(1, data.min(room)));
        }
        DataType::List(item) | DataType::Map(item, _) => {
            widths.extend([1, 4]);
            add_widths(item.data_type(), variadic, widths);
        }
        DataType::LargeList(item) => {
            widths.extend([1, 8]);
            add_widths(item.data_type(), variadic, widths);
        }
        DataType::FixedSizeList(item, _) => {
            widths.push(1);
            add_widths(item.data_type(), variadic, widths);
        }
        DataType::Struct(fields) => {
            widths.push(1);
            for field in fields {
                add_widths(field.data_type(), variadic, widths);
            }
        }
        DataType::Dictionary(keys, _) => {
            widths.extend([1, keys.primitive_width().unwrap_or(1) as i64]);
        }
        // The others that have JSON have one list of values.
        _ => widths.extend([1, 1]),
    }
}

fn damaged() -> anyhow::Error {
    anyhow!("not a valid Arrow stream")
}

fn cut_off() -> anyhow::Error {
    anyhow!("unexpected end of the Arrow stream: it is cut off")
}

fn invalid(error: ArrowError) -> anyhow::Error {
    anyhow!("not a valid Arrow stream: {error}")
}
