//! Sets.

use super::Value;
use super::order::compare;

/// Values without repetition, in a fixed order.
///
/// The order is sorted: numbers by size, texts by code point, and different kinds one after the
/// other, so that equal sets are written alike. Values that are equal numbers of different kinds
/// (`1`, `1.0`) are both kept.
///
/// # Example
/// ```
/// use datason_core::value::{Set, Value};
///
/// let set: Set = [3, 1, 2, 3].into_iter().map(Value::from).collect();
/// assert_eq!(set.members(), [1, 2, 3].map(Value::from));
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Set(Vec<Value>);

impl Set {
    /// The members in order.
    pub fn members(&self) -> &[Value] {
        &self.0
    }

    /// The members in order, owned.
    pub fn into_vec(self) -> Vec<Value> {
        self.0
    }

    /// How many members there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether `value` is a member.
    pub fn contains(&self, value: &Value) -> bool {
        self.0.binary_search_by(|member| compare(member, value)).is_ok()
    }
}

impl FromIterator<Value> for Set {
    fn from_iter<I: IntoIterator<Item = Value>>(values: I) -> Self {
        let mut members: Vec<_> = values.into_iter().collect();
        members.sort_by(compare);
        members.dedup_by(|right, left| compare(left, right).is_eq());
        Self(members)
    }
}
