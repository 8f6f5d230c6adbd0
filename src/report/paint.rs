//! Colours of a terminal.
//!
//! Knows the codes; what is painted is the renderers' business.

use super::Style;
use crate::finding::Severity;

/// Colours, or none.
#[derive(Clone, Copy)]
pub(super) struct Paint(pub Style);

impl Paint {
    pub fn code(self, code: &str, text: &str) -> String {
        if self.0.color { format!("\u{1b}[{code}m{text}\u{1b}[0m") } else { text.to_string() }
    }

    pub fn bold(self, text: &str) -> String {
        self.code("1", text)
    }

    pub fn severity(self, severity: Severity, text: &str) -> String {
        let code = match severity {
            Severity::Error => "1;31",
            Severity::Warning => "1;33",
            Severity::Note => "1;36",
        };
        self.code(code, text)
    }
}
