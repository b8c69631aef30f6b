//! Keys, scheduling, early cutoff, the up-to-date snapshot, the event log.
