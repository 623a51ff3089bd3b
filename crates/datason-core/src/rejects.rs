//! Where bad records go: counted, kept in memory, or handed on.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::error::{Error, ErrorKind, Result};
use crate::on_error::{MaxErrors, OnError};
use crate::records::Record;
use crate::reject::Reject;
use crate::size::ByteSize;

/// A place for rejects: a file, a queue, a table.
pub trait RejectSink: Send {
    /// Takes `reject`, whose text is borrowed from the reader.
    ///
    /// # Errors
    /// Whatever keeps it from being taken. Reading then ends with that error.
    fn take(&mut self, reject: &Reject<'_>) -> Result<()>;

    /// Makes what was taken so far as safe as it can be, and says how much the sink holds then, in
    /// a measure of its own: a later run that keeps this much goes on behind it. More may come.
    /// Default: nothing is done, and nothing can be gone on with.
    ///
    /// # Errors
    /// If it cannot.
    fn commit(&mut self) -> Result<u64> {
        Ok(0)
    }

    /// Hears that no more will come; what was taken is to be as safe as it can be made.
    ///
    /// # Errors
    /// If it cannot.
    fn finish(&mut self) -> Result<()> {
        Ok(())
    }
}

/// A function takes each reject.
impl<F: FnMut(&Reject<'_>) -> Result<()> + Send> RejectSink for F {
    fn take(&mut self, reject: &Reject<'_>) -> Result<()> {
        self(reject)
    }
}

/// The policy for bad records, at work: it decides whether reading goes on, counts them, and
/// passes them to where they are kept.
///
/// Readers and decoders call [`take`](Self::take) with each error about a record. A handle:
/// clones share the counts and the place, so that one serves many inputs and threads.
///
/// # Example
/// ```
/// use datason_core::{ByteSize, Error, ErrorKind, MaxErrors, Position, Record, Rejects};
///
/// let rejects = Rejects::in_memory(ByteSize::mib(1)).max_errors(MaxErrors::count(1));
/// let record = Record::new(b"{a}", b"", Position::START);
/// let error = || Error::new(ErrorKind::Syntax, "a key is a string").at(record.position_at(1));
///
/// rejects.take(error(), Some(record))?; // reading goes on
/// assert_eq!(rejects.kept()[0].raw(), Some(&b"{a}"[..]));
///
/// let stop = rejects.take(error(), Some(record)).unwrap_err();
/// assert_eq!((stop.kind(), stop.is_fatal()), (ErrorKind::TooManyErrors, true));
/// assert_eq!(rejects.bad_records(), 2);
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Default)]
pub struct Rejects {
    /// `None` keeps nothing: every error is the reader's.
    shared: Option<Arc<Shared>>,
    max_errors: MaxErrors,
}

struct Shared {
    on_error: OnError,
    seen: AtomicU64,
    bad: AtomicU64,
    place: Mutex<Place>,
}

enum Place {
    /// They are counted and nothing else.
    Nowhere,
    Memory(Kept),
    Sink(Box<dyn RejectSink>),
}

struct Kept {
    rejects: Vec<Reject<'static>>,
    /// Bytes that are left for more.
    room: usize,
}

impl Rejects {
    /// What a policy keeps in memory if nobody says how much.
    pub const DEFAULT_MEMORY: ByteSize = ByteSize::mib(1);

    /// The policy [`OnError::Fail`]: every error goes back to the reader. The default.
    pub const FAIL: Self = Self { shared: None, max_errors: MaxErrors::UNLIMITED };

    /// The policy [`OnError::Skip`]: bad records are counted and passed over.
    pub fn skip() -> Self {
        Self::with(OnError::Skip, Place::Nowhere)
    }

    /// Keeps the first bad records, as many as `memory` holds. One whose text does not fit is
    /// kept without it, and later ones are counted only.
    pub fn in_memory(memory: ByteSize) -> Self {
        let room = usize::try_from(memory.as_u64()).unwrap_or(usize::MAX);
        Self::with(OnError::Reject, Place::Memory(Kept { rejects: Vec::new(), room }))
    }

