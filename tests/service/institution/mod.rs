//! The service as an institution: registrations from form to removal, operators, mails, terms.

mod crash;
mod forms;
mod life;
mod mails;
mod occoder;
mod office;
mod operators;
mod support;
mod threats;
mod time;
mod usage;
