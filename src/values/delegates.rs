//! What an object is asked for and has not itself: `impl Deref for Pool`, `__getattr__`.
//!
//! Knows no library by name.

use super::eval::Ty;
use crate::facts::{Param, ParamKind, Value, VarRef};
use crate::program::{CallRef, ClassRef, FnRef};
use crate::values::Program;

impl<'a> Program<'a> {
    /// The member of what an object of the class stands for.
    pub(crate) fn delegated(&self, class: ClassRef, name: &str) -> Ty<'a> {
        let method = self.semantics(class.file).delegate.and_then(|method| self.find_method(class, method));
        let Some(f) = method else { return Ty::Unknown };
        let mut params = self.function(f).params.iter().filter(|param| param.kind != ParamKind::Receiver);
        let behind = match params.next() {
            Some(asked) => self.asked_by(f, asked),
            None => self.return_of(f),
        };
        if behind == Ty::Instance(class) { Ty::Unknown } else { self.member(f, behind, name) }
    }

    /// The object whose member of the parameter's name the method gives: `return getattr(self._client, name)`.
    fn asked_by(&self, f: FnRef, asked: &Param) -> Ty<'a> {
        let [Value::Call(id)] = self.given_by(f)[..] else { return Ty::Unknown };
        let data = self.call(CallRef { file: f.file, id: *id });
        let name = Value::Var(VarRef { function: f.id, local: asked.local });
        match data.args.as_slice() {
            [object, by, ..] if by.value == name && matches!(data.callee, Value::Global(_)) => {
                self.eval(f, &object.value)
            }
            _ => Ty::Unknown,
        }
    }
}
