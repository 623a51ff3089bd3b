//! Bytes held against a limit.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::error::{Error, ErrorKind, Result};
use crate::size::ByteSize;

/// A limit on memory, and how much of it is held.
///
/// Who wants to allocate asks first ([`try_hold`](Self::try_hold)) and keeps the [`Held`] as long
/// as the memory; dropping it gives the bytes back. Clones share the limit and the count, also
/// between threads, so that the buffers of one job are one sum. Nothing is allocated here, and
/// nothing waits: what does not fit is refused.
///
/// # Example
/// ```
/// use datason_core::{Budget, ByteSize, ErrorKind};
///
/// let budget = Budget::new(ByteSize::mib(1));
/// let window = budget.try_hold(700 << 10)?;
/// let error = budget.clone().try_hold(400 << 10).unwrap_err();
/// assert_eq!(error.kind(), ErrorKind::Limit);
/// drop(window);
/// assert!(budget.try_hold(400 << 10).is_ok());
/// assert_eq!((budget.held(), budget.peak()), (ByteSize(0), ByteSize::kib(700)));
/// # Ok::<(), datason_core::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Budget(Arc<Account>);

#[derive(Debug)]
struct Account {
    limit: u64,
    held: AtomicU64,
    peak: AtomicU64,
}

impl Budget {
    /// A budget of `limit`, of which nothing is held.
    pub fn new(limit: ByteSize) -> Self {
        let (held, peak) = (AtomicU64::new(0), AtomicU64::new(0));
        Self(Arc::new(Account { limit: limit.as_u64(), held, peak }))
    }

    /// Holds `bytes`, if as many are left. They are held until the result is dropped. Costs an
    /// exchange of an atomic number.
    ///
    /// # Errors
    /// [`ErrorKind::Limit`] if they are not. The message says what was asked for, what is held,
    /// and the limit.
    pub fn try_hold(&self, bytes: usize) -> Result<Held> {
        let asked = bytes as u64;
        let more = |held: u64| held.checked_add(asked).filter(|sum| *sum <= self.0.limit);
        // The number stands for itself: no other memory is published by it.
        match self.0.held.fetch_update(Ordering::Relaxed, Ordering::Relaxed, more) {
            Ok(before) => {
                self.0.peak.fetch_max(before + asked, Ordering::Relaxed);
                Ok(Held { budget: self.clone(), bytes: asked })
            }
            Err(held) => Err(self.refusal(asked, held)),
        }
    }

    /// The limit.
    pub fn limit(&self) -> ByteSize {
        ByteSize(self.0.limit)
    }

    /// What is held now.
    pub fn held(&self) -> ByteSize {
        ByteSize(self.0.held.load(Ordering::Relaxed))
    }

    /// The most that was ever held.
    pub fn peak(&self) -> ByteSize {
        ByteSize(self.0.peak.load(Ordering::Relaxed))
    }

    #[cold]
    fn refusal(&self, asked: u64, held: u64) -> Error {
        let (asked, held, limit) = (ByteSize(asked), ByteSize(held), self.limit());
        let message = format!(
            "{asked} of memory are asked for, {held} are held, and the memory limit is {limit}"
        );
        Error::new(ErrorKind::Limit, message)
    }
}

/// Bytes of a [`Budget`] that are held until this is dropped.
#[derive(Debug)]
#[must_use = "the bytes are given back when this is dropped"]
pub struct Held {
    budget: Budget,
    bytes: u64,
}

impl Held {
    /// How many bytes are held.
    pub const fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Gives back all but `bytes`; nothing if there are no more than that.
    pub fn shrink_to(&mut self, bytes: usize) {
        let given = self.bytes.saturating_sub(bytes as u64);
        self.budget.0.held.fetch_sub(given, Ordering::Relaxed);
        self.bytes -= given;
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.budget.0.held.fetch_sub(self.bytes, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_refusal_says_what_was_asked_what_is_held_and_the_limit() {
        let budget = Budget::new(ByteSize::kib(8));
        let _held = budget.try_hold(6 << 10).unwrap();
        let error = budget.try_hold(3 << 10).unwrap_err();
        assert_eq!(
            error.to_string(),
            "3.0 KiB of memory are asked for, 6.0 KiB are held, and the memory limit is 8.0 KiB"
        );
        assert_eq!(budget.try_hold(usize::MAX).unwrap_err().kind(), ErrorKind::Limit);
        assert_eq!(budget.held(), ByteSize::kib(6), "a refusal holds nothing");
    }

    #[test]
    fn threads_together_never_hold_more_than_the_limit() {
        let budget = Budget::new(ByteSize(100));
        std::thread::scope(|scope| {
            for _ in 0..4 {
                let budget = budget.clone();
                scope.spawn(move || {
                    for bytes in (0..5_000).map(|n| n % 60) {
                        let held = budget.try_hold(bytes);
                        assert!(budget.held() <= budget.limit());
                        drop(held);
                    }
                });
            }
        });
        assert_eq!(budget.held(), ByteSize(0));
        assert!(budget.peak() <= budget.limit());
    }

    proptest! {
        #[test]
        fn what_is_held_is_the_sum_of_what_was_granted(
            steps in proptest::collection::vec((0_usize..50, any::<bool>()), 0..40),
        ) {
            let budget = Budget::new(ByteSize(100));
            let mut granted: Vec<Held> = Vec::new();
            for (bytes, give_back) in steps {
                let sum = granted.iter().map(Held::bytes).sum::<u64>();
                prop_assert_eq!(budget.held(), ByteSize(sum));
                match budget.try_hold(bytes) {
                    Ok(held) => granted.push(held),
                    Err(_) => prop_assert!(sum + bytes as u64 > 100),
                }
                if give_back {
                    granted.pop();
                    granted.first_mut().into_iter().for_each(|held| held.shrink_to(7));
                }
            }
        }
    }
}
