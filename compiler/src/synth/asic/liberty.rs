//! The text form of liberty files: nested groups of attributes, read whole and written back. What the attributes mean is not known here.

use std::fmt::Write;

/// Deepest nesting of groups; files of cell libraries need five.
const MOST_DEPTH: usize = 32;

/// A word of the text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Word {
    /// The word, without its quotes.
    pub text: String,
    /// Whether it stood in quotes.
    pub quoted: bool,
}

/// `name (arguments) { items }`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Group {
    /// What kind of group it is.
    pub name: String,
    /// What it is called, usually one word.
    pub arguments: Vec<Word>,
    /// What it holds, in the order of the file.
    pub items: Vec<Item>,
}

/// A part of a group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Item {
    /// `name : words;`
    Simple(String, Vec<Word>),
    /// `name (words);`
    Complex(String, Vec<Word>),
    /// A group within.
    Group(Group),
}

/// Why a text is no liberty file.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {reason}")]
pub struct LibertyError {
    /// Line, from 1.
    pub line: usize,
    /// What is wrong there.
    pub reason: String,
}

impl Group {
    /// Reads the one group of a file, its library.
    ///
    /// # Errors
    /// Text that is not built of groups and attributes, with its line.
    pub fn parse(text: &str) -> Result<Group, LibertyError> {
        let mut reader = Reader { tokens: tokens(text)?, at: 0 };
        match reader.item(0)? {
            Item::Group(group) => Ok(group),
            Item::Simple(name, _) | Item::Complex(name, _) => {
                Err(reader.error(format!("the file begins with the attribute {name}, must begin with the group library")))
            }
        }
    }

    /// The groups of a kind, in order.
    pub fn groups<'a>(&'a self, kind: &'a str) -> impl Iterator<Item = &'a Group> {
        self.items.iter().filter_map(move |item| match item {
            Item::Group(group) if group.name == kind => Some(group),
            _ => None,
        })
    }

    /// The text of a simple attribute, its words joined.
    pub fn attribute(&self, name: &str) -> Option<String> {
        self.items.iter().find_map(|item| match item {
            Item::Simple(found, words) if found == name => Some(words.iter().map(|word| word.text.as_str()).collect::<Vec<_>>().join(" ")),
            _ => None,
        })
    }

    /// A simple attribute that is a number.
    pub fn number(&self, name: &str) -> Option<f64> {
        self.attribute(name)?.trim().parse().ok().filter(|value: &f64| value.is_finite())
    }

    /// Its first argument.
    pub fn title(&self) -> &str {
        self.arguments.first().map_or("", |word| word.text.as_str())
    }

    /// The group as liberty text.
    pub fn to_text(&self) -> String {
        let mut text = String::new();
        self.write(&mut text, 0);
        text
    }

    fn write(&self, text: &mut String, depth: usize) {
        let indent = "  ".repeat(depth);
        let _ = writeln!(text, "{indent}{} ({}) {{", self.name, list(&self.arguments));
        for item in &self.items {
            let _ = match item {
                Item::Group(group) => {
                    group.write(text, depth + 1);
                    continue;
                }
                Item::Simple(name, words) => {
                    let words: Vec<String> = words.iter().map(quoted).collect();
                    writeln!(text, "{indent}  {name} : {};", words.join(" "))
                }
                Item::Complex(name, words) => writeln!(text, "{indent}  {name} ({});", list(words)),
            };
        }
        let _ = writeln!(text, "{indent}}}");
    }
}

fn quoted(word: &Word) -> String {
    if word.quoted { format!("\"{}\"", word.text) } else { word.text.clone() }
}

fn list(words: &[Word]) -> String {
    words.iter().map(quoted).collect::<Vec<_>>().join(", ")
}

#[derive(Debug, PartialEq)]
enum Token {
    Word(Word),
    Mark(char),
}

/// Words and marks with their lines.
fn tokens(text: &str) -> Result<Vec<(usize, Token)>, LibertyError> {
    let (mut found, mut line) = (Vec::new(), 1);
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let length = match first {
            '"' => {
                let end = rest[1..].find('"').ok_or(LibertyError { line, reason: "a quoted text has no end".to_owned() })?;
                let body = &rest[1..=end];
                let joined = body.replace("\\\r\n", "").replace("\\\n", "");
                found.push((line, Token::Word(Word { text: joined, quoted: true })));
                end + 2
            }
            '/' if rest.starts_with("/*") => rest.find("*/").ok_or(LibertyError { line, reason: "a comment has no end".to_owned() })? + 2,
            '(' | ')' | '{' | '}' | ':' | ';' | ',' => {
                found.push((line, Token::Mark(first)));
                1
            }
            c if c.is_whitespace() || c == '\\' => c.len_utf8(),
            _ => {
                let end = rest.find(|c: char| c.is_whitespace() || "(){}:;,\"\\".contains(c)).unwrap_or(rest.len());
                found.push((line, Token::Word(Word { text: rest[..end].to_owned(), quoted: false })));
                end
            }
        };
        line += rest[..length].matches('\n').count();
        rest = &rest[length..];
    }
    Ok(found)
}

