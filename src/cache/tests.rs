//! A damaged file of the cache gives what was written or nothing, and never anything else.

use std::borrow::Cow;

use super::{Cache, Draft, Key, Part};
use crate::source::{FileKind, SourceFile};

fn key(text: &str) -> Key {
    let file = SourceFile { path: "a.py".into(), absolute: "/a.py".into(), kind: FileKind::Python, text: text.into() };
    Key::of(&file)
}

const TEXTS: &[&str] = &["one", "two", "three, which is longer", ""];

fn packed() -> Vec<u8> {
    let blob = |text: &&'static str| (key(text), Part::Scan, Cow::Owned(postcard::to_stdvec(text).unwrap()));
    Draft { blobs: TEXTS.iter().map(blob).collect() }.encode().unwrap()
}

fn answers(bytes: Vec<u8>) -> Vec<Option<String>> {
    let cache = Cache::decode(bytes);
    TEXTS.iter().map(|text| cache.get(key(text), Part::Scan)).collect()
}

fn is_right_or_missing(bytes: Vec<u8>) -> bool {
    answers(bytes).iter().zip(TEXTS).all(|(answer, text)| answer.as_deref().is_none_or(|answer| answer == *text))
}

#[test]
fn what_was_written_is_read() {
    let expected: Vec<Option<String>> = TEXTS.iter().map(|text| Some((*text).to_string())).collect();
    assert_eq!(answers(packed()), expected);
    assert_eq!(Cache::decode(packed()).get::<String>(key("one"), Part::Facts), None);
}

#[test]
fn any_changed_byte_is_a_miss() {
    let whole = packed();
    for at in 0..whole.len() {
        for bit in [0x01, 0x80] {
            let mut bytes = whole.clone();
            bytes[at] ^= bit;
            assert!(is_right_or_missing(bytes.clone()), "offset {at}");
            assert!(answers(bytes).contains(&None), "offset {at}: the change went unnoticed");
        }
    }
}

#[test]
fn any_cut_or_appended_byte_is_a_miss() {
    let whole = packed();
    for length in 0..whole.len() {
        assert!(answers(whole[..length].to_vec()).iter().all(Option::is_none), "length {length}");
    }
    assert!(answers([whole, vec![0]].concat()).iter().all(Option::is_none));
}
