//! From a tree of settings to the structs, with the place of whatever does not fit.
//!
//! serde's own words for what is wrong; knows no key.

use std::collections::btree_map;

use serde::de::value::StrDeserializer;
use serde::de::{self, DeserializeSeed, IntoDeserializer, MapAccess, SeqAccess, Visitor};
use serde::forward_to_deserialize_any;

use super::tree::{Data, Member, Place, Tree};

/// What does not fit, and where.
#[derive(Debug)]
pub struct Fault {
    pub place: Option<Place>,
    pub message: String,
}

impl Fault {
    /// The innermost place that is known stays.
    fn at(mut self, place: &Option<Place>) -> Self {
        self.place = self.place.or_else(|| place.clone());
        self
    }
}

impl std::fmt::Display for Fault {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str(&self.message)
    }
}

impl std::error::Error for Fault {}

impl de::Error for Fault {
    fn custom<T: std::fmt::Display>(message: T) -> Self {
        Self { place: None, message: message.to_string() }
    }
}

impl<'de> de::Deserializer<'de> for &Tree {
    type Error = Fault;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        let result = match &self.data {
            Data::Null => visitor.visit_unit(),
            Data::Bool(value) => visitor.visit_bool(*value),
            Data::Number(number) => visit_number(*number, visitor),
            Data::Text(text) => visitor.visit_str(text),
            Data::List(items) => visitor.visit_seq(Items(items.iter())),
            Data::Table(table) => visitor.visit_map(Members { rest: table.iter(), value: None }),
        };
        result.map_err(|fault: Fault| fault.at(&self.place))
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        match self.data {
            Data::Null => visitor.visit_none(),
            _ => visitor.visit_some(self),
        }
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        let text: Result<StrDeserializer<Fault>, Fault> = match &self.data {
            Data::Text(text) => Ok(text.as_str().into_deserializer()),
            _ => Err(de::Error::custom("expected a string")),
        };
        text.and_then(|text| visitor.visit_enum(text)).map_err(|fault| fault.at(&self.place))
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct
        newtype_struct seq tuple tuple_struct map struct identifier ignored_any
    }
}

/// Whole numbers as such, so that they fit integers.
fn visit_number<'de, V: Visitor<'de>>(number: f64, visitor: V) -> Result<V::Value, Fault> {
    if number.fract() != 0.0 || number.abs() > 1e15 {
        visitor.visit_f64(number)
    } else if number < 0.0 {
        visitor.visit_i64(number as i64)
    } else {
        visitor.visit_u64(number as u64)
    }
}

struct Items<'t>(std::slice::Iter<'t, Tree>);

impl<'de> SeqAccess<'de> for Items<'_> {
    type Error = Fault;

    fn next_element_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>, Fault> {
        let Some(item) = self.0.next() else { return Ok(None) };
        seed.deserialize(item).map(Some).map_err(|fault| fault.at(&item.place))
    }
}

struct Members<'t> {
    rest: btree_map::Iter<'t, String, Member>,
    value: Option<&'t Member>,
}

impl<'de> MapAccess<'de> for Members<'_> {
    type Error = Fault;

    fn next_key_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>, Fault> {
        let Some((key, member)) = self.rest.next() else { return Ok(None) };
        self.value = Some(member);
        let key: StrDeserializer<Fault> = key.as_str().into_deserializer();
        seed.deserialize(key).map(Some).map_err(|fault| fault.at(&member.place))
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, Fault> {
        let Some(member) = self.value.take() else { return Err(de::Error::custom("a value without a key")) };
        seed.deserialize(&member.value).map_err(|fault| fault.at(&member.value.place))
    }
}
