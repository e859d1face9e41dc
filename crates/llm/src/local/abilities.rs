//! What it says when there is nothing to call: greetings, help, and honest refusals.

use super::{
    intent::{Scope, rank},
    mood::has_phrase,
    reading::Reading,
    verbs::VerbClass,
    world::World,
};
use steersman_protocol::ToolKind;

const MOST_EXAMPLES: usize = 5;
const MOST_TITLES: usize = 8;

/// An answer to greetings, thanks and "what can you do". `None` for anything else.
pub fn small_talk(world: &World<'_>, reading: &Reading) -> Option<String> {
    let words: Vec<&str> = reading.tokens.iter().map(|token| token.lower.as_str()).collect();
    if words.is_empty() && reading.sql.is_none() && reading.quoted.is_empty() {
        return Some(overview(world));
    }
    let is_only = |set: &[&str]| !words.is_empty() && words.iter().all(|word| set.contains(word));
    const GREETINGS: &[&str] = &[
        "hi",
        "hello",
        "hey",
        "good",
        "morning",
        "afternoon",
        "evening",
        "day",
        "there",
        "greetings",
        "steersman",
        "yo",
    ];
    const THANKS: &[&str] = &[
        "thanks", "thank", "you", "very", "much", "great", "perfect", "nice", "cool", "good", "job", "well", "done",
        "a", "lot", "ok", "okay", "cheers",
    ];
    const HELP: &[&str] = &["help", "me", "please", "menu", "commands", "?"];
    if is_only(GREETINGS) {
        return Some(format!("Hello. {}", overview(world)));
    }
    if is_only(THANKS)
        && (words.contains(&"thanks")
            || words.contains(&"thank")
            || words.len() <= 2 && !words.contains(&"ok") && !words.contains(&"okay"))
    {
        return Some("You are welcome.".into());
    }
    let asks = [
        "what can you do",
        "what can i do",
        "what can i ask",
        "who are you",
        "what are you",
        "how do you work",
        "how does this work",
        "what do you do",
        "what are your",
    ];
    let is_help = is_only(HELP) && words.contains(&"help")
        || is_only(&["commands", "menu"])
        || asks.iter().any(|phrase| has_phrase(&words, phrase) && words.len() <= 8);
    is_help.then(|| overview(world))
}

/// "don't drop it", "never kill anything": nothing is wanted, and nothing else is asked for.
pub fn is_told_not_to(reading: &Reading) -> bool {
    let has_verb = reading
        .tokens
        .iter()
        .any(|token| matches!(VerbClass::of(&token.lower), VerbClass::Known(_)));
    let asks_for_reading = reading
        .tokens
        .iter()
        .any(|token| VerbClass::of(&token.lower) == VerbClass::Read);
    reading.mood.is_negated && has_verb && !asks_for_reading
}

/// What can be done, by kind of system, with sentences to try.
pub fn overview(world: &World<'_>) -> String {
    let plugins = plugins(world);
    if plugins.is_empty() {
        return "There is no target here that I could work on yet. Add one with `steersman targets add` or on the Targets page.".into();
    }
    let mut text = "I can work on these:".to_owned();
    for (plugin, targets) in plugins {
        let tools: Vec<&str> = world
            .tools
            .iter()
            .filter(|t| t.tool.plugin() == plugin)
            .map(|t| t.title.as_str())
            .collect();
        let shown: Vec<String> = tools
            .iter()
            .take(MOST_TITLES)
            .map(|title| title.to_lowercase())
            .collect();
        let more = tools.len().saturating_sub(MOST_TITLES);
        let more = if more > 0 {
            format!(" and {more} more")
        } else {
            String::new()
        };
        text.push_str(&format!(
            "\n- {plugin} ({}): {}{more}",
            targets.join(", "),
            shown.join(", ")
        ));
    }
    text.push_str(&examples(world));
    text
}

