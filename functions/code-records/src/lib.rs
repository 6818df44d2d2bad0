//! code-records
