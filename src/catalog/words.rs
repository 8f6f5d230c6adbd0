//! Words of everyday code, by concept: `rules/words/*.toml`, one module a file.
//!
//! They are asked only where what is called is unknown, or where a language's own library is meant. A concept is a list of
//! names; what a finding of it means is decided where it is asked.

include!(concat!(env!("OUT_DIR"), "/words.rs"));
