//! `--container arrow`: records and error rows in an Arrow IPC stream.

use std::io::BufWriter;
use std::path::Path;
use std::sync::Arc;

use anyhow::Result;
use arrow_array::builder::{
    BooleanBuilder, Int32Builder, Int64Builder, ListBuilder, StringBuilder, StructBuilder,
};
use arrow_array::{ArrayRef, RecordBatch};
use arrow_ipc::writer::StreamWriter;
use arrow_schema::{DataType, Field, Fields, Schema};

use super::arrow::cause;
use crate::command::io::output::Output;
use crate::command::train::dataset::arguments::{Dataset, IdsFormat, RecordFormat, RecordUnit};
use crate::command::train::dataset::frame::RecordFrame;
use crate::command::train::dataset::records::record::{
    END, ErrorFacts, RecordFacts, WholeContent, WholeRecord,
};

/// A stream of batches of records.
pub struct ArrowStream {
    writer: StreamWriter<BufWriter<Output>>,
    schema: Arc<Schema>,
    columns: Vec<Column>,
    /// The approximate size of the waiting rows, in bytes.
    waiting: u64,
}

/// The approximate size of a batch, in bytes.
const BATCH: u64 = 4 << 20;

/// A column of the waiting rows.
struct Column {
    name: &'static str,
    values: Values,
}

enum Values {
    Text(StringBuilder),
    Number(Int64Builder),
    Flag(BooleanBuilder),
    Ids(ListBuilder<Int32Builder>),
    /// The two turns of a chat, each with a role and a content.
    Turns(ListBuilder<StructBuilder>),
}