fn plugins<'w>(world: &'w World<'_>) -> Vec<(&'w str, Vec<&'w str>)> {
    let mut plugins: Vec<(&str, Vec<&str>)> = Vec::new();
    for (number, tool) in world.tools.iter().enumerate() {
        let plugin = tool.tool.plugin();
        if plugins.iter().all(|(known, _)| *known != plugin) {
            let mut targets = world.targets_of(number);
            let surplus = targets.len().saturating_sub(6);
            targets.truncate(6);
            if surplus > 0 {
                targets.push("…");
            }
            if !targets.is_empty() {
                plugins.push((plugin, targets));
            }
        }
    }
    plugins
}

/// Three to five sentences, of different systems, readers first.
fn examples(world: &World<'_>) -> String {
    let example = |number: usize| -> Option<String> {
        let tool = &world.tools[number];
        let targets = world.targets_of(number);
        let target = targets.first()?;
        (!tool.example.is_empty()).then(|| tool.example.replace("{target}", target))
    };
    let of_kind = |kind: ToolKind| {
        let mut numbers: Vec<usize> = (0..world.tools.len())
            .filter(|n| world.tools[*n].kind == kind)
            .collect();
        // One of each system, then the second of each, and so on.
        let rank = |number: usize| {
            (0..number)
                .filter(|n| world.tools[*n].kind == kind && world.entry(*n).plugin == world.entry(number).plugin)
                .count()
        };
        numbers.sort_by_key(|n| (rank(*n), *n));
        numbers
    };
    let readers: Vec<String> = of_kind(ToolKind::Query)
        .into_iter()
        .filter_map(example)
        .take(MOST_EXAMPLES - 1)
        .collect();
    let writers: Vec<String> = of_kind(ToolKind::Change)
        .into_iter()
        .filter_map(example)
        .take(MOST_EXAMPLES - readers.len())
        .collect();
    let lines: Vec<String> = readers
        .into_iter()
        .chain(writers)
        .take(MOST_EXAMPLES)
        .map(|line| format!("\n- \"{line}\""))
        .collect();
    if lines.is_empty() {
        String::new()
    } else {
        format!("\n\nFor example:{}", lines.concat())
    }
}

pub fn nothing_fits(world: &World<'_>, reading: &Reading) -> String {
    let why = if reading.mood.is_negated {
        "All right, nothing was done."
    } else if reading.sql.as_ref().is_some_and(|sql| sql.is_write) {
        return no_writing(world);
    } else if reading.mood.is_exclusive {
        "I have no tool here that does that, so nothing was done."
    } else {
        "I do not know how to do that."
    };
    format!("{why} {}", overview(world))
}

pub fn no_writing(_world: &World<'_>) -> String {
    "That statement writes, and I have no tool here that runs writing statements, so nothing was done. I can explain it, or run one that only reads.".into()
}

pub fn no_target(world: &World<'_>, tool: usize) -> String {
    let tool = &world.tools[tool];
    format!(
        "I could do that ({}), but there is no {} target that you may use. Add one with `steersman targets add` or on the Targets page.",
        tool.title.to_lowercase(),
        tool.tool.plugin()
    )
}

pub fn fix_what(world: &World<'_>) -> String {
    format!(
        "Tell me what to look at: a target, or a thing on one. {}",
        overview(world)
    )
}

/// "how do I create an index": how to ask for it, instead of doing it. `None` when it asks about no change.
pub fn told_how(world: &World<'_>, reading: &Reading) -> Option<String> {
    let mut as_order = reading.clone();
    as_order.mood.is_about_doing = false;
    as_order.mood.orders = reading.tokens.iter().map(|token| token.lower.clone()).collect();
    let best = rank(world, &as_order, Scope::AsSaid)
        .into_iter()
        .find(|candidate| world.is_change(candidate.tool))?;
    let tool = &world.tools[best.tool];
    let targets = world.targets_of(best.tool);
    let target = targets.first().copied().unwrap_or("the target");
    Some(format!(
        "I can do that for you ({}). Ask for it, for example \"{}\": you will see exactly what would be done, and how to undo it, before anything happens.",
        tool.title.to_lowercase(),
        tool.example.replace("{target}", target)
    ))
}
