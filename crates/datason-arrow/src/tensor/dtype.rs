//! The names of element types, as NumPy says them.

use arrow_schema::extension::EXTENSION_TYPE_NAME_KEY;
use arrow_schema::{DataType, Field, TimeUnit};

use crate::encode::COMPLEX;

/// The element type that NumPy would use for `field`; Arrow's name where it has none.
pub(super) fn name(field: &Field) -> String {
    let extension = field.metadata().get(EXTENSION_TYPE_NAME_KEY);
    if extension.is_some_and(|name| name == COMPLEX) {
        return "complex128".to_owned();
    }
    match field.data_type() {
        DataType::Boolean => "bool".to_owned(),
        DataType::Date32 => "datetime64[D]".to_owned(),
        DataType::Timestamp(unit, None) => format!("datetime64[{}]", unit_name(*unit)),
        DataType::Duration(unit) => format!("timedelta64[{}]", unit_name(*unit)),
        number if number.is_integer() || number.is_floating() => number.to_string().to_lowercase(),
        other => other.to_string(),
    }
}

const fn unit_name(unit: TimeUnit) -> &'static str {
    match unit {
        TimeUnit::Second => "s",
        TimeUnit::Millisecond => "ms",
        TimeUnit::Microsecond => "us",
        TimeUnit::Nanosecond => "ns",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_the_names_of_numpy() {
        for (data_type, expected) in [
            (DataType::UInt8, "uint8"),
            (DataType::Float16, "float16"),
            (DataType::Float64, "float64"),
            (DataType::Timestamp(TimeUnit::Nanosecond, None), "datetime64[ns]"),
            (DataType::Duration(TimeUnit::Second), "timedelta64[s]"),
            (DataType::Utf8, "Utf8"),
        ] {
            assert_eq!(name(&Field::new("x", data_type, true)), expected);
        }
    }
}
