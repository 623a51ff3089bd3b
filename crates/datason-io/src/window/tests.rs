use std::collections::VecDeque;
use std::io;

use proptest::prelude::*;

use super::*;

/// What one call of `read` comes to.
#[derive(Clone, Debug)]
enum Step {
    Give(usize),
    Interrupt,
    Fail,
}

/// A reader that gives the bytes 0, 1, 2 … in pieces of a script.
struct Scripted {
    steps: VecDeque<Step>,
    next: u8,
    largest_request: usize,
}

impl Scripted {
    fn new(steps: impl IntoIterator<Item = Step>) -> Self {
        Self { steps: steps.into_iter().collect(), next: 0, largest_request: 0 }
    }
}

impl Read for Scripted {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.largest_request = self.largest_request.max(buffer.len());
        let count = match self.steps.pop_front() {
            None => return Ok(0),
            Some(Step::Interrupt) => return Err(io::ErrorKind::Interrupted.into()),
            Some(Step::Fail) => return Err(io::Error::other("the disk fell out")),
            Some(Step::Give(count)) if count > buffer.len() => {
                self.steps.push_front(Step::Give(count - buffer.len()));
                buffer.len()
            }
            Some(Step::Give(count)) => count,
        };
        for byte in &mut buffer[..count] {
            *byte = self.next;
            self.next = self.next.wrapping_add(1);
        }
        Ok(count)
    }
}

fn read_all(window: &mut Window<impl Read>) -> Vec<u8> {
    while let Fill::Read(_) = window.fill().unwrap() {}
    window.bytes().to_vec()
}

#[test]
fn an_empty_input_ends_at_once_and_stays_ended() {
    let mut window = Window::new(io::empty());
    assert!(!window.at_end());
    assert_eq!(window.fill().unwrap(), Fill::End);
    assert_eq!(window.fill().unwrap(), Fill::End);
    assert!(window.at_end());
    assert_eq!(window.bytes(), b"");
}

#[test]
fn a_file_is_asked_for_whole_blocks() {
    let bytes = vec![7; 1000];
    let mut window = Window::new(bytes.as_slice()).block_size(100);
    for _ in 0..10 {
        assert_eq!(window.fill().unwrap(), Fill::Read(100));
        window.consume(window.bytes().len() - 30.min(window.bytes().len()));
    }
    assert_eq!(window.fill().unwrap(), Fill::End);
    assert_eq!((window.offset(), window.bytes().len()), (970, 30));
    assert_eq!(window.allocated_bytes(), 200);
}

#[test]
fn one_read_is_enough_for_a_fill() {
    let steps = [Step::Interrupt, Step::Give(3), Step::Interrupt, Step::Give(2)];
    let mut window = Window::new(Scripted::new(steps));
    assert_eq!(window.fill().unwrap(), Fill::Read(3));
    assert_eq!(window.fill().unwrap(), Fill::Read(2));
    assert_eq!(window.bytes(), [0, 1, 2, 3, 4]);
}

#[test]
fn what_was_read_before_an_error_is_at_hand_and_the_error_stays() {
    let mut window = Window::new(Scripted::new([Step::Give(5), Step::Fail, Step::Give(5)]));
    assert_eq!(window.fill().unwrap(), Fill::Read(5));
    let error = window.fill().unwrap_err();
    assert_eq!((error.kind(), error.is_fatal()), (ErrorKind::Io, true));
    assert_eq!(window.bytes().len(), 5);
    let again = window.fill().unwrap_err();
    assert_eq!((again.kind(), again.is_fatal()), (ErrorKind::Io, true));
    assert!(!window.at_end());
}

#[test]
fn a_typed_error_comes_through_unchanged() {
    struct Cut;
    impl Read for Cut {
        fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
            Err(Error::new(ErrorKind::Truncated, "cut").in_file("x.gz").into())
        }
    }
    let error = Window::new(Cut).fill().unwrap_err();
    assert_eq!((error.kind(), error.message()), (ErrorKind::Truncated, "cut"));
    assert!(error.path().is_some());
}

#[test]
fn the_limit_is_reached_and_not_passed() {
    let mut window = Window::new(Scripted::new([Step::Give(10_000)])).block_size(16).limit(1000);
    let mut largest = 0;
    while let Fill::Read(_) = window.fill().unwrap() {
        largest = largest.max(window.allocated_bytes());
    }
    assert_eq!(window.fill().unwrap(), Fill::Full);
    assert_eq!((window.bytes().len(), largest), (1000, 1000));
    window.consume(1);
    assert_eq!(window.fill().unwrap(), Fill::Read(1));
    assert_eq!(window.fill().unwrap(), Fill::Full);
}

#[test]
fn a_record_of_exactly_the_limit_fits() {
    let bytes = [1; 64];
    let mut window = Window::new(bytes.as_slice()).block_size(8).limit(64);
    assert_eq!(read_all(&mut window).len(), 64);
    // Full, and not End: that nothing follows can only be told by reading on.
    window.consume(64);
    assert_eq!(window.fill().unwrap(), Fill::End);
}

