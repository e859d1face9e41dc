//! Hides secrets in command lines and log lines before anybody sees them.
//!
//! Works by the name beside the value (`password=…`, `--token …`, `Authorization: …`), by passwords inside URLs, and
//! by a few programs whose flags carry secrets. Rather masks too much than too little; values without a telling name
//! cannot be known.

const MASK: &str = "***";

/// Flags whose next argument, or rest, is a secret, for programs with their own short forms.
/// (program prefix, flag, how the value follows).
const PROGRAM_FLAGS: &[(&str, &str, Follows)] = &[
    ("mysql", "-p", Follows::Attached),
    ("mariadb", "-p", Follows::Attached),
    ("mongo", "-p", Follows::Either),
    ("sshpass", "-p", Follows::Either),
    ("redis-cli", "-a", Follows::Next),
    ("curl", "-u", Follows::Either),
    ("wget", "--http-passwd", Follows::Next),
    ("ldap", "-w", Follows::Either),
    ("smbclient", "-U", Follows::Either),
    ("openssl", "-k", Follows::Next),
    ("docker", "-p", Follows::Nothing),
];

#[derive(Clone, Copy, PartialEq)]
enum Follows {
    /// `-psecret`
    Attached,
    /// `-a secret`
    Next,
    Either,
    /// The flag means something else here.
    Nothing,
}

/// A command line as one text, secrets masked, arguments with blanks in quotes.
pub fn command_line(arguments: &[String]) -> String {
    let program = arguments
        .first()
        .map_or("", |first| first.rsplit('/').next().unwrap_or(first));
    let mut next_is_secret = false;
    let mut shown = Vec::with_capacity(arguments.len());
    for (index, argument) in arguments.iter().enumerate() {
        if std::mem::take(&mut next_is_secret) && !(argument.starts_with("--") && argument.len() > 2) {
            shown.push(MASK.to_owned());
            continue;
        }
        let (text, next) = if index == 0 {
            (line(argument), false)
        } else {
            mask_argument(program, argument)
        };
        next_is_secret = next;
        shown.push(if text.is_empty() || text.contains(' ') {
            format!("\"{text}\"")
        } else {
            text
        });
    }
    shown.join(" ")
}

/// The argument as shown, and whether the next one is a secret.
fn mask_argument(program: &str, argument: &str) -> (String, bool) {
    for (prefix, flag, follows) in PROGRAM_FLAGS {
        if program.starts_with(prefix) && argument.starts_with(flag) {
            let is_bare = argument.len() == flag.len();
            match follows {
                Follows::Nothing => break,
                Follows::Next | Follows::Either if is_bare => return (argument.to_owned(), true),
                Follows::Attached | Follows::Either if !is_bare => return (format!("{flag}{MASK}"), false),
                Follows::Attached | Follows::Next | Follows::Either => {}
            }
        }
    }
    match argument.split_once('=') {
        Some((key, value)) if is_secret_name(key) && !value.is_empty() => (format!("{key}={MASK}"), false),
        None if argument.starts_with('-') && is_secret_name(argument) => (argument.to_owned(), true),
        Some(_) | None => (line(argument), false),
    }
}

/// One line of free text with secrets masked.
pub fn line(text: &str) -> String {
    let mut chars: Vec<char> = text.chars().collect();
    let mut spans = url_passwords(&chars);
    spans.extend(named_values(&chars));
    spans.sort_unstable();
    // Where two overlap, all of both is hidden.
    let merged = spans
        .into_iter()
        .fold(Vec::<(usize, usize)>::new(), |mut merged, (start, end)| {
            match merged.last_mut() {
                Some(last) if start <= last.1 => last.1 = last.1.max(end),
                _ => merged.push((start, end)),
            }
            merged
        });
    for (start, end) in merged.into_iter().rev().filter(|(start, end)| start < end) {
        chars.splice(start..end, MASK.chars());
    }
    chars.into_iter().collect()
}

/// `scheme://user:password@host`: the password's span.
fn url_passwords(chars: &[char]) -> Vec<(usize, usize)> {
    let mut spans = Vec::new();
    for start in 2..chars.len() {
        if chars[start - 2..=start] != [':', '/', '/'] {
            continue;
        }
        let begin = start + 1;
        // A password may hold '/' or '@' unescaped: look for the last '@' of the word.
        let word_end = end_of(chars, begin, |c| {
            c.is_whitespace() || matches!(c, '"' | '\'' | '<' | '>')
        });
        let Some(at) = chars[begin..word_end].iter().rposition(|&c| c == '@') else {
            continue;
        };
        if let Some(colon) = chars[begin..begin + at].iter().position(|&c| c == ':') {
            spans.push((begin + colon + 1, begin + at));
        }
    }
    spans
}

