//! How busy the processors were between two looks.

use std::sync::{Mutex, PoisonError};

/// Time of all processors since the machine started, in ticks (proc(5)).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Ticks {
    all: u64,
    idle: u64,
}

static LAST: Mutex<Option<Ticks>> = Mutex::new(None);

/// Percent busy since the last call in this process; `None` at the first, and where too little time passed to tell.
pub fn busy_percent() -> Option<f64> {
    let now = parse(&std::fs::read_to_string("/proc/stat").ok()?)?;
    let last = LAST.lock().unwrap_or_else(PoisonError::into_inner).replace(now)?;
    between(last, now)
}

fn parse(stat: &str) -> Option<Ticks> {
    let numbers: Vec<u64> = stat
        .lines()
        .next()?
        .strip_prefix("cpu ")?
        .split_whitespace()
        // user nice system idle iowait irq softirq steal; guests are in user already.
        .take(8)
        .map(|text| text.parse().ok())
        .collect::<Option<_>>()?;
    Some(Ticks {
        all: numbers.iter().sum(),
        idle: numbers.get(3)? + numbers.get(4)?,
    })
}

fn between(before: Ticks, after: Ticks) -> Option<f64> {
    let all = after.all.checked_sub(before.all).filter(|all| *all > 0)?;
    let idle = after.idle.saturating_sub(before.idle).min(all);
    Some(crate::show::percent(all - idle, all))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn busy_is_what_was_neither_idle_nor_waiting_for_disks() {
        let before = parse("cpu  100 0 100 700 100 0 0 0 0 0\ncpu0 1 2 3 4\n").unwrap();
        let after = parse("cpu  150 0 120 720 110 0 0 0 0 0\n").unwrap();
        assert_eq!(before, Ticks { all: 1000, idle: 800 });
        assert_eq!(between(before, after), Some(70.0));
        assert_eq!(between(after, after), None);
        assert_eq!(between(after, before), None, "a counter that went back tells nothing");
        for odd in ["", "cpu", "cpu  1 2", "intr 7", "cpu  a b c d e f g h"] {
            assert_eq!(parse(odd), None, "{odd}");
        }
    }
}
