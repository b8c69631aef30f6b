//! How long tests of chance go on: shortly in `make test`, for hours in `make soak`, which runs
//! the tests that `scripts/soak` lists. A test that calls [`rounds`] belongs into that list.

/// `few` rounds, or `many` where `MEMEBUILD_SOAK` is set.
pub fn rounds(few: u32, many: u32) -> u32 {
    if std::env::var_os("MEMEBUILD_SOAK").is_some() { many } else { few }
}
