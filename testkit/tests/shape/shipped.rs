//! What of a Rust file is shipped: without comments, text in quotes, and items that only tests compile.

/// The same text, line for line, with comments and the insides of string and character literals blanked.
pub fn without_words(text: &str) -> String {
    let chars: Vec<char> = text.chars().collect();
    let mut kept = chars.clone();
    let mut at = 0;
    while at < chars.len() {
        let end = match (chars[at], chars.get(at + 1)) {
            ('/', Some('/')) => find(&chars, at, |c| c == '\n'),
            ('/', Some('*')) => end_of_block_comment(&chars, at),
            ('r', Some('"' | '#')) if !is_word(chars.get(at.wrapping_sub(1))) => end_of_raw_string(&chars, at),
            ('"', _) => end_of_string(&chars, at),
            ('\'', _) => end_of_character(&chars, at),
            _ => at,
        };
        for blank in &mut kept[at..end] {
            if *blank != '\n' {
                *blank = ' ';
            }
        }
        at = end.max(at + 1);
    }
    kept.into_iter().collect()
}

/// `without_words`, and also without everything under `#[cfg(test)]`.
pub fn shipped(text: &str) -> String {
    let mut chars: Vec<char> = without_words(text).chars().collect();
    let mut from = 0;
    while let Some(start) = find_test_attribute(&chars, from) {
        let end = end_of_item(&chars, start);
        for blank in &mut chars[start..end] {
            if *blank != '\n' {
                *blank = ' ';
            }
        }
        from = end;
    }
    chars.into_iter().collect()
}

/// Names of modules in files of their own that only tests compile.
pub fn test_modules(text: &str) -> Vec<String> {
    let plain = without_words(text);
    plain
        .split("#[cfg(test)]")
        .skip(1)
        .filter_map(|after| {
            let after = after.trim_start();
            let after = after.strip_prefix("pub(crate)").unwrap_or(after).trim_start();
            let name = after.strip_prefix("mod ")?.split([';', '{']).next()?.trim();
            (after[after.find(name)? + name.len()..].trim_start().starts_with(';')).then(|| name.to_owned())
        })
        .collect()
}

fn find_test_attribute(chars: &[char], from: usize) -> Option<usize> {
    let attribute: Vec<char> = "#[cfg(test)]".chars().collect();
    (from..chars.len()).find(|&at| chars[at..].starts_with(&attribute))
}

/// Past the attribute: up to the `;` that ends the item, or the brace that closes its body.
fn end_of_item(chars: &[char], start: usize) -> usize {
    let mut depth = 0_usize;
    for (at, c) in chars.iter().enumerate().skip(start + "#[cfg(test)]".len()) {
        match c {
            '{' => depth += 1,
            '}' if depth <= 1 => return at + 1,
            '}' => depth -= 1,
            ';' if depth == 0 => return at + 1,
            _ => {}
        }
    }
    chars.len()
}

fn end_of_block_comment(chars: &[char], start: usize) -> usize {
    let mut depth = 0_usize;
    let mut at = start;
    while at < chars.len() {
        match (chars[at], chars.get(at + 1)) {
            ('/', Some('*')) => (depth, at) = (depth + 1, at + 1),
            ('*', Some('/')) => {
                (depth, at) = (depth - 1, at + 1);
                if depth == 0 {
                    return at + 1;
                }
            }
            _ => {}
        }
        at += 1;
    }
    chars.len()
}

fn end_of_raw_string(chars: &[char], start: usize) -> usize {
    let hashes = chars[start + 1..].iter().take_while(|&&c| c == '#').count();
    if chars.get(start + 1 + hashes) != Some(&'"') {
        // A raw name such as r#type.
        return start;
    }
    let closing: Vec<char> = std::iter::once('"').chain(std::iter::repeat_n('#', hashes)).collect();
    let from = start + 2 + hashes;
    (from..chars.len())
        .find(|&at| chars[at..].starts_with(&closing))
        .map_or(chars.len(), |at| at + closing.len())
}

fn end_of_string(chars: &[char], start: usize) -> usize {
    let mut at = start + 1;
    while at < chars.len() && chars[at] != '"' {
        at += if chars[at] == '\\' { 2 } else { 1 };
    }
    (at + 1).min(chars.len())
}

/// `'x'` and `'\n'`, but not the lifetime `'a`.
fn end_of_character(chars: &[char], start: usize) -> usize {
    match (chars.get(start + 1), chars.get(start + 2)) {
        (Some('\\'), _) => (find(chars, start + 3, |c| c == '\'') + 1).min(chars.len()),
        (Some(_), Some('\'')) => start + 3,
        _ => start,
    }
}

fn find(chars: &[char], from: usize, stop: impl Fn(char) -> bool) -> usize {
    (from..chars.len()).find(|&at| stop(chars[at])).unwrap_or(chars.len())
}

fn is_word(c: Option<&char>) -> bool {
    c.is_some_and(|c| c.is_alphanumeric() || *c == '_')
}

#[test]
fn comments_and_quoted_text_are_no_code() {
    for (given, expected) in [
        ("a // b\nc", "a     \nc"),
        ("a /* b /* c */ d */ e", "a                   e"),
        (r#"f("x // y", 'z')"#, "f(        ,    )"),
        (r##"f(r#"a "b" c"#)"##, "f(            )"),
        ("'a: loop {}", "'a: loop {}"),
        (r"'\'' x", "     x"),
        (r#""a\"b" c"#, "       c"),
        ("r#type", "r#type"),
    ] {
        assert_eq!(without_words(given), expected, "{given}");
    }
}

#[test]
fn what_only_tests_compile_is_not_shipped() {
    let text = "fn a() {}\n#[cfg(test)]\nmod tests {\n  fn b() { {} }\n}\n#[cfg(test)]\nmod more;\nfn c() {}\n";
    assert_eq!(
        shipped(text).split_whitespace().collect::<Vec<_>>().join(" "),
        "fn a() {} fn c() {}"
    );
    assert_eq!(shipped(text).lines().count(), text.lines().count());
    assert_eq!(test_modules(text), ["more"]);
}
