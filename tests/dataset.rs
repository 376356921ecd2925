//! `luadec-tok dataset` as its users run it.
#![cfg(feature = "dataset")]

mod common;
#[path = "common/kinds.rs"]
mod kinds;

mod dataset {
    mod drops;
    mod identity;
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
    mod trust;
}