/// A value of a column.
enum Cell<'a> {
    None,
    Text(&'a str),
    Owned(String),
    Number(i64),
    Flag(bool),
    Ids(Vec<i32>),
    Turns([&'a str; 2]),
}

impl ArrowStream {
    /// Opens the file at `path`, or standard output for `-`, and writes the schema, which depends only
    /// on the options.
    pub fn new(options: &Dataset, path: &Path) -> Result<ArrowStream> {
        let columns = columns(options);
        let fields: Vec<Field> = columns.iter().map(Column::field).collect();
        let schema = Arc::new(Schema::new(fields));
        let output = BufWriter::new(Output::file_or_stdout(path)?);
        let mut writer = StreamWriter::try_new(output, &schema).map_err(cause)?;
        // Whoever reads the stream may wait for the schema before anything else.
        writer.flush().map_err(cause)?;
        Ok(ArrowStream {
            writer,
            schema,
            columns,
            waiting: 0,
        })
    }

    /// Writes a record and returns the number of bytes of its text or its ids.
    pub fn write(&mut self, record: &WholeRecord) -> Result<u64> {
        let size = match &record.content {
            WholeContent::Text { stream, answer } => stream.len() + answer.len(),
            WholeContent::Ids(encoded) => 8 * encoded.ids.len(),
        };
        let meta = record.facts.meta.as_deref().map_or(0, str::len);
        self.row(size + meta, |name| cell_of_record(name, record))?;
        Ok(size as u64)
    }

    /// Writes an error row.
    pub fn write_error(&mut self, facts: ErrorFacts) -> Result<()> {
        let size = facts.message.len() + facts.meta.map_or(0, str::len);
        self.row(size, |name| cell_of_error(name, facts))
    }

    /// Writes a row of such cells. `size` is the size of the largest of them.
    fn row<'c>(&mut self, size: usize, cell: impl Fn(&str) -> Cell<'c>) -> Result<()> {
        /// The approximate size of all other cells.
        const REST: usize = 400;
        for column in &mut self.columns {
            column.append(cell(column.name));
        }
        self.waiting += (size + REST) as u64;
        match self.waiting >= BATCH {
            true => self.flush(),
            false => Ok(()),
        }
    }

    /// Writes the waiting rows, if there are any.
    pub fn flush(&mut self) -> Result<()> {
        if self.waiting == 0 {
            return Ok(());
        }
        self.waiting = 0;
        let columns = self.columns.iter_mut().map(Column::finish).collect();
        let batch = RecordBatch::try_new(Arc::clone(&self.schema), columns)?;
        self.writer.write(&batch).map_err(cause)?;
        Ok(self.writer.flush().map_err(cause)?)
    }

    /// Ends the stream.
    pub fn finish(mut self) -> Result<()> {
        self.flush()?;
        let output = self.writer.into_inner().map_err(cause)?;
        output
            .into_inner()
            .map_err(std::io::IntoInnerError::into_error)?
            .finish()
    }
}

/// Returns the columns that records have with these options.
fn columns(options: &Dataset) -> Vec<Column> {
    let (records, tokens) = (&options.records, &options.tokens);
    let is_outline = records.unit == RecordUnit::Outline;
    let text = || Values::Text(StringBuilder::new());
    let number = || Values::Number(Int64Builder::new());
    let ids = || Values::Ids(ListBuilder::default());
    let is_ids = tokens.ids == Some(IdsFormat::Arrow);
    let is_format = |format| !is_ids && records.format == format;
    let columns = [
        (true, "id", text()),
        (is_format(RecordFormat::Messages), "messages", turns()),
        (is_format(RecordFormat::Text), "text", text()),
        (is_format(RecordFormat::Completion), "prompt", text()),
        (is_format(RecordFormat::Completion), "completion", text()),
        (is_ids, "input_ids", ids()),
        (is_ids, "labels", ids()),
        (true, "path", text()),
        (records.unit != RecordUnit::File, "function", text()),
        (is_outline, "outline", text()),
        (is_outline, "chunk", text()),
        (options.split_in_records().is_some(), "split", text()),
        (true, "stripped", Values::Flag(BooleanBuilder::new())),
        (true, "stream", text()),
        (true, "lua", text()),
        (true, "sha256", text()),
        (true, "code", text()),
        (records.signatures, "minhash", text()),
        (true, "instructions", number()),
        (tokens.tokenizer.is_some(), "tokens", number()),
        (options.input.rows.is_some(), "meta", text()),
        (records.keep_errors, "error", text()),
        (records.keep_errors, "message", text()),
    ];
    let columns = columns.into_iter().filter(|(is_there, ..)| *is_there);
    columns
        .map(|(_, name, values)| Column { name, values })
        .collect()
}

/// Returns a builder of the turns of chats.
fn turns() -> Values {
    let fields = ["role", "content"].map(|name| Field::new(name, DataType::Utf8, true));
    let fields = Fields::from(Vec::from(fields));
    Values::Turns(ListBuilder::new(StructBuilder::from_fields(fields, 0)))
}

/// Returns the value of a record in a column.
fn cell_of_record<'a>(name: &str, record: &'a WholeRecord) -> Cell<'a> {
    let RecordFacts {
        id,
        path,
        function,
        outline,
        chunk,
        split,
        stripped,
        stream,
        lua,
        sha256,
        code,
        minhash,
        instructions,
        tokens,
        meta,
    } = &record.facts;
    match (name, &record.content) {
        ("messages", WholeContent::Text { stream, answer }) => Cell::Turns([stream, answer]),
        ("text", WholeContent::Text { stream, answer }) => {
            Cell::Owned(RecordFrame::chatml(END).around(stream, answer))
        }
        ("prompt", WholeContent::Text { stream, .. }) => Cell::Text(stream),
        ("completion", WholeContent::Text { answer, .. }) => Cell::Text(answer),
        ("input_ids", WholeContent::Ids(encoded)) => {
            Cell::Ids(encoded.ids.iter().map(|id| *id as i32).collect())
        }
        ("labels", WholeContent::Ids(encoded)) => {
            Cell::Ids(encoded.labels().map(|label| label as i32).collect())
        }
        ("id", _) => Cell::Text(id),
        ("path", _) => Cell::Text(path),
        ("function", _) => function.as_deref().into(),
        ("outline", _) => outline.as_deref().into(),
        ("chunk", _) => chunk.as_deref().into(),
        ("split", _) => split.as_deref().into(),
        ("stripped", _) => Cell::Flag(*stripped),
        ("stream", _) => Cell::Text(stream),
        ("lua", _) => Cell::Text(lua),
        ("sha256", _) => Cell::Text(sha256),
        ("code", _) => Cell::Text(code),
        ("minhash", _) => minhash.as_deref().into(),
        ("instructions", _) => Cell::Number(*instructions as i64),
        ("tokens", _) => tokens.map_or(Cell::None, |tokens| Cell::Number(tokens.into())),
        ("meta", _) => meta.as_deref().into(),
        _ => Cell::None,
    }
}

