//! The error for arguments that are wrong.

/// The arguments do not fit each other or what they are used for: exit status 2.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Usage(pub String);
