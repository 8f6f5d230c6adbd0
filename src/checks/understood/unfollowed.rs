//! What is opened and then given to something that nobody knows: no rule says anything of its end.

use serde::Serialize;

use super::{Reader, Spot};
use crate::facts::CallId;
use crate::finding::Place;
use crate::ownership::release::{Followed, What};
use crate::packages::kinds::FileClass;
use crate::program::CallRef;

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Unfollowed {
    /// Where it is opened.
    #[serde(flatten)]
    pub spot: Spot,
    pub client: String,
    /// What is called with it.
    pub callee: String,
    pub call: Spot,
}

impl Reader<'_, '_> {
    /// In the order of the files; nothing of tests.
    pub(crate) fn unfollowed(&self) -> Vec<Unfollowed> {
        let releases = self.project.releases();
        let told = |call: CallRef| releases.leaks.iter().any(|leak| leak.call == call);
        let product = |one: &&Followed| self.project.program.class_of(one.call.file) != FileClass::Test;
        let silent = releases.followed.iter().filter(product).filter(|one| !told(one.call));
        let mut all: Vec<Unfollowed> = silent.filter_map(|one| Some(self.given_away(one, one.unknown?))).collect();
        all.sort();
        all
    }

    fn given_away(&self, one: &Followed, to: CallId) -> Unfollowed {
        let program = &self.project.program;
        let client = match one.resource.what {
            What::Catalog(ty) => program.catalog.ty(ty).display.clone(),
            What::Object(class) => program.class(class).name.clone(),
        };
        let callee = program.facts(one.call.file).call(to).callee_name(program.facts(one.call.file));
        let spot = |id: CallId| {
            let file = program.units[one.call.file as usize].source;
            self.spot(Place { file, span: program.facts(one.call.file).call(id).span })
        };
        let callee = callee.unwrap_or("a function without a name").to_string();
        Unfollowed { spot: spot(one.call.id), client, callee, call: spot(to) }
    }
}
