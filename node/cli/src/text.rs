//! Text of others in messages, tables and pictures.

/// Writes what cannot be seen as its code: a file's name or an argument could otherwise move the cursor of a terminal,
/// change its colours or hide a part of the text. Line ends and tabs stay.
pub fn printable(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for character in text.chars() {
        if is_invisible(character) {
            shown.extend(character.escape_default());
        } else {
            shown.push(character);
        }
    }
    shown
}

fn is_invisible(character: char) -> bool {
    match character {
        '\n' | '\t' => false,
        // Of no width, or changing the direction of what follows.
        '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' => true,
        other => other.is_control(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_seen_is_written_as_its_code() {
        assert_eq!(printable("a\u{1b}[31m\r\u{202e}b\u{feff}"), "a\\u{1b}[31m\\r\\u{202e}b\\u{feff}");
        assert_eq!(printable("Zürich\t東京\n"), "Zürich\t東京\n");
    }
}
