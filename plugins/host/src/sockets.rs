//! Ports that something listens on.
//!
//! The kernel's tables (`/proc/net`) show every socket to everybody; who holds it shows only where we may look into the
//! process. So sockets come from the tables, owners from `listeners`, and an unknown owner stays unknown.

use std::{
    collections::HashMap,
    fs,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
};

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ListeningPort {
    pub port: u16,
    /// `tcp` or `udp`.
    pub protocol: &'static str,
    pub address: IpAddr,
    pub owner_uid: u32,
    /// `None` when the process belongs to somebody whose processes we may not look into.
    pub process: Option<(u32, String)>,
}

impl ListeningPort {
    pub fn is_open_to_the_network(&self) -> bool {
        !self.address.is_loopback()
    }
}

/// Every listening TCP port and bound UDP port of this network namespace, by port.
pub fn listening() -> Vec<ListeningPort> {
    let owners: HashMap<(&'static str, SocketAddr), (u32, String)> = listeners::get_all()
        .unwrap_or_default()
        .into_iter()
        .map(|l| {
            let protocol = match l.protocol {
                listeners::Protocol::TCP => "tcp",
                listeners::Protocol::UDP => "udp",
            };
            ((protocol, l.socket), (l.process.pid, l.process.name))
        })
        .collect();
    let tables = [("tcp", "tcp"), ("tcp6", "tcp"), ("udp", "udp"), ("udp6", "udp")];
    let mut ports: Vec<ListeningPort> = tables
        .into_iter()
        .flat_map(|(table, protocol)| {
            parse(
                &fs::read_to_string(format!("/proc/net/{table}")).unwrap_or_default(),
                protocol,
            )
        })
        .map(|mut port| {
            port.process = owners
                .get(&(port.protocol, SocketAddr::new(port.address, port.port)))
                .cloned();
            port
        })
        .collect();
    ports.sort();
    ports.dedup();
    ports
}

/// Lines of `/proc/net/tcp` and its siblings: number, local, remote, state, queues, timer, retransmits, uid, …
fn parse(table: &str, protocol: &'static str) -> Vec<ListeningPort> {
    // include/net/tcp_states.h: a listening TCP socket, and an unconnected UDP socket.
    let wanted = if protocol == "tcp" { "0A" } else { "07" };
    table
        .lines()
        .skip(1)
        .filter_map(|line| {
            let fields: Vec<&str> = line.split_whitespace().collect();
            let (address, port) = fields.get(1)?.split_once(':')?;
            (*fields.get(3)? == wanted).then_some(())?;
            Some(ListeningPort {
                port: u16::from_str_radix(port, 16).ok()?,
                protocol,
                address: address_of(address)?,
                owner_uid: fields.get(7)?.parse().ok()?,
                process: None,
            })
        })
        .collect()
}

/// Addresses are words of 32 bits in network order, printed as the machine's own numbers.
fn address_of(hex: &str) -> Option<IpAddr> {
    let words: Vec<[u8; 4]> = (0..hex.len() / 8)
        .map(|i| {
            u32::from_str_radix(hex.get(i * 8..i * 8 + 8)?, 16)
                .ok()
                .map(u32::to_ne_bytes)
        })
        .collect::<Option<_>>()?;
    match words[..] {
        [v4] => Some(IpAddr::V4(Ipv4Addr::from(v4))),
        [a, b, c, d] => <[u8; 16]>::try_from([a, b, c, d].concat())
            .ok()
            .map(|v6| IpAddr::V6(Ipv6Addr::from(v6))),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(target_endian = "little")]
    #[test]
    fn the_kernels_tables_are_read() {
        let tcp = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n\
            0: 0100007F:1538 00000000:0000 0A 00000000:00000000 00:00000000 00000000   104        0 1\n\
            1: 0100007F:1538 0100007F:C000 01 00000000:00000000 00:00000000 00000000   104        0 2\n";
        let tcp6 = "header\n   0: 00000000000000000000000001000000:0016 00000000000000000000000000000000:0000 0A x x x 0 0 3\n";
        let found: Vec<String> = parse(tcp, "tcp")
            .into_iter()
            .chain(parse(tcp6, "tcp"))
            .map(|p| format!("{} {} {}", p.address, p.port, p.owner_uid))
            .collect();
        assert_eq!(found, ["127.0.0.1 5432 104", "::1 22 0"]);
    }

    #[test]
    fn a_broken_table_gives_no_ports() {
        for table in [
            "",
            "header\n",
            "header\n 0: zz:1 0 0A\n",
            "header\n 0: 0100007F:1538 x 0A x\n",
        ] {
            assert_eq!(parse(table, "tcp"), []);
        }
    }
}
