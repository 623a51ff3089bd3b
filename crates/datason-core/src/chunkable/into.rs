//! What can be turned into something that is cut.

use super::Chunkable;
use crate::error::Result;

/// What goes into `serialize_chunked` and its like: everything [`Chunkable`] as it is, and what
/// other crates own and this workspace can cut.
///
/// The parameter says by which way an input becomes [`Chunkable`]; the compiler finds it, since
/// an input has one way only. It is there because of Rust's rule on foreign types: a crate may
/// implement a foreign trait for a foreign type only if a type of its own stands between them.
/// So `datason-arrow` names the way by a type of its own, and a bare `&RecordBatch` or a view of
/// an `ndarray` can be handed to functions that know neither. A crate of yours can do the same
/// for types that it does not own; for a type of your own implement [`Chunkable`].
///
/// # Example
/// ```
/// use datason_core::chunkable::{Chunkable, IntoChunkable, Items};
///
/// /// The way of paths: their components are the items.
/// enum Components {}
///
/// impl<'p> IntoChunkable<Components> for &'p std::path::Path {
///     type Chunkable = Items<std::vec::IntoIter<datason_core::Result<String>>>;
///
///     fn into_chunkable(self) -> datason_core::Result<Self::Chunkable> {
///         let names = self.iter().map(|name| Ok(name.to_string_lossy().into_owned()));
///         Ok(Items(names.collect::<Vec<_>>().into_iter()))
///     }
/// }
///
/// fn total<Way>(input: impl IntoChunkable<Way>) -> datason_core::Result<Option<u64>> {
///     Ok(input.into_chunkable()?.describe().total_items)
/// }
/// assert_eq!(total(std::path::Path::new("a/b/c"))?, Some(3));
/// assert_eq!(total(&[1, 2])?, Some(2));
/// # Ok::<(), datason_core::Error>(())
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be cut into chunks",
    label = "not an input that is cut into chunks",
    note = "give a slice, a map, a table or an array by reference",
    note = "wrap an iterator in `Items`, and any other value that serializes in `Single`"
)]
pub trait IntoChunkable<Way> {
    /// What is cut.
    type Chunkable: Chunkable;

    /// The input as something that can be cut. Copies no items.
    ///
    /// # Errors
    /// If it cannot be: see the implementation. What is [`Chunkable`] itself never fails.
    fn into_chunkable(self) -> Result<Self::Chunkable>;
}

/// The [way](IntoChunkable) of what is [`Chunkable`] already.
#[derive(Clone, Copy, Debug)]
pub enum Itself {}

impl<C: Chunkable> IntoChunkable<Itself> for C {
    type Chunkable = C;

    fn into_chunkable(self) -> Result<C> {
        Ok(self)
    }
}
