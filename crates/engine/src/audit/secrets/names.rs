//! Names that speak of secrets.

/// Words that are a secret's name by themselves or as a part of it.
const WORDS: &[&str] = &[
    "password",
    "passwords",
    "passwd",
    "passphrase",
    "passwort",
    "pwd",
    "secret",
    "secrets",
    "token",
    "tokens",
    "credential",
    "credentials",
    "apikey",
    "authorization",
    "cookie",
];
/// Parts that make `…key` a secret one.
const KEYS: &[&str] = &[
    "api",
    "private",
    "secret",
    "access",
    "signing",
    "encryption",
    "auth",
    "master",
];
/// Parts of run-together names: `dbpassword`, `pgpassword`.
const PARTS: &[&str] = &["password", "passwd", "passphrase", "apikey", "privatekey", "secretkey"];

/// True for `password`, `DB_PASSWORD`, `clientSecret`, `x-api-key`, `PGPASSWORD`; false for `passenger`, `tokenizer`.
pub fn names_a_secret(name: &str) -> bool {
    let words = words_of(name);
    let joined: String = words.concat();
    words.iter().any(|word| WORDS.contains(&word.as_str()))
        || words
            .windows(2)
            .any(|pair| pair[1] == "key" && KEYS.contains(&pair[0].as_str()))
        // `pass` alone is an ordinary word.
        || (words.len() > 1 && words.iter().any(|word| word == "pass"))
        || PARTS.iter().any(|part| joined.contains(part))
}

/// True where what follows is likely typed by a person: a short value counts.
pub fn names_a_password(name: &str) -> bool {
    let lower = name.to_lowercase();
    ["passw", "passphrase", "pwd", "_pass"]
        .iter()
        .any(|part| lower.contains(part))
}

/// Lower-case words of `snake_case`, `kebab-case`, `camelCase` and `HTTPHeader` names.
fn words_of(name: &str) -> Vec<String> {
    let letters: Vec<char> = name.chars().collect();
    let mut words = vec![String::new()];
    for (index, letter) in letters.iter().enumerate() {
        if !letter.is_alphanumeric() {
            words.push(String::new());
            continue;
        }
        let follows_lower = index > 0 && letters[index - 1].is_lowercase();
        let begins_word = index > 0
            && letters[index - 1].is_uppercase()
            && letters.get(index + 1).is_some_and(|next| next.is_lowercase());
        if letter.is_uppercase() && (follows_lower || begins_word) {
            words.push(String::new());
        }
        if let Some(word) = words.last_mut() {
            word.extend(letter.to_lowercase());
        }
    }
    words.retain(|word| !word.is_empty());
    words
}