/// Returns the value of an error row in a column.
fn cell_of_error<'a>(name: &str, facts: ErrorFacts<'a>) -> Cell<'a> {
    match name {
        "path" => Cell::Text(facts.path),
        "function" => facts.function.into(),
        "stripped" => facts.stripped.map_or(Cell::None, Cell::Flag),
        "meta" => facts.meta.into(),
        "error" => Cell::Text(facts.error),
        "message" => Cell::Text(facts.message),
        _ => Cell::None,
    }
}

impl<'a> From<Option<&'a str>> for Cell<'a> {
    fn from(text: Option<&'a str>) -> Self {
        text.map_or(Cell::None, Cell::Text)
    }
}

impl Column {
    fn field(&self) -> Field {
        let list = |item| DataType::List(Arc::new(Field::new_list_field(item, true)));
        let kind = match &self.values {
            Values::Text(_) => DataType::Utf8,
            Values::Number(_) => DataType::Int64,
            Values::Flag(_) => DataType::Boolean,
            Values::Ids(_) => list(DataType::Int32),
            Values::Turns(turns) => list(DataType::Struct(turns.values_ref().fields().clone())),
        };
        Field::new(self.name, kind, true)
    }

    fn append(&mut self, cell: Cell) {
        match (&mut self.values, cell) {
            (Values::Text(texts), Cell::Text(text)) => texts.append_value(text),
            (Values::Text(texts), Cell::Owned(text)) => texts.append_value(text),
            (Values::Text(texts), _) => texts.append_null(),
            (Values::Number(numbers), Cell::Number(number)) => numbers.append_value(number),
            (Values::Number(numbers), _) => numbers.append_null(),
            (Values::Flag(flags), Cell::Flag(flag)) => flags.append_value(flag),
            (Values::Flag(flags), _) => flags.append_null(),
            (Values::Ids(lists), Cell::Ids(ids)) => {
                lists.values().append_slice(&ids);
                lists.append(true);
            }
            (Values::Ids(lists), _) => lists.append(false),
            (Values::Turns(lists), Cell::Turns(contents)) => {
                for (role, content) in ["user", "assistant"].into_iter().zip(contents) {
                    let turn = lists.values();
                    for (field, text) in [role, content].into_iter().enumerate() {
                        let texts = turn.field_builder::<StringBuilder>(field);
                        texts.expect("a field of text").append_value(text);
                    }
                    turn.append(true);
                }
                lists.append(true);
            }
            (Values::Turns(lists), _) => lists.append(false),
        }
    }

    fn finish(&mut self) -> ArrayRef {
        match &mut self.values {
            Values::Text(texts) => Arc::new(texts.finish()),
            Values::Number(numbers) => Arc::new(numbers.finish()),
            Values::Flag(flags) => Arc::new(flags.finish()),
            Values::Ids(lists) => Arc::new(lists.finish()),
            Values::Turns(lists) => Arc::new(lists.finish()),
        }
    }
}
