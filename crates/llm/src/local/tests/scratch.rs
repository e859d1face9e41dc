use super::*;
#[test]
fn scratch() {
    let text = std::fs::read_to_string("/tmp/messages.txt").unwrap();
    for inv in [inventory()] {
        for line in text.lines().filter(|l| !l.is_empty()) {
            let mut chat = Chat::new(inv.clone());
            let mut out = String::new();
            for part in line.split(" // ") {
                let said = chat.say(part);
                let shown = match &said { Said::Calls(c) => c.join(" + "), Said::Text(t) => format!("T: {}", t.replace('\n', " | ").chars().take(150).collect::<String>()) };
                if matches!(said, Said::Calls(_)) { let s = chat.result("Done", vec![]); if let Said::Calls(c) = &s { out.push_str(&format!(" >> {c:?}")); } }
                out.push_str(&format!("\n      -> {shown}"));
            }
            println!("{line}{out}");
        }
    }
}
