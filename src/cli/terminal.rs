//! What standard output can show, as the terminal and the user's environment say.
//!
//! Knows variables by their conventions; what is painted is the renderers' business.

use std::io::IsTerminal;

use crate::report::Style;

/// Of this process's standard output.
pub fn style() -> Style {
    let variable = |name: &str| std::env::var(name).ok();
    Style {
        color: is_coloured(variable, std::io::stdout().is_terminal()),
        links: supports_hyperlinks::on(supports_hyperlinks::Stream::Stdout),
        columns: columns(),
        ..Style::default()
    }
}

/// As `COLUMNS` says, or the terminal of standard output.
pub fn columns() -> Option<usize> {
    let told = std::env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok());
    told.or_else(|| terminal_size::terminal_size_of(std::io::stdout()).map(|(width, _)| usize::from(width.0)))
}

/// `FORCE_COLOR` before `NO_COLOR` before `CLICOLOR_FORCE` before `CLICOLOR`, then what the terminal can.
fn is_coloured(variable: impl Fn(&str) -> Option<String>, is_terminal: bool) -> bool {
    let set = |name: &str| variable(name).filter(|value| !value.is_empty());
    let is_off = |value: &String| value == "0" || value == "false";
    if let Some(value) = set("FORCE_COLOR") {
        return !is_off(&value);
    }
    if set("NO_COLOR").is_some() {
        return false;
    }
    if set("CLICOLOR_FORCE").is_some_and(|value| !is_off(&value)) {
        return true;
    }
    let plain = set("CLICOLOR").is_some_and(|value| is_off(&value)) || set("TERM").is_some_and(|term| term == "dumb");
    is_terminal && !plain
}

#[cfg(test)]
mod tests {
    use super::is_coloured;

    fn with(variables: &[(&str, &str)], is_terminal: bool) -> bool {
        let value = |name: &str| variables.iter().find(|(key, _)| *key == name).map(|(_, value)| value.to_string());
        is_coloured(value, is_terminal)
    }

    #[test]
    fn the_terminal_decides_unless_somebody_says_otherwise() {
        assert!(with(&[], true) && !with(&[], false));
        assert!(!with(&[("NO_COLOR", "1")], true) && with(&[("NO_COLOR", "")], true));
        assert!(with(&[("FORCE_COLOR", "1"), ("NO_COLOR", "1")], false) && !with(&[("FORCE_COLOR", "0")], true));
        assert!(with(&[("CLICOLOR_FORCE", "1"), ("CLICOLOR", "0")], false) && !with(&[("CLICOLOR", "0")], true));
        assert!(!with(&[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")], true) && !with(&[("TERM", "dumb")], true));
    }
}
