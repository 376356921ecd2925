//! The versions of Lua, and the one place that chooses between them.
//!
//! A chunk's version is known only at run time. [`with_version`] turns it into a type once; from
//! there on everything that depends on the version is a trait of that type, and compiled for it. The
//! build script compiles this file too, so it refers to nothing else in the crate.

use std::error::Error;
use std::fmt;
use std::str::FromStr;

/// A version of Lua whose chunks can be read. It parses from and displays as `5.3`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Version {
    /// Lua 5.1
    Lua51 = 0x51,
    /// Lua 5.2
    Lua52 = 0x52,
    /// Lua 5.3
    #[default]
    Lua53 = 0x53,
    /// Lua 5.4
    Lua54 = 0x54,
    /// Lua 5.5
    Lua55 = 0x55,
}

/// A [`Version`] as a type.
pub(crate) trait LuaVersion {
    /// The version.
    const VERSION: Version;
}

/// Lua 5.1 as a type.
#[derive(Clone, Copy, Default)]
pub(crate) struct Lua51;
/// Lua 5.2 as a type.
#[derive(Clone, Copy, Default)]
pub(crate) struct Lua52;
/// Lua 5.3 as a type.
#[derive(Clone, Copy, Default)]
pub(crate) struct Lua53;
/// Lua 5.4 as a type.
#[derive(Clone, Copy, Default)]
pub(crate) struct Lua54;
/// Lua 5.5 as a type.
#[derive(Clone, Copy, Default)]
pub(crate) struct Lua55;

impl LuaVersion for Lua51 {
    const VERSION: Version = Version::Lua51;
}

impl LuaVersion for Lua52 {
    const VERSION: Version = Version::Lua52;
}

impl LuaVersion for Lua53 {
    const VERSION: Version = Version::Lua53;
}

impl LuaVersion for Lua54 {
    const VERSION: Version = Version::Lua54;
}

impl LuaVersion for Lua55 {
    const VERSION: Version = Version::Lua55;
}

/// Evaluates an expression in which a name stands for the type of a version that is known at run
/// time: `with_version!(chunk.version, V => dump_as::<V>(chunk))`.
macro_rules! with_version {
    ($version:expr, $name:ident => $expression:expr) => {
        match $version {
            $crate::version::Version::Lua51 => {
                type $name = $crate::version::Lua51;
                $expression
            }
            $crate::version::Version::Lua52 => {
                type $name = $crate::version::Lua52;
                $expression
            }
            $crate::version::Version::Lua53 => {
                type $name = $crate::version::Lua53;
                $expression
            }
            $crate::version::Version::Lua54 => {
                type $name = $crate::version::Lua54;
                $expression
            }
            $crate::version::Version::Lua55 => {
                type $name = $crate::version::Lua55;
                $expression
            }
        }
    };
}
pub(crate) use with_version;

impl Version {
    /// Every version, oldest first.
    pub const ALL: [Version; 5] = [
        Version::Lua51,
        Version::Lua52,
        Version::Lua53,
        Version::Lua54,
        Version::Lua55,
    ];

    /// The name, such as `Lua 5.3`.
    pub const fn name(self) -> &'static str {
        match self {
            Version::Lua51 => "Lua 5.1",
            Version::Lua52 => "Lua 5.2",
            Version::Lua53 => "Lua 5.3",
            Version::Lua54 => "Lua 5.4",
            Version::Lua55 => "Lua 5.5",
        }
    }

    /// The version byte of a chunk's header (`LUAC_VERSION`).
    pub const fn byte(self) -> u8 {
        self as u8
    }

    /// Returns the version with this version byte.
    pub fn of_byte(byte: u8) -> Option<Version> {
        Version::ALL
            .into_iter()
            .find(|version| version.byte() == byte)
    }

    /// Returns whether a chunk stores the number of upvalues of its main function's closure.
    pub(crate) const fn has_closure(self) -> bool {
        self.byte() >= 0x53
    }

    /// Whether a function without a source has its parent's. If not, a function can lack a source
    /// inside a function that has one.
    pub(crate) const fn inherits_source(self) -> bool {
        !matches!(self, Version::Lua52 | Version::Lua55)
    }

    /// Returns whether upvalues have a kind.
    pub(crate) const fn has_kinds(self) -> bool {
        self.byte() >= 0x54
    }

    /// Returns whether a chunk stores lines relative to each other.
    pub(crate) const fn has_relative_lines(self) -> bool {
        self.byte() >= 0x54
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(&self.name()["Lua ".len()..])
    }
}

impl FromStr for Version {
    type Err = UnknownVersion;

    fn from_str(number: &str) -> Result<Self, UnknownVersion> {
        Version::ALL
            .into_iter()
            .find(|version| version.to_string() == number)
            .ok_or(UnknownVersion)
    }
}

/// A version whose chunks cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownVersion;

impl Error for UnknownVersion {}

impl fmt::Display for UnknownVersion {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let versions = Version::ALL.map(|version| version.to_string());
        write!(f, "there are {}", versions.join(", "))
    }
}
