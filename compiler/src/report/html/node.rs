//! Elements of HTML and SVG, written as text that is well-formed XML too. Nothing enters a page but through here, and everything that is text or
//! an attribute's value is escaped.

use std::fmt::{self, Display, Write};

/// Elements of HTML without content, which take no closing tag.
const VOID: [&str; 4] = ["meta", "link", "br", "col"];

/// An element or a text.
#[derive(Clone, Debug)]
pub enum Node {
    /// Name, attributes, content.
    Element(&'static str, Vec<(&'static str, String)>, Vec<Node>),
    /// Text, not yet escaped.
    Text(String),
}

/// An element without attributes and content.
pub fn element(name: &'static str) -> Node {
    Node::Element(name, Vec::new(), Vec::new())
}

/// An element with a text.
pub fn text(name: &'static str, text: impl Into<String>) -> Node {
    element(name).child(text.into())
}

impl Node {
    /// With an attribute. Texts have none.
    pub fn with(mut self, name: &'static str, value: impl Display) -> Node {
        if let Node::Element(_, attributes, _) = &mut self {
            attributes.push((name, value.to_string()));
        }
        self
    }

    /// With one more child. Texts have none.
    pub fn child(self, child: impl Into<Node>) -> Node {
        self.children([child.into()])
    }

    /// With more children. Texts have none.
    pub fn children(mut self, more: impl IntoIterator<Item = Node>) -> Node {
        if let Node::Element(_, _, children) = &mut self {
            children.extend(more);
        }
        self
    }
}

impl From<String> for Node {
    fn from(text: String) -> Node {
        Node::Text(text)
    }
}

impl From<&str> for Node {
    fn from(text: &str) -> Node {
        Node::Text(text.to_owned())
    }
}

impl Display for Node {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let Node::Element(name, attributes, children) = self else {
            let Node::Text(text) = self else { return Ok(()) };
            return escape(text, f);
        };
        write!(f, "<{name}")?;
        for (name, value) in attributes {
            write!(f, " {name}=\"")?;
            escape(value, f)?;
            f.write_char('"')?;
        }
        if children.is_empty() && VOID.contains(name) {
            return f.write_str("/>");
        }
        f.write_char('>')?;
        children.iter().try_for_each(|child| child.fmt(f))?;
        write!(f, "</{name}>")
    }
}

/// Text as it may stand between tags and between quotes. Characters that XML has no place for are replaced.
fn escape(text: &str, f: &mut fmt::Formatter) -> fmt::Result {
    text.chars().try_for_each(|c| match c {
        '<' => f.write_str("&lt;"),
        '>' => f.write_str("&gt;"),
        '&' => f.write_str("&amp;"),
        '"' => f.write_str("&quot;"),
        '\n' => f.write_char('\n'),
        c if c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}') => f.write_char('\u{fffd}'),
        c => f.write_char(c),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_is_escaped() {
        let node = text("p", "<script>alert('1 & 2')</script>\0").with("title", "\"><b>");
        assert_eq!(node.to_string(), "<p title=\"&quot;&gt;&lt;b&gt;\">&lt;script&gt;alert('1 &amp; 2')&lt;/script&gt;\u{fffd}</p>");
    }

    #[test]
    fn only_void_elements_close_themselves() {
        let node = element("div").child(element("meta").with("name", "x")).child(element("i"));
        assert_eq!(node.to_string(), "<div><meta name=\"x\"/><i></i></div>");
    }
}
