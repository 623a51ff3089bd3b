use datason_core::Strategy;
use proptest::prelude::*;

use super::*;

/// A `.npy` file of version `version`.
fn file(version: u8, descr: &str, fortran: bool, shape: &str, data: &[u8]) -> Vec<u8> {
    let fortran = if fortran { "True" } else { "False" };
    let header = format!("{{'descr': {descr}, 'fortran_order': {fortran}, 'shape': {shape}, }}\n");
    let mut file = [b"\x93NUMPY".as_slice(), &[version, 0]].concat();
    match version {
        1 => file.extend(u16::try_from(header.len()).unwrap().to_le_bytes()),
        _ => file.extend(u32::try_from(header.len()).unwrap().to_le_bytes()),
    }
    file.extend(header.as_bytes());
    file.extend(data);
    file
}

fn texts(npy: &Npy, size: usize, config: &Config) -> Result<Vec<String>> {
    npy.into_chunks(NonZeroUsize::new(size).unwrap(), config)
        .map(|chunk| Ok(serde_json::to_string(&chunk?).unwrap()))
        .collect()
}

fn check(descr: &str, shape: &str, data: &[u8], expected: &str) {
    let npy = Npy::from_bytes(file(1, descr, false, shape, data)).unwrap();
    assert_eq!(texts(&npy, 100, &Config::DEFAULT).unwrap(), [expected], "{descr}");
}

fn longs(numbers: &[i64]) -> Vec<u8> {
    numbers.iter().flat_map(|number| number.to_le_bytes()).collect()
}

#[test]
fn every_type_is_decoded() {
    check("'|b1'", "(3,)", &[1, 0, 7], "[true,false,true]");
    check("'|i1'", "(2,)", &[0xff, 1], "[-1,1]");
    check("'>u2'", "(2,)", &[1, 0, 0, 2], "[256,2]");
    check("'<u8'", "(1,)", &[0xff; 8], "[18446744073709551615]");
    check("'<f2'", "(1,)", &[0x00, 0x3e], "[1.5]");
    check("'>f4'", "(1,)", &0.1_f32.to_be_bytes(), "[0.10000000149011612]");
    check("'<f8'", "(2,)", &[f64::NAN, 0.1].map(f64::to_le_bytes).concat(), "[null,0.1]");
    check("'<c8'", "(1,)", &[1.5_f32, -2.0].map(f32::to_le_bytes).concat(), "[[1.5,-2.0]]");
    check("'>c16'", "(1,)", &[1.5_f64, -2.0].map(f64::to_be_bytes).concat(), "[[1.5,-2.0]]");
    check("'<U2'", "(2,)", b"a\0\0\0\xe9\0\0\0b\0\0\0\0\0\0\0", "[\"aé\",\"b\"]");
    check("'>U1'", "(1,)", b"\0\x01\xf6\0", "[\"😀\"]");
    check("'<U0'", "(2,)", b"", "[\"\",\"\"]");
    check("'|S3'", "(2,)", b"ab\0a\0b", "[[97,98],[97,0,98]]");
    check("'|S0'", "(2,)", b"", "[[],[]]");
}

