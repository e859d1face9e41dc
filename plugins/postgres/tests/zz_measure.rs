mod common;
use common::Shop;
use serde_json::json;
use std::time::Instant;
#[tokio::test]
async fn measure() {
    let shop = Shop::with_scale(0.1).await;
    let client = shop.database.connect().await.unwrap();
    let mut bare = vec![];
    for _ in 0..200 { let t = Instant::now(); client.query("SELECT count(*) FROM customers", &[]).await.unwrap(); bare.push(t.elapsed()); }
    bare.sort(); println!("bare {:?}", bare[100]);
    for (tool, args) in [("postgres.run_query", json!({"sql":"SELECT count(*) FROM customers"})), ("postgres.list_tables", json!({})), ("postgres.list_indexes", json!({"table":"orders"})), ("postgres.get_locks", json!({})),
      ("postgres.explain_query", json!({"sql":"SELECT * FROM orders WHERE customer_id = $1"})), ("postgres.get_slow_queries", json!({}))] {
        let mut v = vec![];
        for _ in 0..60 { let t = Instant::now(); shop.ask(tool, args.clone()).await.unwrap(); v.push(t.elapsed()); }
        v.sort(); println!("{tool} median {:?} p95 {:?}", v[30], v[57]);
    }
    let mut v = vec![];
    for _ in 0..30 { let t = Instant::now(); shop.plan("postgres.create_index", json!({"table":"orders","columns":["customer_id"]})).await.unwrap(); v.push(t.elapsed()); }
    v.sort(); println!("plan create_index {:?}", v[15]);
}