    /// Passes each bad record to `sink`, which can be a function. The sink is called while a
    /// lock is held: it may read the counts of this handle and call nothing else of it.
    ///
    /// # Example
    /// ```
    /// use std::sync::mpsc;
    /// use datason_core::{Error, ErrorKind, Reject, Rejects};
    ///
    /// let (send, receive) = mpsc::channel();
    /// let rejects = Rejects::to_sink(move |reject: &Reject<'_>| {
    ///     let sent = send.send(reject.clone().into_owned());
    ///     sent.map_err(|_| Error::new(ErrorKind::Data, "nobody listens").fatal())
    /// });
    /// rejects.take(Error::new(ErrorKind::Limit, "too large"), None)?;
    /// assert_eq!(receive.try_recv().map(|reject| reject.reason).as_deref(), Ok("too large"));
    /// # Ok::<(), Error>(())
    /// ```
    pub fn to_sink(sink: impl RejectSink + 'static) -> Self {
        Self::with(OnError::Reject, Place::Sink(Box::new(sink)))
    }

    fn with(on_error: OnError, place: Place) -> Self {
        let (seen, bad) = (AtomicU64::new(0), AtomicU64::new(0));
        let shared = Shared { on_error, seen, bad, place: Mutex::new(place) };
        Self { shared: Some(Arc::new(shared)), max_errors: MaxErrors::UNLIMITED }
    }

    /// How many bad records there may be, over all inputs that share the handle. Default: any
    /// number. Says nothing under [`OnError::Fail`], where each is an error.
    #[must_use]
    pub fn max_errors(mut self, most: MaxErrors) -> Self {
        self.max_errors = most;
        self
    }

    /// Takes `bad` of `seen` records for judged already, by a run that this one goes on with: they
    /// count against the limit, and are in [`bad_records`](Self::bad_records). Says nothing under
    /// [`OnError::Fail`].
    ///
    /// # Example
    /// ```
    /// use datason_core::{Error, ErrorKind, MaxErrors, Rejects};
    ///
    /// let rejects = Rejects::skip().behind(2, 500).max_errors(MaxErrors::count(2));
    /// let third = rejects.take(Error::new(ErrorKind::Syntax, "expected value"), None);
    /// assert_eq!(third.unwrap_err().message(), "3 of 500 records are bad, and the limit is 2");
    /// ```
    #[must_use]
    pub fn behind(self, bad: u64, seen: u64) -> Self {
        if let Some(shared) = &self.shared {
            shared.bad.fetch_add(bad, Ordering::Relaxed);
            shared.seen.fetch_add(seen, Ordering::Relaxed);
        }
        self
    }

    /// The policy.
    pub fn on_error(&self) -> OnError {
        self.shared.as_ref().map_or(OnError::Fail, |shared| shared.on_error)
    }

    /// Takes the `error` of a bad `record`, or of one that was too large to be held (`None`).
    /// If this returns, reading goes on behind the record.
    ///
    /// # Errors
    /// - `error` itself under [`OnError::Fail`], and if it is not about a record but about the
    ///   input: fatal, of the system, or an argument.
    /// - [`ErrorKind::TooManyErrors`], fatal, with `error` behind it, if this one was one too
    ///   many. It has been kept all the same.
    /// - That of the sink.
    pub fn take(&self, error: Error, record: Option<Record<'_>>) -> Result<()> {
        let Some(shared) = &self.shared else { return Err(error) };
        if error.is_fatal() || matches!(error.kind(), ErrorKind::Io | ErrorKind::Argument) {
            return Err(error);
        }
        let bad = shared.bad.fetch_add(1, Ordering::Relaxed) + 1;
        shared.keep(&error, record)?;
        let seen = shared.seen.load(Ordering::Relaxed).max(bad);
        if self.max_errors.is_exceeded_so_far(bad, seen) {
            return Err(self.too_many(bad, seen, Some(error)));
        }
        Ok(())
    }

    /// Says that `records` more have been seen, bad ones included. Readers call it, before
    /// [`take`](Self::take) for the bad one among them, so that a share can be judged.
    pub fn saw(&self, records: u64) {
        if let Some(shared) = &self.shared {
            shared.seen.fetch_add(records, Ordering::Relaxed);
        }
    }

    /// Judges the share of bad records where no more will come. Readers call it at the end of
    /// their input.
    ///
    /// # Errors
    /// [`ErrorKind::TooManyErrors`].
    pub fn check_end(&self) -> Result<()> {
        let (bad, seen) = (self.bad_records(), self.seen_records());
        if self.max_errors.is_exceeded(bad, seen.max(bad)) {
            return Err(self.too_many(bad, seen, None));
        }
        Ok(())
    }

    /// How many bad records have been taken, over all inputs. 0 under [`OnError::Fail`].
    pub fn bad_records(&self) -> u64 {
        self.shared.as_ref().map_or(0, |shared| shared.bad.load(Ordering::Relaxed))
    }

