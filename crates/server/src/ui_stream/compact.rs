//! Fewer chunks with the same result, for a replay and for what a slow follower missed.

use super::chunk::{Chunk, DataChunk};
use super::reduce::merge;
use std::collections::HashMap;

/// Joins neighbouring pieces of the same part, keeps of a data part only the last state, at the place of the first, and
/// joins what is said of the message as a whole. Reduces to the same message as `chunks`.
pub fn compact(chunks: Vec<Chunk>) -> Vec<Chunk> {
    let mut kept: Vec<Chunk> = Vec::with_capacity(chunks.len());
    // Where in `kept` the newest state of a data part is, by type and id, and what the message's metadata goes into.
    let mut places: HashMap<(String, String), usize> = HashMap::new();
    let mut metadata_at: Option<usize> = None;
    for chunk in chunks {
        match chunk {
            Chunk::TextDelta { id, delta } => match kept.last_mut() {
                Some(Chunk::TextDelta {
                    id: last,
                    delta: so_far,
                }) if *last == id => so_far.push_str(&delta),
                _ => kept.push(Chunk::TextDelta { id, delta }),
            },
            Chunk::ReasoningDelta { id, delta } => match kept.last_mut() {
                Some(Chunk::ReasoningDelta {
                    id: last,
                    delta: so_far,
                }) if *last == id => so_far.push_str(&delta),
                _ => kept.push(Chunk::ReasoningDelta { id, delta }),
            },
            Chunk::Data(DataChunk {
                kind,
                id: Some(id),
                data,
                transient: false,
            }) => {
                let place = places.entry((kind.clone(), id.clone())).or_insert(kept.len());
                match kept.get_mut(*place) {
                    Some(Chunk::Data(there)) => there.data = data,
                    _ => kept.push(Chunk::Data(DataChunk {
                        kind,
                        id: Some(id),
                        data,
                        transient: false,
                    })),
                }
            }
            Chunk::MessageMetadata { message_metadata } => match metadata_at.and_then(|at| kept.get_mut(at)) {
                Some(
                    Chunk::Start {
                        message_metadata: Some(so_far),
                        ..
                    }
                    | Chunk::MessageMetadata {
                        message_metadata: so_far,
                    },
                ) => merge(so_far, message_metadata),
                _ => {
                    metadata_at = Some(kept.len());
                    kept.push(Chunk::MessageMetadata { message_metadata });
                }
            },
            Chunk::ResetStep => {
                // What it takes back could be left out; what is in between stays where it is.
                places.clear();
                kept.push(Chunk::ResetStep);
            }
            Chunk::Start { .. } => {
                // A replay in the middle begins from nothing.
                places.clear();
                metadata_at = Some(kept.len());
                kept.push(chunk);
            }
            other => kept.push(other),
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui_stream::reduce::Reducer;
    use serde_json::json;

    /// Any order that a client takes, from the numbers: parts that are begun, written and ended, data, steps.
    fn chunks(seed: u64) -> Vec<Chunk> {
        let mut dice = seed;
        let mut below = |most: u64| {
            dice = dice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(seed | 1);
            (dice >> 33) % most
        };
        let start = Chunk::Start {
            message_id: Some("m".into()),
            message_metadata: Some(json!({ "status": "executing" })),
        };
        let (mut chunks, mut open) = (vec![start, Chunk::StartStep], Vec::<(bool, String)>::new());
        for number in 0..60 {
            let id = format!("{number}");
            let choice = below(9);
            let any = below(open.len().max(1) as u64) as usize;
            chunks.push(match (choice, open.get(any).cloned()) {
                (0, _) => {
                    open.push((false, id.clone()));
                    Chunk::TextStart { id }
                }
                (1, _) => {
                    open.push((true, id.clone()));
                    Chunk::ReasoningStart { id }
                }
                (2 | 3, Some((false, open))) => Chunk::TextDelta { id: open, delta: id },
                (2 | 3, Some((true, open))) => Chunk::ReasoningDelta { id: open, delta: id },
                (4, Some((is_reasoning, ended))) => {
                    open.remove(any);
                    match is_reasoning {
                        true => Chunk::ReasoningEnd { id: ended },
                        false => Chunk::TextEnd { id: ended },
                    }
                }
                (5 | 6, _) => Chunk::Data(DataChunk {
                    kind: "data-call".into(),
                    id: (choice == 5).then(|| below(3).to_string()),
                    data: json!({ "number": number }),
                    transient: below(4) == 0,
                }),
                (7, _) => Chunk::MessageMetadata {
                    message_metadata: json!({ "status": number, "usage": { format!("of_{}", below(3)): number } }),
                },
                (8, _) if below(3) == 0 => {
                    open.clear();
                    Chunk::ResetStep
                }
                _ => Chunk::StartStep,
            });
        }
        chunks
    }

    #[test]
    fn fewer_chunks_make_the_same_message() {
        for seed in 0..500 {
            let all = chunks(seed);
            let fewer = compact(all.clone());
            let so = Reducer::message_of(all.clone()).unwrap();
            assert_eq!(Reducer::message_of(fewer.clone()).unwrap(), so, "{all:#?}");
            assert!(fewer.len() <= all.len());
            assert_eq!(compact(fewer.clone()), fewer, "once is enough");
            let (before, after) = all.split_at(all.len() / 2);
            let mut in_two = compact(before.to_vec());
            in_two.extend(after.iter().cloned());
            assert_eq!(Reducer::message_of(compact(in_two)).unwrap(), so);
        }
    }
}
