//! `Memefile.toml` text to spanned tables: the frame of the file, not the keys of a node type.
