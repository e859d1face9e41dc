//! Chooses indexes one after the other, each time the one that helps the whole workload most.

use super::{
    candidate::Candidate,
    trial::{Outcome, Trial, is_final},
};
use steersman_toolkit::protocol::Problem;
use tokio::time::Instant;

/// An index must save this part of what the workload still costs.
const WORTH_IT: f64 = 0.02;
/// One that also holds columns just to be read is up to twice as large, so it must save more.
const WORTH_IT_INCLUDING: f64 = 0.2;
/// And what it saves counts less.
const INCLUDING: f64 = 0.9;
/// Of indexes that save nearly as much as the best one, the smallest is taken.
const NEARLY: f64 = 0.98;
/// More at once nobody reviews.
const MOST_CHOSEN: usize = 8;
/// Rough cost of one more index entry, in the planner's unit (one page read in sequence): descending the tree as
/// PostgreSQL's cost model has it (about 0.4), and a page that gets dirty.
const ENTRY_COST: f64 = 1.5;

/// What there is to choose from and for.
pub(super) struct Search<'a> {
    pub candidates: Vec<Candidate>,
    /// Statements that use the candidate's table, for each candidate.
    pub touches: Vec<Vec<usize>>,
    /// Calls of each statement.
    pub weights: &'a [f64],
    /// Costs of each statement's plan as things are.
    pub now: Vec<f64>,
    /// Rows written to the candidate's table in the workload, for each candidate.
    pub written: Vec<f64>,
    pub deadline: Instant,
}

/// An index that was chosen.
#[derive(Clone, Debug)]
pub(super) struct Chosen {
    pub candidate: Candidate,
    pub bytes: f64,
    /// Statements whose plan uses it.
    pub helps: Vec<usize>,
}

#[derive(Debug, Default)]
pub(super) struct Choice {
    pub chosen: Vec<Chosen>,
    /// Costs of each statement's plan with all of them.
    pub after: Vec<f64>,
    pub tried: usize,
    /// Time ran out before everything was tried.
    pub is_cut: bool,
}

/// What one candidate would save, beside those chosen so far.
#[derive(Clone, Copy, Debug, Default)]
struct Gain {
    net: f64,
    bytes: f64,
}

pub(super) async fn choose(search: &Search<'_>, trial: &mut Trial<'_, '_>) -> Result<Choice, Problem> {
    let mut choice = Choice {
        after: search.now.clone(),
        ..Choice::default()
    };
    let mut chosen: Vec<usize> = Vec::new();
    let mut open: Vec<usize> = (0..search.candidates.len()).collect();
    let mut stale = open.clone();
    let mut gains = vec![Gain::default(); search.candidates.len()];
    loop {
        for at in std::mem::take(&mut stale) {
            if Instant::now() >= search.deadline {
                choice.is_cut = true;
                break;
            }
            gains[at] = search.gain(trial, &chosen, &choice.after, at).await?;
            choice.tried += 1;
        }
        let left = search.weighted(&choice.after);
        let worth: Vec<usize> = open
            .iter()
            .copied()
            .filter(|at| search.is_worth(*at, gains[*at], left))
            .collect();
        let Some(best) = best(&worth, &gains) else {
            break;
        };
        let taken = &search.candidates[best];
        chosen.retain(|at| !taken.covers(&search.candidates[*at]));
        chosen.push(best);
        open.retain(|at| !taken.covers(&search.candidates[*at]));
        choice.after = search.settle(trial, &chosen, &mut choice.chosen).await?;
        if chosen.len() >= MOST_CHOSEN || choice.is_cut {
            break;
        }
        let is_near = |at: &usize| {
            search.touches[*at]
                .iter()
                .any(|statement| search.touches[best].contains(statement))
        };
        stale = open.iter().copied().filter(is_near).collect();
    }
    choice.drop_unused();
    Ok(choice)
}

fn best(open: &[usize], gains: &[Gain]) -> Option<usize> {
    let most = open.iter().map(|at| gains[*at].net).max_by(f64::total_cmp)?;
    open.iter()
        .copied()
        .filter(|at| gains[*at].net >= NEARLY * most)
        .min_by(|a, b| gains[*a].bytes.total_cmp(&gains[*b].bytes))
}

impl Search<'_> {
    pub(super) fn weighted(&self, costs: &[f64]) -> f64 {
        costs.iter().zip(self.weights).map(|(cost, weight)| cost * weight).sum()
    }

    fn is_worth(&self, at: usize, gain: Gain, left: f64) -> bool {
        let part = match self.candidates[at].included.is_empty() {
            true => WORTH_IT,
            false => WORTH_IT_INCLUDING,
        };
        gain.net > 0.0 && gain.net >= part * left
    }

    /// Tries one candidate in place of those that it makes superfluous.
    async fn gain(
        &self,
        trial: &mut Trial<'_, '_>,
        chosen: &[usize],
        current: &[f64],
        at: usize,
    ) -> Result<Gain, Problem> {
        let candidate = &self.candidates[at];
        let mut set = vec![candidate];
        let others = chosen.iter().map(|at| &self.candidates[*at]);
        set.extend(others.filter(|other| !candidate.covers(other)));
        let (outcomes, sizes) = match trial.with(&set, &self.touches[at]).await {
            Ok(outcomes) => outcomes,
            Err(problem) if is_final(&problem) => return Err(problem),
            // An index that this server cannot have: a type without an order, say.
            Err(_) => return Ok(Gain::default()),
        };
        let saved: f64 = outcomes
            .iter()
            .zip(&self.touches[at])
            .map(|(outcome, statement)| (current[*statement] - outcome.cost) * self.weights[*statement])
            .sum();
        let is_used = outcomes.iter().any(|outcome| outcome.used.contains(&0));
        Ok(Gain {
            net: if is_used && !candidate.included.is_empty() {
                INCLUDING * saved - self.written[at] * ENTRY_COST
            } else if is_used {
                saved - self.written[at] * ENTRY_COST
            } else {
                0.0
            },
            bytes: sizes[0],
        })
    }

    /// The plans of all statements with everything that is chosen.
    async fn settle(
        &self,
        trial: &mut Trial<'_, '_>,
        chosen: &[usize],
        record: &mut Vec<Chosen>,
    ) -> Result<Vec<f64>, Problem> {
        let set: Vec<&Candidate> = chosen.iter().map(|at| &self.candidates[*at]).collect();
        let all: Vec<usize> = (0..self.now.len()).collect();
        let (outcomes, sizes) = trial.with(&set, &all).await?;
        *record = set
            .iter()
            .zip(sizes)
            .enumerate()
            .map(|(at, (candidate, bytes))| Chosen {
                candidate: (*candidate).clone(),
                bytes,
                helps: self.helped(&outcomes, at),
            })
            .collect();
        Ok(outcomes.iter().map(|outcome| outcome.cost).collect())
    }

    fn helped(&self, outcomes: &[Outcome], index: usize) -> Vec<usize> {
        let is_helped = |at: &usize| outcomes[*at].used.contains(&index) && outcomes[*at].cost < self.now[*at];
        (0..outcomes.len()).filter(is_helped).collect()
    }
}

impl Choice {
    /// One that was chosen early may have become superfluous by a later one.
    fn drop_unused(&mut self) {
        self.chosen.retain(|chosen| !chosen.helps.is_empty());
    }
}
