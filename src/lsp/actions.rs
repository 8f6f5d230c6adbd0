//! What can be done about findings: their fixes, a comment that suppresses them, all safe fixes at once.
//!
//! Edits are offered for texts that are shown as they were judged only. Knows no rule.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};

use gen_lsp_types::{
    AnnotatedTextEdit, ChangeAnnotation, CodeAction, CodeActionKind, Command, CreateFile, DocumentChange, Edit,
    OptionalVersionedTextDocumentIdentifier, Range, SnippetTextEdit, StringValue, TextDocumentEdit,
    TextDocumentIdentifier, TextEdit, WorkspaceEdit,
};
use serde::Deserialize;

use super::client::Can;
use super::comments::comment_marks;
use super::diagnostics::diagnostic;
use super::documents::{Documents, position, span, uri_of};
use super::pages::Pages;
use super::view::{Shown, View};
use crate::finding::lines::ended_as;
use crate::finding::{self, Applicability, Finding, Fix, NewFile};
use crate::fix::{Change, replacements};
use crate::session::Identified;
use crate::source::Units;

pub const FIX_ALL: &str = "source.fixAll.connlint";
/// The command that opens a rule's page.
pub const EXPLAIN: &str = "connlint.explain";
/// What edits of several files are marked with.
const SPREAD: &str = "several-files";

/// The part of the request that matters, so that other servers' diagnostics in it may be odd.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Asked {
    pub text_document: TextDocumentIdentifier,
    pub range: Range,
    #[serde(default)]
    context: Context,
}

#[derive(Default, Deserialize)]
struct Context {
    only: Option<Vec<String>>,
}

impl Asked {
    /// Kinds are wanted with all below them.
    pub fn wants(&self, kind: &str) -> bool {
        let below = |wanted: &String| {
            kind.strip_prefix(wanted.as_str())
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('.') || wanted.is_empty())
        };
        self.context.only.as_ref().is_none_or(|only| only.iter().any(below))
    }
}

pub struct Desk<'a> {
    pub view: &'a View<'a>,
    pub documents: &'a Documents,
    pub pages: Option<&'a Pages>,
    /// The client can open the pages of rules.
    pub explains: bool,
    pub can: Can,
    pub units: Units,
}

