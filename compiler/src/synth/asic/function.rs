//! The functions of liberty pins as truth tables: `!((A1*A2)+B1)` over the named inputs.

/// Inputs of a truth table at the most: a bit of a word for each of their values.
pub const MOST_INPUTS: usize = 6;
/// Deepest nesting of brackets and inversions.
const MOST_DEPTH: usize = 64;

/// Values of input `i` in the 64 rows.
const COLUMNS: [u64; MOST_INPUTS] =
    [0xaaaa_aaaa_aaaa_aaaa, 0xcccc_cccc_cccc_cccc, 0xf0f0_f0f0_f0f0_f0f0, 0xff00_ff00_ff00_ff00, 0xffff_0000_ffff_0000, 0xffff_ffff_0000_0000];

/// The truth table of an input alone; 0 beyond the last.
pub fn column(input: usize) -> u64 {
    COLUMNS.get(input).copied().unwrap_or(0)
}

/// Why a function has no truth table.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FunctionError {
    /// Not an expression of `!`, `'`, `^`, `*`, `&`, `+`, `|`, brackets, names, 0 and 1.
    #[error("the function \"{text}\" is no expression at character {at}")]
    Syntax {
        /// The function.
        text: String,
        /// Where it ends to be one.
        at: usize,
    },
    /// It names something else.
    #[error("the function \"{text}\" names {name}, which is no input of the cell")]
    Name {
        /// The function.
        text: String,
        /// The name.
        name: String,
    },
    /// Too wide.
    #[error("the cell has {0} inputs, must be at most {MOST_INPUTS}")]
    Inputs(usize),
}

/// The truth table: bit `r` is the value when input `i` has bit `i` of `r`.
///
/// # Errors
/// Text that is no expression, names that are no inputs, more than six inputs.
pub fn truth(text: &str, inputs: &[String]) -> Result<u64, FunctionError> {
    if inputs.len() > MOST_INPUTS {
        return Err(FunctionError::Inputs(inputs.len()));
    }
    let mut parser = Parser { text, at: 0, inputs };
    let table = parser.sum(0)?;
    parser.space();
    if parser.at < text.len() { Err(parser.syntax()) } else { Ok(table) }
}

struct Parser<'a> {
    text: &'a str,
    at: usize,
    inputs: &'a [String],
}

impl Parser<'_> {
    fn syntax(&self) -> FunctionError {
        FunctionError::Syntax { text: self.text.to_owned(), at: self.at + 1 }
    }

    fn peek(&self) -> Option<char> {
        self.text[self.at..].chars().next()
    }

    fn space(&mut self) {
        while let Some(c) = self.peek().filter(|c| c.is_whitespace()) {
            self.at += c.len_utf8();
        }
    }

    fn takes(&mut self, marks: &str) -> bool {
        self.space();
        let here = self.peek().filter(|c| marks.contains(*c));
        self.at += here.map_or(0, char::len_utf8);
        here.is_some()
    }

    fn sum(&mut self, depth: usize) -> Result<u64, FunctionError> {
        let mut value = self.product(depth)?;
        while self.takes("+|") {
            value |= self.product(depth)?;
        }
        Ok(value)
    }

    /// `*`, `&` or nothing between the factors.
    fn product(&mut self, depth: usize) -> Result<u64, FunctionError> {
        let mut value = self.exclusive(depth)?;
        loop {
            let marked = self.takes("*&");
            let follows = self.peek().is_some_and(|c| c.is_ascii_alphanumeric() || "_!(".contains(c));
            if !(marked || follows) {
                return Ok(value);
            }
            value &= self.exclusive(depth)?;
        }
    }

    fn exclusive(&mut self, depth: usize) -> Result<u64, FunctionError> {
        let mut value = self.factor(depth)?;
        while self.takes("^") {
            value ^= self.factor(depth)?;
        }
        Ok(value)
    }

    fn factor(&mut self, depth: usize) -> Result<u64, FunctionError> {
        if depth > MOST_DEPTH {
            return Err(self.syntax());
        }
        let mut value = if self.takes("!") {
            return Ok(!self.factor(depth + 1)?);
        } else if self.takes("(") {
            let inner = self.sum(depth + 1)?;
            if !self.takes(")") {
                return Err(self.syntax());
            }
            inner
        } else {
            self.name()?
        };
        while self.takes("'") {
            value = !value;
        }
        Ok(value)
    }

    fn name(&mut self) -> Result<u64, FunctionError> {
        let rest = &self.text[self.at..];
        let length = rest.find(|c: char| !(c.is_ascii_alphanumeric() || "_[]".contains(c))).unwrap_or(rest.len());
        let name = &rest[..length];
        if name.is_empty() {
            return Err(self.syntax());
        }
        self.at += length;
        match (self.inputs.iter().position(|input| input == name), name) {
            (Some(index), _) => Ok(COLUMNS[index]),
            (None, "0") => Ok(0),
            (None, "1") => Ok(u64::MAX),
            (None, _) => Err(FunctionError::Name { text: self.text.to_owned(), name: name.to_owned() }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn names(text: &str) -> Vec<String> {
        text.split_whitespace().map(str::to_owned).collect()
    }

    /// The value in the row that the inputs' values give.
    fn value(text: &str, inputs: &str, row: u64) -> bool {
        truth(text, &names(inputs)).unwrap() >> row & 1 == 1
    }

    #[test]
    fn expressions_have_their_values() {
        for row in 0..8 {
            let (a, b, c) = (row & 1 == 1, row & 2 == 2, row & 4 == 4);
            assert_eq!(value("!((A*B)+C)", "A B C", row), !((a && b) || c));
            assert_eq!(value("(!C*A)+(C*B)", "A B C", row), if c { b } else { a });
            assert_eq!(value("A ^ B' C", "A B C", row), (a ^ !b) && c);
            assert_eq!(value("A B | !C & 1", "A B C", row), (a && b) || !c);
        }
        assert_eq!((truth("0", &[]), truth("1", &[])), (Ok(0), Ok(u64::MAX)));
    }

    #[test]
    fn what_is_no_function_is_refused() {
        let fault = |text: &str| truth(text, &names("A B")).unwrap_err().to_string();
        assert_eq!(fault("A*"), "the function \"A*\" is no expression at character 3");
        assert_eq!(fault("(A"), "the function \"(A\" is no expression at character 3");
        assert_eq!(fault("A+SCE"), "the function \"A+SCE\" names SCE, which is no input of the cell");
        assert!(fault(&"(".repeat(1000)).contains("no expression"));
        assert!(truth("A", &names("A B C D E F G")).is_err());
    }

    proptest! {
        #[test]
        fn any_text_is_a_function_or_refused(text in "[AB01!'^*&+|() \u{e9}]{0,40}") {
            let _ = truth(&text, &names("A B"));
        }
    }
}
