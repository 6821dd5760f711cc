//! A page in one file: no script, no font, no picture from elsewhere, and a policy that forbids them.

use super::node::{Node, element, text};

const STYLE: &str = include_str!("style.css");
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; img-src data:";

/// A page of sections.
pub struct Page {
    title: String,
    lead: String,
    sections: Vec<(&'static str, &'static str, Vec<Node>)>,
    foot: String,
}

impl Page {
    /// A page without sections; `lead` is the line below the title, `foot` the last line.
    pub fn new(title: &str, lead: &str, foot: &str) -> Page {
        Page { title: title.to_owned(), lead: lead.to_owned(), sections: Vec::new(), foot: foot.to_owned() }
    }

    /// With one more section; `id` is unique in the page. Sections without content are left out.
    pub fn section(mut self, id: &'static str, heading: &'static str, content: Vec<Node>) -> Page {
        if !content.is_empty() {
            self.sections.push((id, heading, content));
        }
        self
    }

    /// The text of the file.
    pub fn render(self) -> String {
        let link =
            |&(id, heading, _): &(&'static str, &'static str, Vec<Node>)| element("li").child(text("a", heading).with("href", format!("#{id}")));
        let links = element("ul").children(self.sections.iter().map(link));
        let header = element("header").child(element("p").with("class", "brand").child("Fretwork")).child(text("h1", self.title.clone()));
        let header = header.child(text("p", self.lead).with("class", "lead")).child(element("nav").with("aria-label", "Sections").child(links));
        let section = |(id, heading, content): (&'static str, &'static str, Vec<Node>)| {
            let name = format!("{id}-heading");
            let section = element("section").with("id", id).with("aria-labelledby", &name);
            section.child(text("h2", heading).with("id", name)).children(content)
        };
        let main = element("main").children(self.sections.into_iter().map(section));
        let body = element("body").child(header).child(main).child(element("footer").child(self.foot));
        let html = element("html").with("lang", "en").child(head(&self.title)).child(body);
        format!("<!DOCTYPE html>\n{html}\n")
    }
}

fn head(title: &str) -> Node {
    let meta = |name: &str, content: &str| element("meta").with("name", name).with("content", content);
    element("head")
        .child(element("meta").with("charset", "utf-8"))
        .child(element("meta").with("http-equiv", "Content-Security-Policy").with("content", POLICY))
        .child(meta("viewport", "width=device-width, initial-scale=1"))
        .child(meta("color-scheme", "light dark"))
        .child(element("link").with("rel", "icon").with("href", "data:,"))
        .child(text("title", format!("{title} · Fretwork")))
        .child(text("style", STYLE))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_style_needs_no_escape_and_nothing_from_elsewhere() {
        for outside in ["<", ">", "&", "\"", "@import", "url("] {
            assert!(!STYLE.contains(outside), "{outside}");
        }
    }

    /// The values of a name, in the light theme and in the dark one, as relative luminance.
    fn luminances(name: &str) -> Vec<f64> {
        let definition = format!("--{name}: #");
        let values = STYLE.match_indices(&definition).map(|(at, found)| &STYLE[at + found.len()..][..6]);
        let linear = |value: u8| {
            let share = f64::from(value) / 255.0;
            if share <= 0.04045 { share / 12.92 } else { ((share + 0.055) / 1.055).powf(2.4) }
        };
        let channel = |colour: &str, k: usize| linear(u8::from_str_radix(&colour[2 * k..][..2], 16).unwrap());
        values.map(|colour| 0.2126 * channel(colour, 0) + 0.7152 * channel(colour, 1) + 0.0722 * channel(colour, 2)).collect()
    }

    #[test]
    fn colours_have_the_contrast_that_wcag_asks_for() {
        let marks = ["c1", "c2", "c3", "c4", "c5", "c6", "c7", "c8", "heat"].map(|name| (name, 3.0));
        let texts = ["ink", "soft", "accent"].map(|name| (name, 4.5));
        for (name, least) in marks.into_iter().chain(texts) {
            for back in ["card", "page"] {
                let (colours, backs) = (luminances(name), luminances(back));
                assert_eq!([colours.len(), backs.len()], [2, 2], "{name}");
                for (a, b) in colours.into_iter().zip(backs) {
                    let contrast = (a.max(b) + 0.05) / (a.min(b) + 0.05);
                    assert!(contrast >= least, "{name} on {back}: {contrast}");
                }
            }
        }
    }

    #[test]
    fn empty_sections_are_left_out() {
        let page = Page::new("a", "b", "c").section("one", "One", vec![text("p", "x")]).section("two", "Two", Vec::new()).render();
        assert!(page.contains("id=\"one\"") && !page.contains("Two"), "{page}");
    }
}