#[test]
fn the_memory_of_a_giant_record_is_given_back() {
    let bytes = vec![0; 1 << 20];
    let mut window = Window::new(bytes.as_slice()).block_size(1 << 10);
    while window.bytes().len() < 1 << 17 {
        assert!(matches!(window.fill().unwrap(), Fill::Read(_)));
    }
    assert!(window.allocated_bytes() >= 1 << 17);
    while !window.at_end() {
        window.consume(window.bytes().len());
        let _ = window.fill().unwrap();
    }
    assert!(window.allocated_bytes() <= 1 << 15, "{}", window.allocated_bytes());
}

#[test]
fn a_long_record_from_a_dribbling_reader_takes_linear_time() {
    // 4 MiB that come byte by byte: moving the tail for each would take hours.
    struct Dribble(usize);
    impl Read for Dribble {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let count = self.0.min(1).min(buffer.len());
            self.0 -= count;
            buffer[..count].fill(b'x');
            Ok(count)
        }
    }
    let mut window = Window::new(Dribble(4 << 20)).block_size(4096);
    let mut filled = 0;
    while let Fill::Read(count) = window.fill().unwrap() {
        filled += count;
        if filled % 3 == 0 {
            window.consume(1);
        }
    }
    assert_eq!(filled, 4 << 20);
}

#[test]
fn exchange_hands_out_the_buffer_and_keeps_the_tail() {
    let mut window = Window::new(Scripted::new([Step::Give(100)])).block_size(40);
    let _ = window.fill().unwrap();
    window.consume(10);
    let address = window.buffer.as_ptr();
    let (buffer, range) = window.exchange(25, Vec::new()).unwrap();
    assert_eq!(buffer.as_ptr(), address);
    assert_eq!(buffer[range], (10..35).collect::<Vec<u8>>());
    assert_eq!((window.bytes(), window.offset()), ([35, 36, 37, 38, 39].as_slice(), 35));
    let _ = window.fill().unwrap();
    let (again, range) = window.exchange(45, buffer).unwrap();
    assert_eq!(again[range], (35..80).collect::<Vec<u8>>());
    assert_eq!(window.buffer.as_ptr(), address);
}

#[test]
#[should_panic(expected = "only bytes at hand")]
fn consuming_what_is_not_there_is_a_bug_of_the_caller() {
    Window::new(io::empty()).consume(1);
}

fn any_step() -> impl Strategy<Value = Step> {
    prop_oneof![4 => (1..300usize).prop_map(Step::Give), 1 => Just(Step::Interrupt)]
}

/// What the reader of a window does between two fills.
#[derive(Clone, Debug)]
enum Use {
    Consume(prop::sample::Index),
    Exchange(prop::sample::Index),
    Nothing,
}

fn any_use() -> impl Strategy<Value = Use> {
    prop_oneof![
        3 => any::<prop::sample::Index>().prop_map(Use::Consume),
        1 => any::<prop::sample::Index>().prop_map(Use::Exchange),
        1 => Just(Use::Nothing),
    ]
}

proptest! {
    #[test]
    fn any_cut_of_the_reads_gives_the_same_bytes(
        steps in prop::collection::vec(any_step(), 0..60),
        uses in prop::collection::vec(any_use(), 1..40),
        block in 1..80usize,
        limit in 1..600usize,
    ) {
        let total: usize = steps.iter().map(|step| if let Step::Give(n) = step { *n } else { 0 }).sum();
        let mut window = Window::new(Scripted::new(steps)).block_size(block).limit(limit);
        let mut seen: Vec<u8> = Vec::new();
        let mut spare = Vec::new();
        for turn in uses.iter().cycle() {
            let held = window.bytes().len();
            match turn {
                Use::Nothing => {}
                Use::Consume(index) => {
                    let count = index.index(held + 1);
                    seen.extend(&window.bytes()[..count]);
                    window.consume(count);
                }
                Use::Exchange(index) => {
                    let count = index.index(held + 1);
                    let (buffer, range) = window.exchange(count, std::mem::take(&mut spare)).unwrap();
                    seen.extend(&buffer[range]);
                    spare = buffer;
                }
            }
            prop_assert_eq!(window.offset(), seen.len() as u64);
            let before = window.bytes().len();
            match window.fill().unwrap() {
                Fill::Read(count) => prop_assert_eq!(window.bytes().len(), before + count),
                Fill::Full => {
                    prop_assert_eq!(before, limit);
                    seen.extend(window.bytes());
                    window.consume(before);
                }
                Fill::End => break,
            }
            prop_assert!(window.allocated_bytes() <= limit);
        }
        seen.extend(window.bytes());
        prop_assert_eq!(seen.len(), total);
        prop_assert!(seen.iter().enumerate().all(|(at, byte)| usize::from(*byte) == at % 256));
        prop_assert!(window.get_ref().largest_request <= block);
    }
}
