//! What is known of a construction's pool: its numbers, and what they come to.
//!
//! Knows not where numbers are written.

use crate::catalog::schema::Setting;
use crate::finding::Place;
use crate::servers::addresses::Text;

/// One number of a pool.
#[derive(Debug, Clone, Copy)]
pub struct Bound<'c> {
    pub row: &'c Setting,
    /// The largest that it can be; infinite where nothing is written that means so.
    pub value: Option<f64>,
    /// The smallest, where conditions or callers decide.
    pub least: Option<f64>,
    /// Where it is set; `None` for a default.
    pub place: Option<Place>,
    /// Where the number itself stands, when elsewhere.
    pub literal: Option<Place>,
}

impl Bound<'_> {
    /// It sets no bound.
    pub fn is_unlimited(&self) -> bool {
        self.value.is_some_and(|value| value.is_infinite() || self.row.unlimited.contains(&value))
    }
}

/// A construction with what is known of its pool.
pub struct Pool<'c> {
    pub size: Option<Bound<'c>>,
    pub overflow: Option<Bound<'c>>,
    /// Numbers that bound nothing and are worth showing.
    pub other: Vec<Bound<'c>>,
    /// The pool class is given: the numbers may mean nothing.
    pub other_class: bool,
    /// The numbers are those of a pool that it is given, which is a construction of its own.
    pub lent: bool,
    /// The addresses that reach it, as far as they are in sight.
    pub address: Vec<Text>,
}

impl Pool<'_> {
    /// The most connections that it opens; `None` when that is not known, or without a bound.
    pub fn most(&self) -> Option<f64> {
        if [self.size, self.overflow].iter().flatten().any(Bound::is_unlimited) {
            return None;
        }
        let size = self.size.as_ref()?.value?;
        let overflow = self.overflow.as_ref().map_or(Some(0.0), |part| part.value)?;
        Some(size + overflow)
    }

    /// One of several numbers holds: conditions or callers decide which.
    pub fn is_range(&self) -> bool {
        [self.size, self.overflow].into_iter().flatten().any(|part| part.least != part.value)
    }

    /// Where the number stands that decides, the construction being `site`.
    pub fn place(&self) -> Option<Place> {
        self.size.and_then(|part| part.place).or_else(|| self.overflow.and_then(|part| part.place))
    }
}
