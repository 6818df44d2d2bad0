//! authorise-request
