//! What an escape in a string stands for.

/// The text of one escape sequence: a character as UTF-8.
///
/// # Example
/// ```
/// use datason_scan::Unescaped;
///
/// let found = Unescaped::read(br"\ud83d\ude00!", 0).expect("a pair of surrogates");
/// assert_eq!(found.as_bytes(), "😀".as_bytes());
/// assert_eq!(found.end(), 12);
/// assert!(Unescaped::read(br"\ud83d!", 0).is_none());
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unescaped {
    letter: char,
    utf8: [u8; 4],
    length: u8,
    end: usize,
}

impl Unescaped {
    /// Reads the escape whose backslash is byte `at` of `bytes`; `None` if it is none of those
    /// that JSON has, or half of a pair of surrogates.
    #[inline]
    pub fn read(bytes: &[u8], at: usize) -> Option<Self> {
        let letter = match *bytes.get(at + 1)? {
            plain @ (b'"' | b'\\' | b'/') => plain,
            b'n' => b'\n',
            b't' => b'\t',
            b'r' => b'\r',
            b'b' => 0x08,
            b'f' => 0x0c,
            b'u' => return Self::read_code(bytes, at),
            _ => return None,
        };
        Some(Self { letter: char::from(letter), utf8: [letter, 0, 0, 0], length: 1, end: at + 2 })
    }

    /// The character.
    #[inline]
    pub const fn letter(&self) -> char {
        self.letter
    }

    /// The character's bytes.
    #[inline]
    pub fn as_bytes(&self) -> &[u8] {
        &self.utf8[..usize::from(self.length)]
    }

    /// The offset just behind the escape.
    #[inline]
    pub const fn end(&self) -> usize {
        self.end
    }

    fn read_code(bytes: &[u8], at: usize) -> Option<Self> {
        let unit = code_unit(bytes, at)?;
        if !(0xd800..0xe000).contains(&unit) {
            return Some(Self::of(char::from_u32(unit)?, at + 6));
        }
        let (0xd800..0xdc00, b'\\') = (unit, *bytes.get(at + 6)?) else { return None };
        let low @ 0xdc00..0xe000 = code_unit(bytes, at + 6)? else { return None };
        let code = 0x1_0000 + ((unit - 0xd800) << 10) + (low - 0xdc00);
        Some(Self::of(char::from_u32(code)?, at + 12))
    }

    fn of(letter: char, end: usize) -> Self {
        let mut utf8 = [0; 4];
        let length = letter.encode_utf8(&mut utf8).len();
        Self { letter, utf8, length: u8::try_from(length).expect("at most 4"), end }
    }
}

/// The four hexadecimal digits behind `\u` at `at`.
fn code_unit(bytes: &[u8], at: usize) -> Option<u32> {
    let escape: &[u8; 6] = bytes.get(at..)?.first_chunk()?;
    if escape[1] != b'u' {
        return None;
    }
    escape[2..].iter().try_fold(0, |unit, digit| Some(unit << 4 | char::from(*digit).to_digit(16)?))
}
