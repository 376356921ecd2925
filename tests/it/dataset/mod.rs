//! `luadec-tok dataset` as its users run it.

mod drops;
mod ids;
mod limits;
mod luac;
mod output;
mod records;
mod resume;
mod rows;
mod run;
mod sets;
mod tools;