struct Reader {
    tokens: Vec<(usize, Token)>,
    at: usize,
}

impl Reader {
    fn error(&self, reason: String) -> LibertyError {
        let last = self.tokens.len().saturating_sub(1);
        LibertyError { line: self.tokens.get(self.at.saturating_sub(1).min(last)).map_or(1, |(line, _)| *line), reason }
    }

    fn next(&mut self) -> Result<&Token, LibertyError> {
        self.at += 1;
        if self.at > self.tokens.len() {
            return Err(self.error("the file ends within a group".to_owned()));
        }
        Ok(&self.tokens[self.at - 1].1)
    }

    fn takes(&mut self, mark: char) -> bool {
        let here = self.tokens.get(self.at).is_some_and(|(_, token)| *token == Token::Mark(mark));
        self.at += usize::from(here);
        here
    }

    fn item(&mut self, depth: usize) -> Result<Item, LibertyError> {
        let name = match self.next()? {
            Token::Word(word) => word.text.clone(),
            Token::Mark(mark) => {
                let reason = format!("'{mark}' stands where an attribute or a group should begin");
                return Err(self.error(reason));
            }
        };
        if self.takes(':') {
            let words = self.words(";}")?;
            return Ok(Item::Simple(name, words));
        }
        if !self.takes('(') {
            return Err(self.error(format!("'{name}' is followed by neither ':' nor '('")));
        }
        let arguments = self.words(")")?;
        if !self.takes('{') {
            self.takes(';');
            return Ok(Item::Complex(name, arguments));
        }
        if depth >= MOST_DEPTH {
            return Err(self.error(format!("groups are nested more than {MOST_DEPTH} deep")));
        }
        let mut items = Vec::new();
        while !self.takes('}') {
            if !self.takes(';') {
                items.push(self.item(depth + 1)?);
            }
        }
        Ok(Item::Group(Group { name, arguments, items }))
    }

    /// Words up to one of the marks; a closing brace is left where it is.
    fn words(&mut self, ends: &str) -> Result<Vec<Word>, LibertyError> {
        let mut words = Vec::new();
        loop {
            match self.next()? {
                Token::Word(word) => words.push(word.clone()),
                Token::Mark(mark) if ends.contains(*mark) => {
                    let stays = *mark == '}';
                    self.at -= usize::from(stays);
                    return Ok(words);
                }
                Token::Mark(',') => {}
                // Expressions of units and conditions outside quotes.
                Token::Mark(mark @ ('(' | ')' | ':')) => words.push(Word { text: mark.to_string(), quoted: false }),
                Token::Mark(mark) => {
                    let reason = format!("'{mark}' stands among the values of an attribute");
                    return Err(self.error(reason));
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const TEXT: &str = "/* a\n b */ library (small) {\n  unit (1, pf);\n  voltage : 1.2;\n  cell (\"inv\") {\n    area : 5.4; pin (Y) { function : \"!A\"; values ( \\\n \"1, 2\", \\\n \"3\"); }\n  }\n}\n";

    #[test]
    fn groups_and_attributes_are_read() {
        let library = Group::parse(TEXT).unwrap();
        assert_eq!((library.title(), library.number("voltage")), ("small", Some(1.2)));
        let cell = library.groups("cell").next().unwrap();
        assert_eq!((cell.title(), cell.number("area")), ("inv", Some(5.4)));
        assert_eq!(cell.groups("pin").next().unwrap().attribute("function").as_deref(), Some("!A"));
        assert_eq!(Group::parse(&library.to_text()), Ok(library));
    }

    #[test]
    fn errors_name_the_line() {
        let fault = |text: &str| Group::parse(text).unwrap_err().to_string();
        assert_eq!(fault("library (a) {\n  x : 1;\n"), "line 2: the file ends within a group");
        assert_eq!(fault("library (a) {\n  : 1;\n}"), "line 2: ':' stands where an attribute or a group should begin");
        assert_eq!(fault("library (a) {\n\n  x \"1;\n}"), "line 3: a quoted text has no end");
        assert_eq!(fault("a : 1;"), "line 1: the file begins with the attribute a, must begin with the group library");
        assert!(fault(&"a (b) {".repeat(50)).contains("nested more than 32 deep"));
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in "[a-c(){}:;,\"\\\\ \n/*]{0,60}") {
            let _ = Group::parse(&text);
        }

        #[test]
        fn damaged_files_are_read_or_refused(at in 0..TEXT.len(), with in any::<char>()) {
            let mut text = TEXT.to_owned();
            text.replace_range(at..=at, &with.to_string());
            if let Ok(group) = Group::parse(&text) {
                let _ = Group::parse(&group.to_text());
            }
        }
    }
}
