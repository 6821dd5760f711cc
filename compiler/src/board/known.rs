//! The boards that come with the program, and reading of others.

use super::Board;

/// Names and texts, by family and size.
const KNOWN: [(&str, &str); 10] = [
    ("icebreaker", include_str!("../../../constraints/boards/icebreaker.toml")),
    ("orangecrab", include_str!("../../../constraints/boards/orangecrab.toml")),
    ("ulx3s-25f", include_str!("../../../constraints/boards/ulx3s-25f.toml")),
    ("ulx3s-45f", include_str!("../../../constraints/boards/ulx3s-45f.toml")),
    ("ulx3s-85f", include_str!("../../../constraints/boards/ulx3s-85f.toml")),
    ("tang-nano-9k", include_str!("../../../constraints/boards/tang-nano-9k.toml")),
    ("tang-nano-20k", include_str!("../../../constraints/boards/tang-nano-20k.toml")),
    ("arty-a7-35t", include_str!("../../../constraints/boards/arty-a7-35t.toml")),
    ("arty-a7-100t", include_str!("../../../constraints/boards/arty-a7-100t.toml")),
    ("pynq-z2", include_str!("../../../constraints/boards/pynq-z2.toml")),
];

/// Why a description cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum BoardError {
    /// It is no TOML, or not of this form.
    #[error("{0}")]
    Form(String),
    /// A field's value is not one that a board can have.
    #[error("{field} is {found}; {rule}")]
    Field {
        /// Table and key.
        field: &'static str,
        /// Its value.
        found: String,
        /// What would fit.
        rule: &'static str,
    },
}

impl Board {
    /// Names of the boards that come with the program.
    pub fn names() -> impl Iterator<Item = &'static str> {
        KNOWN.iter().map(|(name, _)| *name)
    }

    /// A board that comes with the program; `None` for other names.
    pub fn named(name: &str) -> Option<Result<Board, BoardError>> {
        KNOWN.iter().find(|(known, _)| *known == name).map(|(_, text)| Board::from_toml(text))
    }

    /// Reads and checks a description.
    ///
    /// # Errors
    /// What is wrong, with its place, and what would fit.
    pub fn from_toml(text: &str) -> Result<Board, BoardError> {
        let board: Board = toml::from_str(text).map_err(|error| BoardError::Form(error.to_string().trim_end().to_owned()))?;
        board.check()?;
        Ok(board)
    }

    /// The description as TOML.
    ///
    /// # Errors
    /// A bug: the description cannot be written.
    pub fn to_toml(&self) -> Result<String, BoardError> {
        toml::to_string_pretty(self).map_err(|error| BoardError::Form(error.to_string()))
    }
}
