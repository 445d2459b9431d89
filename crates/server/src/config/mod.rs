//! The configuration: one TOML file, read once, refused whole where a line is wrong.

pub mod letters;
mod load;
pub mod reference;
pub mod sections;
pub mod transport;

pub use load::{ConfigError, load, parse};
pub use sections::Config;
