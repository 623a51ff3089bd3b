//! The way from those who decode chunks to the one who takes what comes of them.

use std::collections::BTreeMap;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// What comes of chunks, which may be done in any order and are taken in theirs.
pub(super) struct Queue<T> {
    state: Mutex<State<T>>,
    /// Told that the next is done, or that nobody is left to do it.
    done: Condvar,
    /// Told that one was taken, or that no more will be.
    taken: Condvar,
    /// As many have been begun and not been taken, at most.
    most: u64,
}

struct State<T> {
    /// What is done and has not been taken, by the number of its chunk; nothing for what was lost
    /// in a panic.
    done: BTreeMap<u64, Option<T>>,
    /// The number of the next to be taken.
    next: u64,
    /// How many threads work for the one who takes.
    threads: usize,
    is_closed: bool,
}

impl<T> State<T> {
    fn has_next(&self) -> bool {
        self.done.contains_key(&self.next)
    }
}

impl<T> Queue<T> {
    /// A queue on which `most` chunks are under way at most, and that `threads` will
    /// [leave](Self::leave).
    pub(super) fn new(most: usize, threads: usize) -> Self {
        let state = State { done: BTreeMap::new(), next: 0, threads, is_closed: false };
        let (done, taken) = (Condvar::new(), Condvar::new());
        Self { state: Mutex::new(state), done, taken, most: most as u64 }
    }

    /// The state is whole whenever the lock is free, also behind a panic.
    fn state(&self) -> MutexGuard<'_, State<T>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until chunk `number` may be begun. Whether anybody wants it still.
    pub(super) fn wait_to_begin(&self, number: u64) -> bool {
        let is_early = |state: &mut State<T>| !state.is_closed && number >= state.next + self.most;
        let state = self.taken.wait_while(self.state(), is_early);
        !state.unwrap_or_else(PoisonError::into_inner).is_closed
    }

    /// Whether chunk `number` may be begun at once.
    pub(super) fn may_begin(&self, number: u64) -> bool {
        let state = self.state();
        !state.is_closed && number < state.next + self.most
    }

    /// Whether anything is taken still.
    pub(super) fn is_open(&self) -> bool {
        !self.state().is_closed
    }

    /// Puts down what came of chunk `number`.
    pub(super) fn put(&self, number: u64, done: Option<T>) {
        let mut state = self.state();
        if state.is_closed {
            return;
        }
        state.done.insert(number, done);
        let is_next = number == state.next;
        drop(state);
        if is_next {
            self.done.notify_one();
        }
    }

    /// Whether the next can be taken at once.
    pub(super) fn has_next(&self) -> bool {
        self.state().has_next()
    }

    /// Waits for what comes of the next chunk, and takes it. `None` if it is lost, or nobody is
    /// left to do it.
    pub(super) fn take(&self) -> Option<T> {
        let waits = |state: &mut State<T>| !state.has_next() && state.threads > 0;
        let state = self.done.wait_while(self.state(), waits);
        let mut state = state.unwrap_or_else(PoisonError::into_inner);
        let next = state.next;
        let done = state.done.remove(&next)?;
        state.next += 1;
        drop(state);
        self.taken.notify_one();
        done
    }

    /// Says that a thread is gone.
    pub(super) fn leave(&self) {
        let mut state = self.state();
        state.threads -= 1;
        if state.threads == 0 {
            self.done.notify_one();
        }
    }

    /// Says that nothing is taken any more, and forgets what is done.
    pub(super) fn close(&self) {
        let mut state = self.state();
        state.is_closed = true;
        let forgotten = std::mem::take(&mut state.done);
        drop(state);
        drop(forgotten);
        self.taken.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicBool, Ordering};
    use std::thread;
    use std::time::Duration;

    use super::*;

    #[test]
    fn what_is_done_out_of_turn_waits_for_it() {
        let queue = Queue::new(3, 1);
        queue.put(2, Some('c'));
        queue.put(0, Some('a'));
        assert!(queue.has_next());
        assert_eq!(queue.take(), Some('a'));
        assert!(!queue.has_next());
        thread::scope(|scope| {
            scope.spawn(|| queue.put(1, Some('b')));
            assert_eq!([queue.take(), queue.take()], [Some('b'), Some('c')]);
        });
    }

    #[test]
    fn no_more_is_begun_than_may_be_under_way() {
        let queue = Queue::new(2, 1);
        assert!(queue.wait_to_begin(1) && queue.may_begin(1) && !queue.may_begin(2));
        queue.put(0, Some(()));
        assert!(!queue.may_begin(2), "what is done has not been taken");
        let may = AtomicBool::new(false);
        thread::scope(|scope| {
            let begun = scope.spawn(|| queue.wait_to_begin(2) && may.load(Ordering::SeqCst));
            thread::sleep(Duration::from_millis(20));
            may.store(true, Ordering::SeqCst);
            assert_eq!(queue.take(), Some(()));
            assert!(begun.join().unwrap(), "it has waited for its turn");
            let unwanted = scope.spawn(|| queue.wait_to_begin(3));
            queue.close();
            assert!(!unwanted.join().unwrap());
        });
        assert!(!queue.may_begin(0) && !queue.is_open());
        queue.put(1, Some(()));
        assert!(!queue.has_next(), "nobody takes it");
    }

    #[test]
    fn nobody_waits_for_what_is_lost_or_not_coming() {
        let queue = Queue::new(2, 1);
        queue.put(1, Some(()));
        queue.put(0, None);
        assert_eq!([queue.take(), queue.take()], [None, Some(())]);
        thread::scope(|scope| {
            scope.spawn(|| queue.leave());
            assert_eq!(queue.take(), None);
        });
    }
}
