//! Arguments that each parse but do not go together.

/// The arguments do not fit what they are used for: exit status 2.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Usage(pub String);
