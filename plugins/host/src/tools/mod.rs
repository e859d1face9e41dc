//! One file a tool; their order to show is in the crate's root.

mod find_large_files;
mod get_disk_usage;
mod get_metrics;
mod kill_process;
mod list_listening_ports;
mod list_processes;
mod read_log;

pub use find_large_files::FindLargeFiles;
pub use get_disk_usage::GetDiskUsage;
pub use get_metrics::GetMetrics;
pub use kill_process::KillProcess;
pub use list_listening_ports::ListListeningPorts;
pub use list_processes::ListProcesses;
pub use read_log::ReadLog;
