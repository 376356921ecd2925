//! Rewrites chunks of Lua 5.1 to 5.3 as other builds of Lua write them, and back. It knows the layouts
//! of chunks by itself, so that it can check the program's reader and writer.

/// How a build of Lua stores chunks.
#[derive(Clone, Debug, PartialEq)]
pub struct Build {
    /// 0x51 to 0x53.
    pub version: u8,
    pub format: u8,
    pub big_endian: bool,
    pub size_t: u8,
    /// False if the header does not say the size of `size_t`.
    pub says_size_t: bool,
    pub numbers: Numbers,
    /// The tags of integers and floats, in 5.3.
    pub tags: [u8; 2],
    /// The third byte of upvalues.
    pub kind: Option<u8>,
    /// True if every second count is negated.
    pub negates: bool,
    /// True if code and lines are aligned to 4 bytes, and lines packed.
    pub is_nodemcu: bool,
    /// The numbers of opcodes that differ: Lua's and the build's.
    pub opcodes: &'static [(u32, u32)],
}

/// The numbers of a build.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Numbers {
    Double,
    Float32,
    /// All numbers are integers of 4 bytes.
    Int32,
    /// Numbers that are integers have a tag of their own, 9.
    Lnum,
}

impl Build {
    /// What luac writes on x86-64.
    pub fn stock(version: u8) -> Build {
        Build {
            version,
            format: 0,
            big_endian: false,
            size_t: 8,
            says_size_t: true,
            numbers: Numbers::Double,
            tags: [19, 3],
            kind: None,
            negates: false,
            is_nodemcu: false,
            opcodes: &[],
        }
    }
}

/// A function as the tool keeps it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Function {
    source: Option<Vec<u8>>,
    lines: [i64; 2],
    /// The number of upvalues, in 5.1.
    nups: u8,
    bytes: [u8; 3],
    pub code: Vec<u32>,
    pub constants: Vec<Value>,
    upvalues: Vec<[u8; 2]>,
    pub functions: Vec<Function>,
    lineinfo: Vec<i64>,
    locals: Vec<(Option<Vec<u8>>, [i64; 2])>,
    names: Vec<Option<Vec<u8>>>,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    Nil,
    Boolean(u8),
    Integer(i64),
    Float(f64),
    Text(Option<Vec<u8>>),
}

const DATA: &[u8] = b"\x19\x93\r\n\x1a\n";

/// Rewrites a chunk of one build as another build writes it.
pub fn rewrite(bytes: &[u8], from: &Build, to: &Build) -> Vec<u8> {
    write(&read(bytes, from), to)
}

/// A chunk as the tool keeps it.
#[derive(Clone, Debug, PartialEq)]
pub struct Chunk {
    nupvalues: u8,
    pub main: Function,
}

pub fn read(bytes: &[u8], build: &Build) -> Chunk {
    let header = header(build).len();
    assert_eq!(bytes[..header], header_of(build, bytes), "{build:?}");
    let mut from = Read {
        bytes,
        at: header,
        build,
        counts: 0,
    };
    let nupvalues = if build.version == 0x53 {
        from.byte()
    } else {
        0
    };
    let main = from.function();
    assert_eq!(from.at, bytes.len());
    Chunk { nupvalues, main }
}

fn header_of(build: &Build, _: &[u8]) -> Vec<u8> {
    header(build)
}

pub fn write(chunk: &Chunk, build: &Build) -> Vec<u8> {
    let mut to = Write {
        out: header(build),
        build,
        counts: 0,
    };
    if build.version == 0x53 {
        to.out.push(chunk.nupvalues);
    }
    to.function(&chunk.main);
    to.out
}