/// `password=…`, `"token": "…"`, `Authorization: Bearer …`: the value's span.
fn named_values(chars: &[char]) -> Vec<(usize, usize)> {
    let mut spans = Vec::new();
    for sign in 0..chars.len() {
        if !matches!(chars[sign], '=' | ':') {
            continue;
        }
        let mut key_end = sign;
        while key_end > 0 && matches!(chars[key_end - 1], ' ' | '"' | '\'') {
            key_end -= 1;
        }
        let mut key_start = key_end;
        while key_start > 0
            && (chars[key_start - 1].is_alphanumeric() || matches!(chars[key_start - 1], '_' | '-' | '.'))
        {
            key_start -= 1;
        }
        let key: String = chars[key_start..key_end].iter().collect();
        if !is_secret_name(&key) {
            continue;
        }
        let mut start = end_of(chars, sign + 1, |c| c != ' ');
        let quote = chars.get(start).copied().filter(|c| matches!(c, '"' | '\''));
        start += usize::from(quote.is_some());
        let mut end = match quote {
            Some(quote) => end_of(chars, start, |c| c == quote),
            None => end_of(chars, start, ends_value),
        };
        let word: String = chars[start..end].iter().collect::<String>().to_lowercase();
        if quote.is_none() && matches!(word.as_str(), "bearer" | "basic" | "token" | "digest") {
            end = end_of(chars, end_of(chars, end, |c| c != ' '), ends_value);
        }
        if start < end {
            spans.push((start, end));
        }
    }
    spans
}

fn ends_value(c: char) -> bool {
    c.is_whitespace() || matches!(c, '"' | '\'' | '&' | ',' | ';' | ')' | '}' | ']')
}

fn end_of(chars: &[char], from: usize, stop: impl Fn(char) -> bool) -> usize {
    (from..chars.len()).find(|&i| stop(chars[i])).unwrap_or(chars.len())
}

fn is_secret_name(key: &str) -> bool {
    const PARTS: [&str; 11] = [
        "password",
        "passwd",
        "passphrase",
        "secret",
        "token",
        "apikey",
        "accesskey",
        "privatekey",
        "credential",
        "authorization",
        "cookie",
    ];
    let lower = key.trim_start_matches('-').to_lowercase();
    let names_a_place = ["file", "path", "dir", "tokens", "length", "count"]
        .iter()
        .any(|end| lower.ends_with(end));
    let plain: String = lower.chars().filter(|c| c.is_alphanumeric()).collect();
    !names_a_place
        && (PARTS.iter().any(|part| plain.contains(part))
            || plain.ends_with("pwd")
            || lower.rsplit(['_', '-', '.']).next() == Some("pass"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_on_a_command_line_are_masked_and_the_rest_stays() {
        for (given, expected) in [
            (&["sleep", "60"][..], "sleep 60"),
            (
                &["app", "--password=hunter2", "--port=80"],
                "app --password=*** --port=80",
            ),
            (&["app", "--token", "abc", "x"], "app --token *** x"),
            (&["app", "--password", "--verbose"], "app --password --verbose"),
            (
                &["/usr/bin/mysql", "-uroot", "-phunter2"],
                "/usr/bin/mysql -uroot -p***",
            ),
            (&["curl", "-u", "ana:hunter2", "https://x"], "curl -u *** https://x"),
            (&["redis-cli", "-a", "hunter2"], "redis-cli -a ***"),
            (&["env", "PGPASSWORD=hunter2", "psql"], "env PGPASSWORD=*** psql"),
            (&["psql", "postgres://ana:hunter2@db/x"], "psql postgres://ana:***@db/x"),
            (&["app", "--password-file", "/run/pw"], "app --password-file /run/pw"),
            (&["sh", "-c", "API_KEY=abc run"], "sh -c API_KEY=***"),
            (&["app", "--max-tokens=5"], "app --max-tokens=5"),
            (&["docker", "run", "-p", "80:80"], "docker run -p 80:80"),
        ] {
            let arguments: Vec<String> = given.iter().map(|s| (*s).to_owned()).collect();
            assert_eq!(command_line(&arguments), expected);
        }
    }

    #[test]
    fn secrets_in_log_lines_are_masked_and_the_rest_stays() {
        for (given, expected) in [
            (
                "Failed password for root from 10.0.0.1",
                "Failed password for root from 10.0.0.1",
            ),
            ("login password=hunter2 ok", "login password=*** ok"),
            (
                r#"{"user":"ana","token":"a b","n":1}"#,
                r#"{"user":"ana","token":"***","n":1}"#,
            ),
            ("Authorization: Bearer abc.def next", "Authorization: *** next"),
            ("redis://:p@ss/w@cache:6379/0 up", "redis://:***@cache:6379/0 up"),
            ("GET /x?api_key=abc&y=1", "GET /x?api_key=***&y=1"),
            ("password=a password=b", "password=*** password=***"),
            ("secret_url=http://u:p@h/", "secret_url=***"),
            ("time 12:30:01 user=ana", "time 12:30:01 user=ana"),
            ("password=", "password="),
        ] {
            assert_eq!(line(given), expected);
        }
    }
}
