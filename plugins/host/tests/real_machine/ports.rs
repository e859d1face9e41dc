use crate::stage::{Stage, rows};
use serde_json::json;
use std::net::{TcpListener, UdpSocket};

#[tokio::test]
async fn our_own_tcp_port_is_found_with_its_owner() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("an address").port();
    let stage = Stage::new().await;
    let answer = stage
        .ask("host.list_listening_ports", json!({"port": port}))
        .await
        .expect("ports");
    let found = rows(&answer);
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(found[0]["protocol"], "tcp");
    assert_eq!(found[0]["address"], "127.0.0.1");
    assert_eq!(found[0]["open to"], "this machine");
    assert_eq!(found[0]["pid"], std::process::id());
    assert!(
        answer.summary.starts_with(&format!("Port {port} is held by")),
        "{}",
        answer.summary
    );
}

#[tokio::test]
async fn udp_and_ipv6_ports_are_found_and_open_ones_are_told() {
    let udp = UdpSocket::bind("0.0.0.0:0").expect("a port");
    let tcp = TcpListener::bind("[::1]:0").expect("an IPv6 port");
    let stage = Stage::new().await;
    let found = rows(&stage.ask("host.list_listening_ports", json!({})).await.expect("ports"));
    let row = |protocol: &str, port: u16| {
        let is_it = |row: &&serde_json::Value| row["protocol"] == protocol && row["port"] == port;
        found.iter().find(is_it).cloned().expect("the port is there")
    };
    assert_eq!(
        row("udp", udp.local_addr().expect("an address").port())["open to"],
        "network"
    );
    assert_eq!(
        row("tcp", tcp.local_addr().expect("an address").port())["address"],
        "::1"
    );
}

#[tokio::test]
async fn a_free_port_is_said_to_be_free() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("an address").port();
    drop(listener);
    let stage = Stage::new().await;
    let answer = stage
        .ask("host.list_listening_ports", json!({"port": port}))
        .await
        .expect("ports");
    assert_eq!(answer.summary, format!("Nothing listens on port {port}"));
}