fn header(build: &Build) -> Vec<u8> {
    let mut to = Write {
        out: b"\x1bLua".to_vec(),
        build,
        counts: 0,
    };
    to.out.extend([build.version, build.format]);
    let number = if build.numbers == Numbers::Double || build.numbers == Numbers::Lnum {
        8
    } else {
        4
    };
    if build.version == 0x53 {
        to.out.extend(DATA);
        to.out.push(4);
        if build.says_size_t {
            to.out.push(build.size_t);
        }
        to.out.extend([4, 8, number]);
        to.integer(0x5678, 8);
        to.float(370.5);
        return to.out;
    }
    let integral = match build.numbers {
        Numbers::Double | Numbers::Float32 => 0,
        Numbers::Int32 => 1,
        Numbers::Lnum => 4,
    };
    to.out.extend([
        u8::from(!build.big_endian),
        4,
        build.size_t,
        4,
        number,
        integral,
    ]);
    if build.version == 0x52 {
        to.out.extend(DATA);
    }
    to.out
}

struct Read<'a> {
    bytes: &'a [u8],
    at: usize,
    build: &'a Build,
    counts: usize,
}

impl Read<'_> {
    fn take(&mut self, length: usize) -> &[u8] {
        self.at += length;
        &self.bytes[self.at - length..self.at]
    }

    fn byte(&mut self) -> u8 {
        self.take(1)[0]
    }

    fn integer(&mut self, width: usize) -> i64 {
        let mut bytes = self.take(width).to_vec();
        if !self.build.big_endian {
            bytes.reverse();
        }
        let sign = if bytes[0] >= 0x80 { -1 } else { 0 };
        bytes.iter().fold(sign, |n, byte| n << 8 | i64::from(*byte))
    }

    fn int(&mut self) -> i64 {
        self.integer(4)
    }

    fn count(&mut self) -> usize {
        self.counts += 1;
        self.int().unsigned_abs() as usize
    }

    fn float(&mut self) -> f64 {
        match self.build.numbers {
            Numbers::Float32 => f32::from_bits(self.integer(4) as u32).into(),
            _ => f64::from_bits(self.integer(8) as u64),
        }
    }

    fn string(&mut self) -> Option<Vec<u8>> {
        let size_t = usize::from(self.build.size_t);
        if self.build.version == 0x53 {
            let size = match self.byte() {
                0xFF => self.integer(size_t) as usize,
                size => size.into(),
            };
            return (size > 0).then(|| self.take(size - 1).to_vec());
        }
        let size = self.integer(size_t) as usize;
        let text = self.take(size).to_vec();
        text.split_last().map(|(_, text)| text.to_vec())
    }

    fn align(&mut self) {
        if self.build.is_nodemcu {
            let to = self.at.next_multiple_of(4);
            assert!(self.take(to - self.at).iter().all(|byte| *byte == 0));
        }
    }

    fn function(&mut self) -> Function {
        let version = self.build.version;
        let mut f = Function::default();
        if version != 0x52 {
            f.source = self.string();
        }
        f.lines = [self.int(), self.int()];
        if version == 0x51 {
            f.nups = self.byte();
        }
        f.bytes = [self.byte(), self.byte(), self.byte()];
        let count = self.count();
        self.align();
        for _ in 0..count {
            let word = self.integer(4) as u32;
            let op = word & 63;
            let own = self
                .build
                .opcodes
                .iter()
                .find(|(_, foreign)| *foreign == op);
            f.code.push(word & !63 | own.map_or(op, |(own, _)| *own));
        }
        for _ in 0..self.count() {
            let value = self.constant();
            f.constants.push(value);
        }
        if version == 0x53 {
            self.upvalues(&mut f);
        }
        for _ in 0..self.count() {
            let function = self.function();
            f.functions.push(function);
        }
        if version == 0x52 {
            self.upvalues(&mut f);
            f.source = self.string();
        }
        let count = self.count();
        self.align();
        f.lineinfo = match self.build.is_nodemcu {
            true => unpack(self.take(count)),
            false => (0..count).map(|_| self.int()).collect(),
        };
        for _ in 0..self.count() {
            let name = self.string();
            f.locals.push((name, [self.int(), self.int()]));
        }
        for _ in 0..self.count() {
            let name = self.string();
            f.names.push(name);
        }
        f
    }

    fn upvalues(&mut self, f: &mut Function) {
        for _ in 0..self.count() {
            f.upvalues.push([self.byte(), self.byte()]);
            if let Some(kind) = self.build.kind {
                assert_eq!(self.byte(), kind);
            }
        }
    }

    fn constant(&mut self) -> Value {
        let tag = self.byte();
        let [integer, float] = self.build.tags;
        match tag {
            0 => Value::Nil,
            1 => Value::Boolean(self.byte()),
            4 | 20 => Value::Text(self.string()),
            9 if self.build.numbers == Numbers::Lnum => Value::Float(self.integer(4) as f64),
            3 if self.build.version < 0x53 => match self.build.numbers {
                Numbers::Int32 => Value::Float(self.integer(4) as f64),
                _ => Value::Float(self.float()),
            },
            _ if tag == integer => Value::Integer(self.integer(8)),
            _ if tag == float => Value::Float(self.float()),
            _ => panic!("tag {tag} in {:?}", self.build),
        }
    }
}

