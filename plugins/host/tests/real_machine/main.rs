//! The tools of the host plugin against this very machine.

mod catalogue;
mod disks;
mod files;
mod kill;
mod logs;
mod metrics;
mod ports;
mod processes;
mod stage;
mod unprivileged;
