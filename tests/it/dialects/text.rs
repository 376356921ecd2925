//! Dialect files: what they say comes back, and each mistake has its message.

use luadec_tok::dialect::{BUILTIN, Dialect, is_dialect};

#[test]
fn a_dialect_prints_as_its_file() {
    for (name, text) in BUILTIN {
        let dialect = Dialect::builtin(name).unwrap();
        let lines = text.lines().filter(|line| !line.starts_with(';'));
        let lines: Vec<&str> = lines.collect();
        let printed = dialect.to_string();
        let mut printed: Vec<&str> = printed.lines().collect();
        let mut wanted = lines.clone();
        printed.sort_unstable();
        wanted.sort_unstable();
        assert_eq!(printed, wanted, "{name}");
        assert_eq!(Dialect::parse(&dialect.to_string()), Ok(dialect));
    }
    let all = "\
.base 5.3
.signature 1B 46 61 74 65 2F 5A 1B
.version 53 54
.format 1 0
.header - LUAC_DATA
.header - size_t
.op 46 newarray A:register B:number sets A
.op 47 extraarg
.op 48 isarray A:rk_is_not_one
";
    let all = all.replace("A:rk_is_not_one", "A:register B:rk C:rk test");
    let rest = "\
.op 49 global A:register Bx:constant sets A
.op 50 inner A:register Bx:function
.op 51 leap sBx:label
.op 52 wide Ax:decimal
.op 53 later reserved
.field op 26 6
.field A 18 8
.field B 9 9
.field C 0 9
.field Bx 0 18
.field Ax 0 26
.tag 3 integer
.tag 19 float
.tag 5 longstring
.upvalues kind
.counts negative
.null constant
.align 4 code lineinfo
.lines packed
.size size_t 4 8
.size Number 4
.endian big
";
    let all = all + rest;
    assert_eq!(Dialect::parse(&all).unwrap().to_string(), all);
}

#[test]
fn a_file_with_only_opcodes_is_an_opcode_map() {
    assert!(!is_dialect(".op 0 move\n.op 1 loadk"));
    assert!(!is_dialect("; a comment .base\n.op 0 move"));
    assert!(is_dialect(".op 0 move .base 5.3"));
}

