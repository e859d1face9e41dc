//! What the nouns look like on the wire, and which texts they take.

mod digests;
mod golden;
mod parsing;
mod round_trips;
mod samples;
