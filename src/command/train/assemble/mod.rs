//! Makes a proven Lua file of a chunk and a model's answers to its outlines.

mod answers;
pub mod arguments;
mod build;
mod comments;
mod file;
mod functions;
mod locals;
mod names;
mod registers;
mod skeleton;
#[cfg(test)]
mod tests;
