//! What no compiler writes, dumped and compared all the same.

use crate::common::{parse, stream};
use luadec_tok::chunk::{Chunk, Constant, LocVar, Proto, Upvaldesc};
use luadec_tok::{dump, undump};

/// A stream does not say which NaN a NaN is, so they all count as one.
#[test]
fn any_nan_is_as_good_as_another() {
    for bits in [
        0x7FF8_0000_0000_0001,
        0xFFF8_0000_0000_0000,
        0x7FF0_0000_0000_0001,
    ] {
        let chunk = Chunk {
            nupvalues: 0,
            version: luadec_tok::chunk::Version::Lua53,
            main: Proto {
                k: [Constant::Float(f64::from_bits(bits))]
                    .into_iter()
                    .collect(),
                ..Proto::default()
            },
        };
        let parsed = parse(&stream(&chunk)).unwrap();
        assert_ne!(dump(&parsed), dump(&chunk));
        assert_eq!(parsed, chunk);
        assert_eq!(chunk.difference(&parsed), None);
    }
    assert_ne!(Constant::Float(0.0), Constant::Float(-0.0));
    assert_ne!(Constant::Float(f64::NAN), Constant::Float(0.0));
}

/// Upvalues without names have names that are NULL, unless the function has no debug information.
#[test]
fn names_of_upvalues_are_counted_where_there_is_any_debug_information() {
    let bare = || Proto {
        upvalues: vec![Upvaldesc::default(); 3],
        ..Proto::default()
    };
    let bytes = |main: Proto| {
        dump(&Chunk {
            main,
            ..Chunk::default()
        })
    };
    assert!(bytes(bare()).ends_with(&[0; 12]), "no lines, locals, names");
    let with: [fn(&mut Proto); 3] = [
        |p| p.source = Some(b"@x"[..].into()),
        |p| p.lineinfo = [1].into_iter().collect(),
        |p| p.locvars = [LocVar::default()].into_iter().collect(),
    ];
    for with in with {
        let mut main = bare();
        with(&mut main);
        let dumped = bytes(main);
        assert!(dumped.ends_with(&[3, 0, 0, 0, 0, 0, 0]));
        assert_eq!(dump(&undump(&dumped).unwrap().chunk), dumped);
    }
}