impl Desk<'_> {
    /// `fixed` is what the safe fixes of the file come to.
    pub fn actions(&self, path: &Path, asked: &Asked, fixed: &[Change]) -> Vec<CodeAction> {
        let Some(shown) = self.view.file(path).and_then(|id| self.view.shown(id)) else { return Vec::new() };
        let (start, end) = span(shown.text, asked.range, self.units);
        let mut actions = Vec::new();
        if asked.wants("quickfix") {
            let touched = self.findings(path).filter(|found| touches(&shown, &found.finding, start, end));
            for action in touched.flat_map(|found| self.about(found, &shown)) {
                merge(&mut actions, action);
            }
        }
        if asked.wants(FIX_ALL) {
            actions.extend(self.fix_all(fixed));
        }
        actions
    }

    fn findings<'s>(&'s self, path: &'s Path) -> impl Iterator<Item = &'s Identified> {
        let outcome = self.view.outcome;
        outcome.findings.iter().filter(move |found| {
            outcome.files.get(found.finding.place.file.index()).is_some_and(|file| file.absolute == path)
        })
    }

    /// The fix, the comment that suppresses, and the page of the rule.
    fn about(&self, found: &Identified, shown: &Shown) -> Vec<CodeAction> {
        let diagnostic = diagnostic(found, self.view, self.pages);
        let fixes = found.finding.fix.iter().flat_map(Fix::all).enumerate();
        let fixes = fixes.filter_map(|(at, fix)| self.fix(fix, at == 0));
        let suppression = self.suppression(&found.finding, shown);
        let with = |action: CodeAction| CodeAction { diagnostics: Some(vec![diagnostic.clone()]), ..action };
        fixes.chain(suppression).chain(self.explanation(&found.finding)).map(with).collect()
    }

    fn explanation(&self, finding: &Finding) -> Option<CodeAction> {
        let title = format!("Explain `{}`", finding.rule);
        let arguments = Some(vec![serde_json::json!(finding.rule)]);
        let command = Command::new(title.clone(), None, EXPLAIN.into(), arguments);
        let kind = Some(CodeActionKind::QuickFix);
        self.explains.then(|| CodeAction { title, kind, command: Some(command), ..CodeAction::default() })
    }

    /// Of several ways the editor takes the first, if it is safe.
    fn fix(&self, fix: &Fix, first: bool) -> Option<CodeAction> {
        let (safe, word) = match fix.applicability {
            Applicability::Safe => (true, "safe"),
            Applicability::Unsafe => (false, "unsafe: may change what the program does"),
            Applicability::Manual => return None,
        };
        let edit = self.edit(&fix.edits)?;
        Some(CodeAction {
            title: format!("{} ({word})", fix.title),
            kind: Some(CodeActionKind::QuickFix),
            is_preferred: Some(safe && first),
            edit: Some(self.annotated(self.creating(&fix.creates, edit)?)),
            ..CodeAction::default()
        })
    }

    /// The same edit, after the files are made and filled; `None` for a client that makes none.
    fn creating(&self, new: &[NewFile], edit: WorkspaceEdit) -> Option<WorkspaceEdit> {
        if new.is_empty() {
            return Some(edit);
        }
        let edits = edit.document_changes.filter(|_| self.can.creates_files)?;
        let mut changes = Vec::new();
        for NewFile { path, text } in new {
            let uri = uri_of(self.documents, &self.view.root()?.join(path));
            changes.push(DocumentChange::CreateFile(CreateFile::new(uri.clone(), None, None)));
            let text_document_identifier = TextDocumentIdentifier { uri };
            let text_document = OptionalVersionedTextDocumentIdentifier { version: None, text_document_identifier };
            let filled = Edit::TextEdit(TextEdit { range: Range::default(), new_text: text.clone() });
            changes.push(DocumentChange::TextDocumentEdit(TextDocumentEdit { text_document, edits: vec![filled] }));
        }
        changes.extend(edits);
        Some(WorkspaceEdit { document_changes: Some(changes), ..WorkspaceEdit::default() })
    }

    /// All in one: each fix may make room for others.
    fn fix_all(&self, fixed: &[Change]) -> Option<CodeAction> {
        let in_file = |change: &Change| {
            let file = self.view.file(&change.absolute)?;
            let edit = |(span, text)| finding::Edit { file, span, text };
            Some(replacements(change).into_iter().map(edit).collect::<Vec<_>>())
        };
        let edits: Vec<Vec<finding::Edit>> = fixed.iter().map(in_file).collect::<Option<_>>()?;
        Some(CodeAction {
            title: "Apply all safe fixes of connlint".into(),
            kind: Some(CodeActionKind::Custom(FIX_ALL.into())),
            edit: Some(self.edit(&edits.concat())?),
            ..CodeAction::default()
        })
    }

    /// `None` when a text is shown other than it was judged.
    fn edit(&self, edits: &[finding::Edit]) -> Option<WorkspaceEdit> {
        let mut files: BTreeMap<PathBuf, (Option<i32>, Vec<Edit>)> = BTreeMap::new();
        for edit in edits {
            let shown = self.view.shown(edit.file).filter(|shown| shown.shift.is_none())?;
            let text =
                TextEdit { range: shown.range(edit.span, self.units), new_text: ended_as(&edit.text, shown.text) };
            let file = files.entry(shown.file.absolute.clone()).or_insert_with(|| (shown.version, Vec::new()));
            file.1.push(Edit::TextEdit(text));
        }
        (!files.is_empty()).then(|| self.workspace_edit(files))
    }

    /// Edits of several files are shown before they are made: most of them would not be seen.
    fn annotated(&self, edit: WorkspaceEdit) -> WorkspaceEdit {
        let several = edit.document_changes.as_ref().is_some_and(|changes| changes.len() > 1);
        if !several || !self.can.annotated_edits {
            return edit;
        }
        let mark = |edit| match edit {
            Edit::TextEdit(edit) => Edit::AnnotatedTextEdit(AnnotatedTextEdit::new(SPREAD.into(), edit)),
            other => other,
        };
        let changes = edit.document_changes.into_iter().flatten().map(|change| match change {
            DocumentChange::TextDocumentEdit(it) => DocumentChange::TextDocumentEdit(TextDocumentEdit {
                edits: it.edits.into_iter().map(mark).collect(),
                ..it
            }),
            other => other,
        });
        let note = ChangeAnnotation::new("Changes several files".into(), Some(true), None);
        WorkspaceEdit {
            document_changes: Some(changes.collect()),
            change_annotations: Some(HashMap::from([(SPREAD.into(), note)])),
            ..WorkspaceEdit::default()
        }
    }

    fn workspace_edit(&self, files: BTreeMap<PathBuf, (Option<i32>, Vec<Edit>)>) -> WorkspaceEdit {
        if !self.can.versioned_edits {
            let plain = |edit| match edit {
                Edit::TextEdit(edit) => Some(edit),
                _ => None,
            };
            let changes = files.into_iter().map(|(path, (_, edits))| {
                (uri_of(self.documents, &path), edits.into_iter().filter_map(plain).collect())
            });
            return WorkspaceEdit { changes: Some(changes.collect::<HashMap<_, _>>()), ..WorkspaceEdit::default() };
        }
        let changes = files.into_iter().map(|(path, (version, edits))| {
            let text_document_identifier = TextDocumentIdentifier { uri: uri_of(self.documents, &path) };
            let text_document = OptionalVersionedTextDocumentIdentifier { version, text_document_identifier };
            DocumentChange::TextDocumentEdit(TextDocumentEdit { text_document, edits })
        });
        WorkspaceEdit { document_changes: Some(changes.collect()), ..WorkspaceEdit::default() }
    }

    /// A comment on a line of its own above the finding, in the file's style, with room for the reason.
    fn suppression(&self, finding: &Finding, shown: &Shown) -> Option<CodeAction> {
        let at = shown.shift.shown(finding.place.span.start as usize);
        let mut place = position(&shown.lines, shown.text, at, self.units);
        place.character = 0;
        let line = shown.lines.line(at as u32);
        let indent: String =
            shown.lines.line_text(shown.text, line).chars().take_while(|c| c.is_whitespace()).collect();
        let start = shown.lines.offset(shown.text, crate::source::Position { line, column: 1 }) as usize;
        let (open, close) = comment_marks(shown.file, shown.text, start)?;
        let before = format!("{indent}{open} connlint-ignore {}: ", finding.rule);
        let after = ended_as(&format!("{close}\n"), shown.text);
        let edit = self.comment(Range { start: place, end: place }, &before, &after);
        let files = BTreeMap::from([(shown.file.absolute.clone(), (shown.version, vec![edit]))]);
        Some(CodeAction {
            title: format!("Suppress `{}` here, with a reason", finding.rule),
            kind: Some(CodeActionKind::QuickFix),
            edit: Some(self.workspace_edit(files)),
            ..CodeAction::default()
        })
    }

    fn comment(&self, range: Range, comment: &str, end: &str) -> Edit {
        if self.can.snippet_edits && self.can.versioned_edits {
            let comment = comment.replace('\\', "\\\\").replace('$', "\\$");
            let snippet = StringValue { value: format!("{comment}${{1:reason}}{end}") };
            return Edit::SnippetTextEdit(SnippetTextEdit { range, snippet, annotation_id: None });
        }
        Edit::TextEdit(TextEdit { range, new_text: format!("{comment}reason{end}") })
    }
}

fn touches(shown: &Shown, finding: &Finding, start: usize, end: usize) -> bool {
    let own = finding.place.span;
    shown.shift.shown(own.start as usize) <= end && start <= shown.shift.shown(own.end as usize)
}

/// Two findings of one cause may have the same fix: it is offered once, for both.
fn merge(actions: &mut Vec<CodeAction>, action: CodeAction) {
    let same = |one: &&mut CodeAction| one.edit.is_some() && one.title == action.title && one.edit == action.edit;
    let Some(known) = actions.iter_mut().find(same) else { return actions.push(action) };
    known.diagnostics.get_or_insert_default().extend(action.diagnostics.into_iter().flatten());
}
