//! `luadec-tok dataset` as its users run it.
#![cfg(feature = "dataset")]

mod common;

mod dataset {
    mod drops;
    mod limits;
    mod output;
    mod records;
    mod resume;
    mod rows;
    mod run;
    mod sets;
    mod tools;
}