#[test]
fn each_mistake_has_its_message() {
    let lines = [
        (
            ".op 0 move",
            "1: no .base; expected the version of Lua that the dialect modifies, such as .base 5.3",
        ),
        (
            ".base 5.6",
            "1: expected a version of Lua, 5.1 to 5.5, found \"5.6\"",
        ),
        (
            ".base",
            "1: expected a version of Lua, 5.1 to 5.5, found the end of the line",
        ),
        (
            ".base 5.3\n.base 5.3",
            "2: a second .base; the first is in line 1",
        ),
        (".base 5.3 5.3", "1: 5.3 is given twice"),
        (
            "hello",
            "1: expected one of .base, .signature, .version, .format, .header, .op, .field, .tag, .upvalues, .counts, .null, .align, .lines, .size, .endian or .number, found \"hello\"",
        ),
        (
            ".base 5.3\n\n.signature 1B 4x",
            "3: expected a byte in hexadecimal, found \"4x\"",
        ),
        (
            ".base 5.3 .signature 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7",
            "1: the signature is too long; expected at most 16 bytes",
        ),
        (".base 5.3 .format 1 1", "1: 01 is given twice"),
        (
            ".base 5.1 5.2 .version 51",
            "1: .version needs a single .base",
        ),
        (
            ".base 5.3 .header size_t",
            "1: expected -, found \"size_t\"",
        ),
        (
            ".base 5.3 .header - endian",
            "1: the field endian has no meaning in Lua 5.3",
        ),
        (
            ".base 5.3 .header - size",
            "1: expected format, endian, LUAC_DATA, int, size_t, Instruction, Integer, Number, integral, LUAC_INT or LUAC_NUM, found \"size\"",
        ),
        (
            ".base 5.3 .header - int .header - int",
            "1: int is given twice",
        ),
        (
            ".base 5.3 .op 64 move",
            "1: expected an opcode number from 0 to 63, found \"64\"",
        ),
        (
            ".base 5.3 .op 1 newarray",
            "1: Lua 5.3 has no opcode \"newarray\"; if the dialect adds it, its operands follow, or `reserved`",
        ),
        (
            ".base 5.3 .op 1 move A:register",
            "1: MOVE of Lua 5.3 has operands already; only an added opcode takes them",
        ),
        (
            ".base 5.3 .op 1 anewarrayop A:register",
            "1: \"ANEWARRAYOP\" cannot be the name of an opcode; expected at most 10 letters, digits or _, and not UNKNOWN",
        ),
        (
            ".base 5.3 .op 1 move\n.op 1 add",
            "2: number 1 already has a name, MOVE",
        ),
        (
            ".base 5.3 .op 1 move\n.op 2 OP_MOVE",
            "2: MOVE already has a number, 1",
        ),
        (
            ".base 5.3 .op 1 new A:registers",
            "1: expected FIELD:KIND, sets A, test or reserved, found \"A:registers\"",
        ),
        (
            ".base 5.3 .op 1 new A:register A:number",
            "1: A:number is given twice",
        ),
        (
            ".base 5.3 .op 1 new B:register Bx:constant",
            "1: Bx and B cannot be fields of one instruction",
        ),
        (
            ".base 5.3 .op 1 new B:label",
            "1: B of Lua 5.3 cannot hold a label",
        ),
        (
            ".base 5.3 .op 1 new B:number sets A",
            "1: expected A:register before sets A, found sets A",
        ),
        (
            ".base 5.5 .field op 0 7",
            "1: .field has no meaning in Lua 5.5",
        ),
        (
            ".base 5.3 .field op 24 7",
            "1: op of Lua 5.3 has 6 bits, not 7",
        ),
        (
            ".base 5.3 .field op 26 6",
            "1: the fields do not take each of 32 bits once; give the places of op, A, B, C, Bx and Ax, and k from Lua 5.4 on, each in one piece",
        ),
        (".base 5.3 .tag 3 integer", "1: no tag is left for float"),
        (
            ".base 5.3 .tag 256 integer",
            "1: expected a tag from 0 to 255, found \"256\"",
        ),
        (
            ".base 5.3 .tag 3 integer .tag 3 float",
            "1: tag 3 is given twice",
        ),
        (
            ".base 5.2 .tag 9 integer",
            "1: the tag integer has no meaning in Lua 5.2",
        ),
        (
            ".base 5.4 .upvalues kind",
            "1: .upvalues kind has no meaning in Lua 5.4",
        ),
        (
            ".base 5.4 .counts negative",
            "1: .counts negative has no meaning in Lua 5.4",
        ),
        (
            ".base 5.3 .null strings",
            "1: expected constant, found \"strings\"",
        ),
        (
            ".base 5.1 .align 3 code",
            "1: expected 2, 4 or 8, found \"3\"",
        ),
        (".base 5.1 .align 4 code code", "1: code is given twice"),
        (
            ".base 5.1 .align 4 k",
            "1: expected code or lineinfo, found \"k\"",
        ),
        (
            ".base 5.1 .lines packed twice",
            "1: expected the end of the line, found \"twice\"",
        ),
        (".base 5.1 .size int 2", "1: expected 4 or 8, found \"2\""),
        (
            ".base 5.1 .size Instruction 8",
            "1: expected 4, found \"8\"",
        ),
        (
            ".base 5.4 .size size_t 4",
            "1: .size size_t has no meaning in Lua 5.4",
        ),
        (".base 5.1 .size int 4 .size int 8", "1: int is given twice"),
        (".base 5.1 .size int 4 4", "1: 4 is given twice"),
        (".base 5.1 .size Integer 4", "1: no tag is left for integer"),
        (
            ".base 5.1 .endian middle",
            "1: expected little or big, found \"middle\"",
        ),
        (
            ".base 5.3 .number int32",
            "1: .number has no meaning in Lua 5.3",
        ),
        (
            ".base 5.1 .number int16",
            "1: expected header, double, float32 or int32, found \"int16\"",
        ),
        (
            ".base 5.1 .size Number 4\n.number double",
            "2: .size Number 4 contradicts .number double",
        ),
    ];
    for (text, message) in lines {
        let error = Dialect::parse(text).unwrap_err();
        assert_eq!(error.to_string(), message, "{text}");
    }
    let many = (46..64).map(|n| format!(".op {n} new{n} reserved\n"));
    let text = ".base 5.3\n".to_owned() + &many.collect::<String>();
    let error = Dialect::parse(&text).unwrap_err();
    assert_eq!(
        error.to_string(),
        "19: too many opcodes; Lua 5.3 has room for 17 more"
    );
}
