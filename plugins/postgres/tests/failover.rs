//! A plan is for the server that was seen: behind the same address another one may answer by the time of the approval.

mod fixture;

use fixture::{cx, plan};
use serde_json::json;
use std::sync::{Arc, Mutex};
use steersman_plugin_postgres::Postgres as Plugin_;
use steersman_testkit::Postgres;
use steersman_toolkit::{Handles, Plugin, Secrets};
use tokio::{
    io::copy_bidirectional,
    net::{TcpListener, TcpStream},
};

/// An address that leads to one server now and to another one after a failover, as a load balancer's does.
struct Address {
    port: u16,
    leads_to: Arc<Mutex<u16>>,
}

impl Address {
    async fn of(port: u16) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let address = Self {
            port: listener.local_addr().unwrap().port(),
            leads_to: Arc::new(Mutex::new(port)),
        };
        let leads_to = address.leads_to.clone();
        tokio::spawn(async move {
            while let Ok((mut client, _)) = listener.accept().await {
                let port = *leads_to.lock().unwrap();
                tokio::spawn(async move {
                    if let Ok(mut server) = TcpStream::connect(("127.0.0.1", port)).await {
                        let _ = copy_bidirectional(&mut client, &mut server).await;
                    }
                });
            }
        });
        address
    }

    fn now_leads_to(&self, port: u16) {
        *self.leads_to.lock().unwrap() = port;
    }

    async fn handles(&self, server: &Postgres) -> Handles {
        let settings = json!({
            "host": "127.0.0.1", "port": self.port, "database": "postgres", "user": server.user()
        });
        let secrets = Secrets::from([("password".to_owned(), server.password().to_owned().into())]);
        Plugin_.connect(&settings, &secrets).await.unwrap()
    }
}

async fn until(server: &Postgres, sql: &str) {
    for _ in 0..200 {
        if server.sql(sql).await.unwrap()[0][0].as_deref() == Some("t") {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    panic!("not within 20 s: {sql}");
}

#[tokio::test]
async fn a_plan_does_not_survive_a_failover() {
    let mut primary = Postgres::start().await.unwrap();
    primary.sql("CREATE TABLE orders (customer int)").await.unwrap();
    let standby = primary.standby("berlin").await.unwrap();
    until(&standby, "SELECT count(*) = 1 FROM pg_class WHERE relname = 'orders'").await;

    let address = Address::of(primary.port()).await;
    let handles = address.handles(&primary).await;
    let arguments = json!({ "table": "orders", "columns": ["customer"] });
    let create = async || plan(&cx(), &handles, "postgres.create_index", arguments.clone()).await;
    let seen = create().await.unwrap();
    assert_eq!(seen.must_hold["server"]["is_primary"], json!(true));
    assert!(seen.must_hold["server"]["timeline"].is_string());
    // The same server, asked again, is the same.
    assert_eq!(create().await.unwrap().must_hold, seen.must_hold);

    // The address leads to the standby before it is promoted: nothing can be planned there.
    primary.stop_immediately();
    address.now_leads_to(standby.port());
    assert_eq!(create().await.unwrap_err().code, "postgres.standby");

    // It is promoted: the same cluster, table and object ids, but not the server that was seen.
    standby.promote().await.unwrap();
    let after = create().await.unwrap();
    assert_eq!(after.must_hold["table"], seen.must_hold["table"]);
    assert_eq!(
        after.must_hold["server"]["system_identifier"],
        seen.must_hold["server"]["system_identifier"]
    );
    assert_ne!(
        after.must_hold["server"]["timeline"],
        seen.must_hold["server"]["timeline"]
    );
    assert_ne!(after.must_hold, seen.must_hold);
}

#[tokio::test]
async fn a_session_is_killed_only_on_the_server_where_it_was_seen() {
    let primary = Postgres::start().await.unwrap();
    let standby = primary.standby("berlin").await.unwrap();
    let client = standby.connect("postgres").await.unwrap();
    let pid: i32 = client.query_one("SELECT pg_backend_pid()", &[]).await.unwrap().get(0);

    let address = Address::of(standby.port()).await;
    let handles = address.handles(&standby).await;
    let arguments = json!({ "pid": pid, "mode": "terminate" });
    let seen = plan(&cx(), &handles, "postgres.kill_connection", arguments.clone())
        .await
        .unwrap();
    assert_eq!(seen.must_hold["server"]["is_primary"], json!(false));

    // A promotion leaves sessions alone: the very same one is now on a primary.
    standby.promote().await.unwrap();
    let after = plan(&cx(), &handles, "postgres.kill_connection", arguments)
        .await
        .unwrap();
    assert_eq!(after.must_hold["backend_start"], seen.must_hold["backend_start"]);
    assert_ne!(after.must_hold["server"], seen.must_hold["server"]);
}
