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
mod words;

pub use network::TrainedNetwork;
pub use settings::Settings;
pub use training::train;
pub use vocabulary::features_of;
pub use watch::share_right;
pub use words::WordVectors;
