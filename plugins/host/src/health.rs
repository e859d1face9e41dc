//! A quick look at whether the machine is well.

use crate::{cpu, mounts, show};
use std::{path::Path, time::Instant};
use steersman_toolkit::protocol::{Health, HealthState, Measurement};
use sysinfo::{MemoryRefreshKind, System};

/// A disk this full soon stops somebody's work.
const FULL_PERCENT: f64 = 95.0;
const SCARCE_MEMORY_PERCENT: f64 = 5.0;

/// Processors, memory, load and the root file system, read in about a millisecond. Never `Down`: somebody is here to look.
pub fn look() -> Health {
    let began = Instant::now();
    let mut worries = Vec::new();
    let mut facts = Vec::new();
    let mut measurements = Vec::new();
    if let Some(busy) = cpu::busy_percent() {
        measurements.push(Measurement::new("cpu", "percent", busy));
    }
    if let Some(root) = mounts::local_usage(Path::new("/")) {
        measurements.push(Measurement::new("disk", "percent", root.used_percent()));
        let fact = format!("/ is {:.0} % full", root.used_percent());
        let is_full = root.used_percent() >= FULL_PERCENT;
        if is_full { &mut worries } else { &mut facts }.push(fact);
    }
    if let Ok(mut system) = System::new() {
        system.refresh_memory_specifics(MemoryRefreshKind::nothing().with_ram());
        let free = show::percent(system.available_memory(), system.total_memory());
        measurements.push(Measurement::new("memory", "percent", show::rounded(100.0 - free)));
        let fact = format!("{} of memory available", show::size(system.available_memory()));
        let is_scarce = free <= SCARCE_MEMORY_PERCENT;
        if is_scarce { &mut worries } else { &mut facts }.push(fact);
    }
    if let Ok(load) = System::load_average() {
        measurements.push(Measurement::new("load", "", load.one));
        facts.push(format!("load {:.2}", load.one));
    }
    let state = if worries.is_empty() {
        HealthState::Healthy
    } else {
        HealthState::Degraded
    };
    worries.extend(facts);
    Health {
        state,
        sentence: worries.join(", "),
        version: System::kernel_version().ok(),
        latency_ms: began.elapsed().as_millis() as u64,
        measurements,
    }
}