#[test]
fn times_are_times_in_every_unit() {
    let check = |unit: &str, count: i64, expected: &str| {
        let data = longs(&[count, i64::MIN]);
        super::tests::check(&format!("'<{unit}'"), "(2,)", &data, &format!("[{expected},null]"));
    };
    check("M8[Y]", -1, r#""1969-01-01""#);
    check("M8[M]", 53, r#""1974-06-01""#);
    check("M8[W]", 1, r#""1970-01-08""#);
    check("M8[D]", 19_782, r#""2024-02-29""#);
    check("M8[h]", -1, r#""1969-12-31T23:00:00""#);
    check("M8[15m]", 2, r#""1970-01-01T00:30:00""#);
    check("M8[ms]", 1, r#""1970-01-01T00:00:00.001000""#);
    check("M8[us]", -1, r#""1969-12-31T23:59:59.999999""#);
    check("M8[ns]", 1_704_164_645_123_456_789, r#""2024-01-02T03:04:05.123456789""#);
    check("m8[D]", 2, r#""2 days, 0:00:00""#);
    check("m8[ns]", -1, r#""-1 day, 23:59:59.999999999""#);
}

#[test]
fn records_are_lists_of_their_fields() {
    let descr = "[('a', '<i2'), ('', '|V1'), ('b', '|u1', (2, 2)), ('c', [('d', '|b1')])]";
    let data = [1, 0, 99, 1, 2, 3, 4, 1, 2, 0, 99, 5, 6, 7, 8, 0];
    check(descr, "(2,)", &data, "[[1,[[1,2],[3,4]],[true]],[2,[[5,6],[7,8]],[false]]]");
    check("[('a', '<i2', (0,)), ('b', '<U0')]", "(2,)", b"", "[[[],\"\"],[[],\"\"]]");
}

#[test]
fn all_versions_and_both_orders_read_alike() {
    let data = longs(&[0, 10, 20, 1, 11, 21]);
    for version in 1..=3 {
        let npy = Npy::from_bytes(file(version, "'<i8'", true, "(3, 2)", &data)).unwrap();
        assert!(npy.is_fortran_order());
        let expected = ["[[0,1],[10,11]]", "[[20,21]]"];
        assert_eq!(texts(&npy, 2, &Config::DEFAULT).unwrap(), expected);
    }
}

#[test]
fn a_scalar_is_one_chunk() {
    let npy = Npy::from_bytes(file(1, "'<i8'", true, "()", &longs(&[5]))).unwrap();
    assert_eq!(texts(&npy, 1, &Config::DEFAULT).unwrap(), ["5"]);
    let description = npy.describe();
    assert_eq!((description.strategy, description.total_items), (Strategy::ArrayRows, Some(1)));
    assert_eq!(description.shape, Some(vec![]));
}

#[test]
fn what_is_damaged_is_an_error_of_its_kind() {
    let good = file(1, "'<i8'", false, "(2,)", &longs(&[1, 2]));
    for end in 0..good.len() {
        let kind = Npy::from_bytes(&good[..end]).unwrap_err().kind();
        assert_eq!(kind, ErrorKind::Truncated, "{end}");
    }
    let kind = |bytes: Vec<u8>| Npy::from_bytes(bytes).unwrap_err().kind();
    assert_eq!(kind(b"PK\x03\x04 not an array".to_vec()), ErrorKind::Syntax);
    assert_eq!(kind(file(4, "'<i8'", false, "(2,)", b"")), ErrorKind::Unsupported);
    assert_eq!(kind(file(1, "'|O'", false, "(2,)", b"")), ErrorKind::Unsupported);
    assert_eq!(kind(file(1, "'<i8'", false, "2", b"")), ErrorKind::Syntax);
    assert_eq!(kind(file(1, "'<i8'", false, "(-2,)", b"")), ErrorKind::Syntax);
    assert_eq!(kind(file(1, "'<i8'", false, "(4294967296, 4294967296)", b"")), ErrorKind::Limit);
    assert_eq!(kind(file(1, "'<i8'", false, "(1000000000000,)", b"")), ErrorKind::Truncated);
    let mut long = file(2, "'<i8'", false, "(2,)", b"");
    long[8..12].copy_from_slice(&u32::MAX.to_le_bytes());
    assert_eq!(kind(long), ErrorKind::Limit);
}

#[test]
fn more_elements_than_allowed_are_refused_before_they_are_read() {
    let endless = Npy::from_bytes(file(1, "'<i8'", false, "(1000000000000, 0)", b"")).unwrap();
    let mut chunks = (&endless).into_chunks(NonZeroUsize::new(2).unwrap(), &Config::DEFAULT);
    assert_eq!(serde_json::to_string(&chunks.next().unwrap().unwrap()).unwrap(), "[[],[]]");
    let npy = Npy::from_bytes(file(1, "'|u1'", false, "(2, 3)", &[0; 6])).unwrap();
    let config = Config::DEFAULT.max_size(5);
    assert_eq!(texts(&npy, 1, &config).unwrap().len(), 2);
    assert_eq!(texts(&npy, 2, &config).unwrap_err().kind(), ErrorKind::Limit);
}

#[test]
fn a_character_that_does_not_exist_is_an_error() {
    let npy = Npy::from_bytes(file(1, "'<U1'", false, "(1,)", &[0, 0xd8, 0, 0])).unwrap();
    let mut chunks = (&npy).into_chunks(NonZeroUsize::MIN, &Config::DEFAULT);
    assert_eq!(chunks.next().unwrap().unwrap_err().kind(), ErrorKind::Data);
    assert!(chunks.next().is_none());
}

#[test]
fn errors_name_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.npy");
    assert_eq!(Npy::open(&path).unwrap_err().kind(), ErrorKind::Io);
    std::fs::write(&path, file(1, "'|u1'", false, "(2,)", &[1, 2])).unwrap();
    let npy = Npy::open(&path).unwrap();
    std::fs::write(&path, file(1, "'|u1'", false, "(3,)", &[1, 2, 3])).unwrap();
    let error = texts(&npy, 2, &Config::DEFAULT).unwrap_err();
    assert_eq!((error.kind(), error.path()), (ErrorKind::Data, Some(path.as_path())));
}

proptest! {
    #[test]
    fn fortran_order_reads_as_c_order(
        shape in proptest::collection::vec(1..6_usize, 2..5),
        size in 1..7_usize,
    ) {
        let total: usize = shape.iter().product();
        let mut fortran = vec![0_u16; total];
        for (place, number) in (0_u16..).take(total).enumerate() {
            // The index of element `place` in C order, then its place in Fortran order.
            let (mut rest, mut index) = (place, vec![0; shape.len()]);
            for axis in (0..shape.len()).rev() {
                index[axis] = rest % shape[axis];
                rest /= shape[axis];
            }
            let at = index.iter().zip(&shape).rev().fold(0, |at, (index, length)| at * length + index);
            fortran[at] = number;
        }
        let bytes = |numbers: &[u16]| -> Vec<u8> { numbers.iter().flat_map(|number| number.to_le_bytes()).collect() };
        let c: Vec<u16> = (0_u16..).take(total).collect();
        let shape = format!("({},)", shape.iter().map(usize::to_string).collect::<Vec<_>>().join(", "));
        let left = Npy::from_bytes(file(1, "'<u2'", true, &shape, &bytes(&fortran))).unwrap();
        let right = Npy::from_bytes(file(1, "'<u2'", false, &shape, &bytes(&c))).unwrap();
        prop_assert_eq!(texts(&left, size, &Config::DEFAULT).unwrap(), texts(&right, size, &Config::DEFAULT).unwrap());
    }

    #[test]
    fn any_bytes_are_read_or_refused(mut noise in proptest::collection::vec(any::<u8>(), 0..60), at in 0..60_usize) {
        let mut bytes = file(1, "[('a', '<i2'), ('b', '|S2')]", true, "(2, 2)", &[7; 16]);
        let place = at.min(bytes.len() - 1);
        noise.truncate(bytes.len() - place);
        bytes[place..place + noise.len()].copy_from_slice(&noise);
        if let Ok(npy) = Npy::from_bytes(bytes) {
            let chunks = (&npy).into_chunks(NonZeroUsize::new(2).unwrap(), &Config::DEFAULT.max_size(1000));
            let _read_or_refused: Vec<_> = chunks.take(5).collect();
        }
    }
}

#[test]
fn chunks_may_be_skipped_in_both_orders() {
    let numbers = longs(&(0..20).collect::<Vec<_>>());
    for fortran in [false, true] {
        let npy = Npy::from_bytes(file(1, "'<i8'", fortran, "(10, 2)", &numbers)).unwrap();
        let all = texts(&npy, 3, &Config::DEFAULT).unwrap();
        for step in 1..5 {
            let chunks = (&npy).into_chunks(NonZeroUsize::new(3).unwrap(), &Config::DEFAULT);
            let found: Vec<_> = chunks
                .step_by(step)
                .map(|chunk| serde_json::to_string(&chunk.unwrap()).unwrap())
                .collect();
            assert_eq!(found, all.iter().step_by(step).cloned().collect::<Vec<_>>());
        }
        let mut chunks = (&npy).into_chunks(NonZeroUsize::new(3).unwrap(), &Config::DEFAULT);
        assert!(chunks.nth(4).is_none() && chunks.next().is_none());
    }
}
