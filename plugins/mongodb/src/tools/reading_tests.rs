//! The reading tools on a real server.

use super::list_collections::ListCollections;
use crate::fixture::Fixture;
use serde_json::json;
use steersman_toolkit::{Query, protocol::Block};

#[tokio::test]
async fn collections_are_listed_with_their_sizes() {
    let fixture = Fixture::with_orders(1_000).await;
    let answer = ListCollections.run(&fixture.cx, &fixture.reader, serde_json::from_value(json!({})).unwrap()).await.unwrap();
    let Block::Table { rows, .. } = &answer.blocks[0] else { panic!("{answer:?}") };
    assert_eq!(rows[0][..3], [json!("orders"), json!("collection"), json!(1_000)]);
}
