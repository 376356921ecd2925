//! `luadec-tok dataset` and `luadec-tok vocab --add-to`.

mod add_to;
mod arrow;
mod drops;
mod identity;
mod ids;
mod limits;
mod lossy;
mod luac;
mod near;
mod outlines;
mod output;
mod records;
mod resume;
mod rows;
mod run;
mod sets;
mod shares;
mod tools;
#[cfg(feature = "score")]
mod training;
mod trust;
