//! Small documents of the store, each read once however many nodes made it.

use crate::contract::digest::Digest;
use crate::contract::{self, Contract};
use crate::store::{Cas, LocalStore};
use rayon::prelude::*;
use std::collections::{BTreeSet, HashMap};

/// Documents of one contract by their digest. One that is gone or breaks its contract is not there.
pub struct Documents<T>(HashMap<Digest, T>);

impl<T: Contract + Send> Documents<T> {
    pub fn read(store: &LocalStore, digests: impl Iterator<Item = Digest>) -> Self {
        let digests: BTreeSet<Digest> = digests.collect();
        let read = digests.into_par_iter().filter_map(|digest| {
            let bytes = store.bytes(&digest).ok()?;
            Some((digest, contract::read(&bytes).ok()?))
        });
        Self(read.collect())
    }

    pub fn get(&self, digest: &Digest) -> Option<&T> {
        self.0.get(digest)
    }
}
