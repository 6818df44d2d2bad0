//! The network in training: an embedding table, a hidden layer and a softmax, in plain arrays.

mod adam;
mod batch;
mod network;
mod quantise;
mod settings;
mod table;
mod training;
mod vocabulary;
mod watch;

pub use network::TrainedNetwork;
pub use settings::Settings;
pub use training::train;
pub use vocabulary::vocabulary_of;