    /// How many records have been seen, bad ones included, as far as readers have said. They do
    /// so at each bad record and at the end.
    pub fn seen_records(&self) -> u64 {
        self.shared.as_ref().map_or(0, |shared| shared.seen.load(Ordering::Relaxed))
    }

    /// Copies of the rejects [in memory](Self::in_memory), in the order they were taken.
    pub fn kept(&self) -> Vec<Reject<'static>> {
        let Some(shared) = &self.shared else { return Vec::new() };
        match &*shared.place() {
            Place::Memory(kept) => kept.rejects.clone(),
            Place::Nowhere | Place::Sink(_) => Vec::new(),
        }
    }

    /// Makes what was taken so far as safe as the sink can, and says how much that is, as
    /// [`RejectSink::commit`] does; 0 where there is no sink.
    ///
    /// # Errors
    /// Those of the sink.
    pub fn commit(&self) -> Result<u64> {
        let Some(shared) = &self.shared else { return Ok(0) };
        match &mut *shared.place() {
            Place::Sink(sink) => sink.commit(),
            Place::Nowhere | Place::Memory(_) => Ok(0),
        }
    }

    /// Says that no more will come, and makes what was taken as safe as the sink can.
    ///
    /// # Errors
    /// Those of the sink.
    pub fn finish(&self) -> Result<()> {
        let Some(shared) = &self.shared else { return Ok(()) };
        match &mut *shared.place() {
            Place::Sink(sink) => sink.finish(),
            Place::Nowhere | Place::Memory(_) => Ok(()),
        }
    }

    #[cold]
    fn too_many(&self, bad: u64, seen: u64, last: Option<Error>) -> Error {
        let message =
            format!("{bad} of {seen} records are bad, and the limit is {}", self.max_errors);
        let mut error = Error::new(ErrorKind::TooManyErrors, message).fatal();
        if let Some(last) = last {
            if let Some(place) = last.position() {
                error = error.at(place);
            }
            if let Some(path) = last.path() {
                error = error.in_file(path);
            }
            error = error.caused_by(last);
        }
        error
    }
}

impl Shared {
    /// A sink that has panicked is not trusted less than one that has not.
    fn place(&self) -> MutexGuard<'_, Place> {
        self.place.lock().unwrap_or_else(PoisonError::into_inner)
    }

    #[cold]
    fn keep(&self, error: &Error, record: Option<Record<'_>>) -> Result<()> {
        if self.on_error == OnError::Skip {
            return Ok(());
        }
        let reject = Reject::new(error, record);
        match &mut *self.place() {
            Place::Nowhere => {}
            Place::Memory(kept) => kept.keep(reject),
            Place::Sink(sink) => sink.take(&reject)?,
        }
        Ok(())
    }
}

impl Kept {
    fn keep(&mut self, reject: Reject<'_>) {
        let reject = match reject.footprint() {
            size if size <= self.room => reject.into_owned(),
            _ => reject.without_text(),
        };
        match self.room.checked_sub(reject.footprint()) {
            Some(room) => {
                self.room = room;
                self.rejects.push(reject);
            }
            // From here on they are counted only, so that what is kept has no gaps.
            None => self.room = 0,
        }
    }
}

/// A policy alone: what it keeps is kept in [1 MiB](Rejects::DEFAULT_MEMORY) of memory.
impl From<OnError> for Rejects {
    fn from(policy: OnError) -> Self {
        match policy {
            OnError::Fail => Self::FAIL,
            OnError::Skip => Self::skip(),
            OnError::Reject => Self::in_memory(Self::DEFAULT_MEMORY),
        }
    }
}

/// The same handle once more.
impl From<&Rejects> for Rejects {
    fn from(rejects: &Rejects) -> Self {
        rejects.clone()
    }
}

impl fmt::Debug for Rejects {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Rejects")
            .field("on_error", &self.on_error())
            .field("max_errors", &self.max_errors)
            .field("bad_records", &self.bad_records())
            .field("seen_records", &self.seen_records())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::error::Error as _;

    use super::*;
    use crate::position::Position;

    fn bad() -> Error {
        Error::new(ErrorKind::Syntax, "expected value").at(Position::START).in_file("a.jsonl")
    }

