//! What people read: a listing as `luac -l -l` prints it, a hexdump that explains every byte of a chunk,
//! and the streams laid out in lines.

mod diff;
mod hexdump;
mod listing;
mod page;
mod partial;
mod pretty;
mod select;

pub use diff::{DiffMark, ListedFunction};
pub use page::{Page, is_control};
pub use partial::{PartialChunk, read, read_in};
pub use select::{FunctionSpec, FunctionSpecError, Selected};