struct Write<'b> {
    out: Vec<u8>,
    build: &'b Build,
    counts: usize,
}

impl Write<'_> {
    fn integer(&mut self, value: i64, width: usize) {
        match self.build.big_endian {
            true => self.out.extend(&value.to_be_bytes()[8 - width..]),
            false => self.out.extend(&value.to_le_bytes()[..width]),
        }
    }

    fn int(&mut self, value: i64) {
        self.integer(value, 4);
    }

    fn count(&mut self, count: usize) {
        self.counts += 1;
        let is_negated = self.build.negates && self.counts.is_multiple_of(2);
        self.int(if is_negated {
            -(count as i64)
        } else {
            count as i64
        });
    }

    fn float(&mut self, value: f64) {
        match self.build.numbers {
            Numbers::Float32 => self.integer((value as f32).to_bits().into(), 4),
            _ => self.integer(value.to_bits() as i64, 8),
        }
    }

    fn string(&mut self, text: Option<&Vec<u8>>) {
        let size_t = usize::from(self.build.size_t);
        let size = text.map_or(0, |text| text.len() + 1);
        if self.build.version != 0x53 {
            self.integer(size as i64, size_t);
            self.out.extend(text.into_iter().flatten());
            self.out.extend(text.map(|_| 0));
            return;
        }
        match size {
            0..0xFF => self.out.push(size as u8),
            _ => {
                self.out.push(0xFF);
                self.integer(size as i64, size_t);
            }
        }
        self.out.extend(text.into_iter().flatten());
    }

    fn align(&mut self) {
        while self.build.is_nodemcu && !self.out.len().is_multiple_of(4) {
            self.out.push(0);
        }
    }

    fn function(&mut self, f: &Function) {
        let version = self.build.version;
        if version != 0x52 {
            self.string(f.source.as_ref());
        }
        f.lines.iter().for_each(|line| self.int(*line));
        if version == 0x51 {
            self.out.push(f.nups);
        }
        self.out.extend(f.bytes);
        self.count(f.code.len());
        self.align();
        for word in &f.code {
            let op = word & 63;
            let foreign = self.build.opcodes.iter().find(|(own, _)| *own == op);
            self.int((word & !63 | foreign.map_or(op, |(_, foreign)| *foreign)).into());
        }
        self.count(f.constants.len());
        for value in &f.constants {
            self.constant(value);
        }
        if version == 0x53 {
            self.upvalues(f);
        }
        self.count(f.functions.len());
        for function in &f.functions {
            self.function(function);
        }
        if version == 0x52 {
            self.upvalues(f);
            self.string(f.source.as_ref());
        }
        match self.build.is_nodemcu {
            true => {
                let packed = pack(&f.lineinfo);
                self.count(packed.len());
                self.align();
                self.out.extend(packed);
            }
            false => {
                self.count(f.lineinfo.len());
                f.lineinfo.iter().for_each(|line| self.int(*line));
            }
        }
        self.count(f.locals.len());
        for (name, [start, end]) in &f.locals {
            self.string(name.as_ref());
            self.int(*start);
            self.int(*end);
        }
        self.count(f.names.len());
        for name in &f.names {
            self.string(name.as_ref());
        }
    }

    fn upvalues(&mut self, f: &Function) {
        self.count(f.upvalues.len());
        for upvalue in &f.upvalues {
            self.out.extend(upvalue);
            self.out.extend(self.build.kind);
        }
    }

    fn constant(&mut self, value: &Value) {
        let [integer, float] = self.build.tags;
        let float = if self.build.version < 0x53 { 3 } else { float };
        match value {
            Value::Nil => self.out.push(0),
            Value::Boolean(value) => self.out.extend([1, *value]),
            Value::Integer(value) => {
                self.out.push(integer);
                self.integer(*value, 8);
            }
            Value::Float(value) => match self.build.numbers {
                Numbers::Int32 => {
                    self.out.push(float);
                    self.integer(*value as i64, 4);
                }
                Numbers::Lnum if is_int32(*value) => {
                    self.out.push(9);
                    self.integer(*value as i64, 4);
                }
                _ => {
                    self.out.push(float);
                    self.float(*value);
                }
            },
            Value::Text(text) => {
                let is_long = text.as_ref().is_some_and(|text| text.len() > 40);
                self.out.push(if self.build.version == 0x53 && is_long {
                    20
                } else {
                    4
                });
                self.string(text.as_ref());
            }
        }
    }
}

