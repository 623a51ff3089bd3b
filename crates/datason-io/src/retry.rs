//! System calls that come back early and are simply made again.

use std::io::{self, Read, Write};
use std::thread;
use std::time::Duration;

/// Reads once; a call interrupted by a signal is repeated.
pub(crate) fn read_once(reader: &mut (impl Read + ?Sized), buffer: &mut [u8]) -> io::Result<usize> {
    loop {
        match reader.read(buffer) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            result => return result,
        }
    }
}

/// Writes once; a call interrupted by a signal is repeated.
pub(crate) fn write_once(writer: &mut (impl Write + ?Sized), bytes: &[u8]) -> io::Result<usize> {
    loop {
        match writer.write(bytes) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            result => return result,
        }
    }
}

/// A standard stream that waits also where whoever shares it has made it non-blocking.
///
/// `O_NONBLOCK` belongs to the open file and not to the process, so any program at the other
/// end of a pipe or terminal can set it for us. Only for the standard streams: a reader that a
/// caller brings may use the same error for a timeout it asked for.
pub(crate) struct Patient<T>(pub(crate) T);

const PAUSE: Duration = Duration::from_millis(1);

fn wait_while_blocked<T>(mut attempt: impl FnMut() -> io::Result<T>) -> io::Result<T> {
    loop {
        match attempt() {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => thread::sleep(PAUSE),
            result => return result,
        }
    }
}

impl<T: Read> Read for Patient<T> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        wait_while_blocked(|| self.0.read(buffer))
    }
}

impl<T: Write> Write for Patient<T> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        wait_while_blocked(|| self.0.write(bytes))
    }

    fn flush(&mut self) -> io::Result<()> {
        wait_while_blocked(|| self.0.flush())
    }
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::net::UnixStream;

    use super::*;

    #[test]
    fn a_non_blocking_stream_is_waited_for() {
        let (left, right) = UnixStream::pair().unwrap();
        left.set_nonblocking(true).unwrap();
        right.set_nonblocking(true).unwrap();
        let sent: Vec<u8> = (0..1_000_000u32).map(|number| (number % 251) as u8).collect();
        let expected = sent.clone();
        let writing = thread::spawn(move || Patient(left).write_all(&sent));
        let mut received = Vec::new();
        Patient(right).read_to_end(&mut received).unwrap();
        writing.join().unwrap().unwrap();
        assert!(received == expected);
    }
}