    fn record(text: &[u8]) -> Record<'_> {
        Record::new(text, b"", Position::START)
    }

    #[test]
    fn failing_gives_the_error_back_as_it_was() {
        for rejects in [Rejects::FAIL, Rejects::default(), OnError::Fail.into()] {
            let back = rejects.take(bad(), Some(record(b"x"))).unwrap_err();
            assert_eq!((back.kind(), back.is_fatal()), (ErrorKind::Syntax, false));
            assert_eq!((rejects.bad_records(), rejects.on_error()), (0, OnError::Fail));
            rejects.check_end().unwrap();
            rejects.finish().unwrap();
        }
    }

    #[test]
    fn what_is_not_about_a_record_is_no_reject() {
        let rejects = Rejects::in_memory(ByteSize::mib(1));
        let errors = [
            bad().fatal(),
            Error::io("cannot read", std::io::ErrorKind::Other.into()),
            Error::new(ErrorKind::Argument, "no"),
        ];
        for error in errors {
            let kind = error.kind();
            assert_eq!(rejects.take(error, Some(record(b"x"))).unwrap_err().kind(), kind);
        }
        assert_eq!(rejects.bad_records(), 0);
    }

    #[test]
    fn clones_share_counts_and_place() {
        let rejects = Rejects::from(OnError::Reject);
        let other = rejects.clone().max_errors(MaxErrors::count(1));
        rejects.take(bad(), Some(record(b"x"))).unwrap();
        let stop = other.take(bad(), Some(record(b"y"))).unwrap_err();
        assert_eq!(
            stop.to_string(),
            "2 of 2 records are bad, and the limit is 1 at line 1, column 1 (byte 0, record 0)"
        );
        assert_eq!(stop.path(), Some("a.jsonl".as_ref()));
        let cause = stop.source().and_then(|cause| cause.downcast_ref::<Error>());
        assert_eq!(cause.map(Error::kind), Some(ErrorKind::Syntax));
        assert_eq!(rejects.kept().len(), 2, "the one too many is kept too");
    }

    #[test]
    fn memory_is_bounded_and_what_is_kept_has_no_gaps() {
        let rejects = Rejects::in_memory(ByteSize::kib(4));
        for size in [10, 3_000, 2_000, 10, 10] {
            rejects.take(bad(), Some(record(&vec![b'x'; size]))).unwrap();
        }
        let kept: Vec<_> = rejects.kept().iter().map(|kept| kept.raw().map(<[u8]>::len)).collect();
        assert_eq!(kept, [Some(10), Some(3_000), None, Some(10), Some(10)]);
        assert_eq!(rejects.kept()[2].length, Some(2_000), "without its text, with its place");
        for _ in 0..1_000 {
            rejects.take(bad(), Some(record(b""))).unwrap();
        }
        assert!(rejects.kept().len() < 10);
        assert_eq!(rejects.bad_records(), 1_005);
    }

    #[test]
    fn a_share_is_judged_when_there_is_enough_of_it_and_at_the_end() {
        let rejects = Rejects::skip().max_errors(MaxErrors::share(0.01).unwrap());
        rejects.saw(1);
        rejects.take(bad(), None).unwrap();
        assert_eq!(rejects.check_end().unwrap_err().kind(), ErrorKind::TooManyErrors);
        rejects.saw(999);
        for _ in 0..9 {
            rejects.take(bad(), None).unwrap();
        }
        rejects.check_end().unwrap();
        assert_eq!(rejects.take(bad(), None).unwrap_err().kind(), ErrorKind::TooManyErrors);
        assert_eq!(rejects.kept(), []);
    }

    #[test]
    fn the_error_of_a_sink_ends_the_reading() {
        let rejects = Rejects::to_sink(|_: &Reject<'_>| {
            Err(Error::io("cannot write", std::io::ErrorKind::StorageFull.into()))
        });
        let error = rejects.take(bad(), Some(record(b"x"))).unwrap_err();
        assert_eq!((error.kind(), error.is_fatal()), (ErrorKind::Io, true));
    }

    #[test]
    fn many_threads_may_share_one() {
        let rejects = Rejects::in_memory(ByteSize::mib(8)).max_errors(MaxErrors::count(399));
        let stops = std::thread::scope(|scope| {
            let take =
                || (0..100).filter(|_| rejects.take(bad(), Some(record(b"x"))).is_err()).count();
            let threads: Vec<_> = (0..4).map(|_| scope.spawn(take)).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).sum::<usize>()
        });
        assert_eq!((stops, rejects.bad_records(), rejects.kept().len()), (1, 400, 400));
    }
}
