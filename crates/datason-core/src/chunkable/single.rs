//! Single values, which are one chunk.

use std::num::NonZeroUsize;

use serde::Serialize;

use super::{Chunkable, Description, Strategy};
use crate::config::Config;
use crate::error::Result;

/// Any value as one chunk.
///
/// # Example
/// ```
/// use std::num::NonZeroUsize;
/// use datason_core::chunkable::Single;
/// use datason_core::{Chunkable, Config};
///
/// #[derive(serde::Serialize)]
/// struct Report { rows: u64 }
///
/// let report = Single(Report { rows: 7 });
/// assert_eq!(report.describe().object_type, "Report");
/// assert_eq!(report.into_chunks(NonZeroUsize::MIN, &Config::DEFAULT).count(), 1);
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Single<T>(pub T);

impl<T: Serialize> Chunkable for Single<T> {
    type Chunk = T;
    type Chunks = std::option::IntoIter<Result<T>>;

    fn describe(&self) -> Description {
        single_object::<T>()
    }

    fn into_chunks(self, _size: NonZeroUsize, _config: &Config) -> Self::Chunks {
        Some(Ok(self.0)).into_iter()
    }

    fn items_in(_chunk: &T) -> Option<u64> {
        Some(1)
    }
}

fn single_object<T>() -> Description {
    let name = class_name(std::any::type_name::<T>());
    Description::new(Strategy::SingleObject, name, None).of::<T>()
}

/// The last part of a type's path, as Python names a class: `Event` for `&app::Event<'_>`.
pub(super) fn class_name(path: &str) -> &str {
    let path = path.trim_start_matches(['&', '(', '[']);
    let path = path.strip_prefix("mut ").unwrap_or(path);
    let end = path.find(['<', ',', ')', ']', ';']).unwrap_or(path.len());
    path[..end].rsplit("::").next().unwrap_or(path)
}

/// Scalars are one chunk without being told so.
macro_rules! chunkable_scalar {
    ($($type:ty)*) => {$(
        impl Chunkable for $type {
            type Chunk = Self;
            type Chunks = std::option::IntoIter<Result<Self>>;

            fn describe(&self) -> Description {
                single_object::<Self>()
            }

            fn into_chunks(self, _size: NonZeroUsize, _config: &Config) -> Self::Chunks {
                Some(Ok(self)).into_iter()
            }

            fn items_in(_chunk: &Self) -> Option<u64> {
                Some(1)
            }
        }
    )*};
}
chunkable_scalar! {
    bool char &str i8 i16 i32 i64 i128 isize u8 u16 u32 u64 u128 usize f32 f64
}
