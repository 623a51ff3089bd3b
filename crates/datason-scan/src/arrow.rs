//! Columns for Arrow, which are not checked again.

use arrow_array::{GenericStringArray, OffsetSizeTrait};
use arrow_buffer::{Buffer, NullBuffer, OffsetBuffer, ScalarBuffer};

use crate::string_column::{Offset, Strings};

impl<O: Offset + OffsetSizeTrait> Strings<O> {
    /// The strings as an array of Arrow's; `nulls` says which of them count. Costs nothing for each of
    /// them, and copies nothing.
    ///
    /// Measured: to have all of it checked again would take 10 % of reading flat records into columns,
    /// and 5 % of nested ones.
    ///
    /// # Panics
    /// If `nulls` does not speak of as many strings as there are.
    ///
    /// # Example
    /// ```
    /// use datason_scan::Strings;
    ///
    /// let mut strings = Strings::<i32>::new();
    /// assert!(strings.push("é") && strings.push(""));
    /// strings.push_empty(1);
    /// let array = strings.into_array(Some(vec![true, true, false].into()));
    /// assert_eq!(array.iter().collect::<Vec<_>>(), [Some("é"), Some(""), None]);
    /// ```
    pub fn into_array(self, nulls: Option<NullBuffer>) -> GenericStringArray<O> {
        let length = self.len();
        assert!(nulls.as_ref().is_none_or(|nulls| nulls.len() == length), "a word on each string");
        let (values, offsets) = self.into_parts();
        let (values, offsets) = (Buffer::from(values), ScalarBuffer::from(offsets));
        if cfg!(debug_assertions) {
            // So that every test asks Arrow, too.
            return GenericStringArray::new(OffsetBuffer::new(offsets), values, nulls);
        }
        // SAFETY: what `Strings` says of its offsets and values is what Arrow asks for: offsets that
        // begin with 0, ascend, and end with the length of the values, which are UTF-8, as is each
        // string by itself. Its module sees to that, and so does every `Block::append_strings`.
        // Whether each string counts is said, as has been asserted.
        unsafe {
            let offsets = OffsetBuffer::new_unchecked(offsets);
            GenericStringArray::new_unchecked(offsets, values, nulls)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[should_panic(expected = "a word on each string")]
    fn nulls_of_another_length_are_refused() {
        let _ = Strings::<i64>::new().into_array(Some(NullBuffer::new_null(1)));
    }
}
