//! Integration tests: through the real program and real git repositories; one file per promise.