fn is_int32(value: f64) -> bool {
    f64::from(value as i32).to_bits() == value.to_bits()
}

/// Replaces numbers that a build cannot store.
pub fn fit(f: &mut Function, build: &Build) {
    for value in &mut f.constants {
        if let Value::Float(value) = value {
            *value = match build.numbers {
                Numbers::Double | Numbers::Lnum => *value,
                Numbers::Float32 => (*value as f32).into(),
                Numbers::Int32 => (*value as i32).into(),
            };
        }
    }
    f.functions.iter_mut().for_each(|f| fit(f, build));
}

/// The packed lines of NodeMCU: for each run of instructions on a line, the distance from the line after
/// the last, unless that is 0, and the length of the run.
fn pack(lines: &[i64]) -> Vec<u8> {
    let mut out: Vec<u8> = Vec::new();
    let mut last = 0;
    for (i, line) in lines.iter().enumerate() {
        if i > 0 && *line == last && *out.last().unwrap() < 126 {
            *out.last_mut().unwrap() += 1;
            continue;
        }
        let distance = line - last - 1;
        if distance != 0 {
            let (sign, mut rest) = if distance < 0 {
                (0x40, -distance - 1)
            } else {
                (0, distance - 1)
            };
            out.push(0x80 | sign | (rest % 64) as u8);
            rest /= 64;
            while rest > 0 {
                out.push(0x80 | (rest % 128) as u8);
                rest /= 128;
            }
        }
        out.push(1);
        last = *line;
    }
    out.extend((!lines.is_empty()).then_some(0));
    out
}

fn unpack(packed: &[u8]) -> Vec<i64> {
    let (mut lines, mut line, mut i) = (Vec::new(), 0, 0);
    while packed.get(i).is_some_and(|byte| *byte != 0) {
        line += 1;
        let (mut distance, mut factor, first) = (0, 1, i);
        while packed[i] >= 0x80 {
            let bits = if i == first { 64 } else { 128 };
            distance += i64::from(packed[i]) % bits * factor;
            factor *= bits;
            i += 1;
        }
        if i > first {
            let is_back = packed[first] & 0x40 != 0;
            line += if is_back { -distance - 1 } else { distance + 1 };
        }
        lines.extend((0..packed[i]).map(|_| line));
        i += 1;
    }
    lines
}
