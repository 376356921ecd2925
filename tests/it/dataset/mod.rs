//! `luadec-tok dataset`, `luadec-tok vocab --add-to` and `luadec-tok vocab --train`.

mod add_to;
mod arrow;
mod drops;
mod identity;
mod ids;
mod languages;
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
mod sentencepiece;
mod sets;
mod shares;
mod tools;
mod train_base;
#[cfg(feature = "score")]
mod training;
mod trust;
