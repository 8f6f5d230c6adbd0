//! How a text is written: its quotes, its line ends, its indentation.
//!
//! What a fix writes follows what stands there already. Text only; knows no rule and no facts.

use super::lines;

/// The habits of one text, as far as new code depends on them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Style {
    pub quote: char,
    /// Statements end with a semicolon.
    pub semicolons: bool,
    /// One level of indentation.
    pub step: &'static str,
}

impl Style {
    pub fn of(text: &str) -> Style {
        let text = script(text);
        let (mut single, mut double, mut ended, mut bare, mut indented) = (0, 0, 0, 0, false);
        for line in text.lines() {
            for byte in line.bytes() {
                single += usize::from(byte == b'\'');
                double += usize::from(byte == b'"');
            }
            // Blocks, lists and chains end without a semicolon, in every style.
            match line.trim_ascii_end().bytes().last() {
                Some(b';') => ended += 1,
                Some(b')' | b'\'' | b'"') => bare += 1,
                _ => {}
            }
            indented |= line.starts_with([' ', '\t']);
        }
        Style {
            quote: if single > double { '\'' } else { '"' },
            semicolons: ended > 0 && ended * 2 >= bare,
            step: if indented { lines::step(text) } else { "  " },
        }
    }

    pub fn quoted(&self, text: &str) -> String {
        format!("{0}{text}{0}", self.quote)
    }

    /// What a statement ends with.
    pub fn end(&self) -> &'static str {
        if self.semicolons { ";" } else { "" }
    }
}

/// The script of a component's file: what styles and templates are written like is nothing to it.
fn script(text: &str) -> &str {
    let inner = || {
        let (_, rest) = text.split_once("<script")?;
        let (_, rest) = rest.split_once('>')?;
        Some(rest.split_once("</script>")?.0).filter(|inner| lines::starts_with_end(inner))
    };
    inner().unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use super::Style;

    #[test]
    fn habits_are_those_of_the_text() {
        let semicolons = Style::of("import a from \"b\";\nfunction f() {\n\tg(\n\t\t\"x\",\n\t);\n}\n");
        assert_eq!(semicolons, Style { quote: '"', semicolons: true, step: "\t" });
        let bare = Style::of("import a from 'b'\n\nfunction f() {\n  g('x')\n  for (let i = 0; i < 1; i++) h()\n}\n");
        assert_eq!(bare, Style { quote: '\'', semicolons: false, step: "  " });
        assert!(!Style::of("f()\n").semicolons);
        let component = "<script>\n  f('x')\n</script>\n\n<style>\n  a {\n    b: c;\n    d: e;\n  }\n</style>\n";
        assert!(!Style::of(component).semicolons);
    }
}
