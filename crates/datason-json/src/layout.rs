//! What stands around the records of an output.

/// How the records of one output stand together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Layout {
    /// JSON Lines.
    Lines,
    /// One array, an element a line.
    Array,
    /// The object that the feature document's stream writes, on one line without a line end:
    /// `{"data": [1, 2], "metadata": {"items_written": 2}}`.
    Data,
}

impl Layout {
    pub(crate) fn before_first(self) -> &'static str {
        match self {
            Self::Lines => "",
            Self::Array => "[\n",
            Self::Data => "{\"data\": [",
        }
    }

    pub(crate) fn between(self) -> &'static str {
        match self {
            Self::Lines => "",
            Self::Array => ",\n",
            Self::Data => ", ",
        }
    }

    /// A line is complete with its end, also for whoever reads along.
    pub(crate) fn behind_each(self) -> &'static str {
        match self {
            Self::Lines => "\n",
            Self::Array | Self::Data => "",
        }
    }

    pub(crate) fn behind_last(self, records: u64) -> String {
        match (self, records) {
            (Self::Lines, _) => String::new(),
            (Self::Array, 0) => "[]\n".to_owned(),
            (Self::Array, _) => "\n]\n".to_owned(),
            (Self::Data, 0) => {
                self.before_first().to_owned() + "], \"metadata\": {\"items_written\": 0}}"
            }
            (Self::Data, _) => format!("], \"metadata\": {{\"items_written\": {records}}}}}"),
        }
    }
}
