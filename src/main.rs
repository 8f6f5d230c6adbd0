//! The `connlint` program: everything is in the library.
//!
//! Knows the command line and nothing of what happens behind it.

/// Facts are many small values; the system's allocator takes a fifth of a run for them.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    connlint::cli::main()
}
