//! What the fuzz targets do with their bytes. The repository's tests run the same with random and exhaustive input.

pub mod bytes;
pub mod kernel;
pub mod operations;
