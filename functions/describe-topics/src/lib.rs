//! describe-topics
