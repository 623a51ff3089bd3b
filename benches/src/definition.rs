//! A benchmark: what is done, on which data, by whom, and what must come out.

use std::fmt;
use std::str::FromStr;

use anyhow::{Context, bail, ensure};
use datason_core::ChunkSize;
use datason_json::CodecKind;
use serde::Serialize;

use crate::answer::{Answer, Counter, Examiner, Observer};
use crate::fixture::{Data, Fixture};

/// Benchmarks that answer one question.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Group {
    /// How fast the ends of records are found.
    Frame,
    /// How fast records in memory become typed rows.
    Rows,
    /// How fast records in a file become columns.
    Columns,
    /// How fast columns in memory become lines.
    Write,
}

impl Group {
    /// Every group.
    pub const ALL: [Self; 4] = [Self::Frame, Self::Rows, Self::Columns, Self::Write];

    /// Returns the lower-case name, which [`FromStr`] reads.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Frame => "frame",
            Self::Rows => "rows",
            Self::Columns => "columns",
            Self::Write => "write",
        }
    }
}

impl fmt::Display for Group {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for Group {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        let found = Self::ALL.into_iter().find(|group| group.name() == name);
        found.ok_or_else(|| {
            format!("no group `{name}`: one of {}", Self::ALL.map(Self::name).join(", "))
        })
    }
}

/// What a user can tune.
#[derive(Debug, Clone)]
pub struct Options {
    /// The codecs to measure. Default: all.
    pub codecs: Vec<CodecKind>,
    /// How large the chunks are of engines that read chunks. Default: [`ChunkSize::DEFAULT`].
    pub chunk_size: ChunkSize,
}

impl Default for Options {
    fn default() -> Self {
        Self { codecs: CodecKind::ALL.to_vec(), chunk_size: ChunkSize::DEFAULT }
    }
}

/// One benchmark.
#[derive(Debug)]
pub struct Definition {
    /// The group it belongs to.
    pub group: Group,
    /// The name, unique in its group.
    pub name: &'static str,
    /// The data it runs on.
    pub fixture: Fixture,
    /// What every engine must answer for [`SMALL`](crate::SMALL) bytes of data.
    pub expected: Answer,
    /// Finds the right answer for any data, slowly and by other means.
    pub(crate) oracle: fn(&Data) -> anyhow::Result<Answer>,
    /// Who does it.
    pub engines: Vec<Engine>,
}

impl Definition {
    /// Lets every engine answer once, and returns the answer they agree on.
    ///
    /// # Errors
    ///
    /// If an engine fails, or answers otherwise than a naive look at the data does.
    pub fn verify(&mut self, data: &Data) -> anyhow::Result<Answer> {
        let expected = (self.oracle)(data).with_context(|| format!("{}: oracle", self.name))?;
        ensure!(
            expected.records == data.records,
            "{}: the data has {} records, not {}",
            self.name,
            data.records,
            expected.records
        );
        for engine in &mut self.engines {
            let answer = engine.answer(data).with_context(|| engine.name.clone())?;
            if !answer.agrees_with(expected) {
                bail!("{}: {} found {answer}, expected {expected}", self.name, engine.name);
            }
        }
        Ok(expected)
    }
}

/// What an engine is in a comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// This workspace.
    Ours,
    /// What others are compared with, one engine in every definition: `serde_json`, and
    /// arrow-json where there are columns.
    Baseline,
    /// Another crate for the same job.
    Peer,
    /// Less than the job: what no engine can beat.
    Ceiling,
}

/// Goes once over all of the data, and shows what it finds.
type Run = Box<dyn FnMut(&Data, &mut dyn Observer) -> anyhow::Result<()>>;

/// One way to do what a definition asks for.
pub struct Engine {
    /// The name, unique in its definition.
    pub name: String,
    /// What it is in the comparison.
    pub role: Role,
    run: Run,
}

impl Engine {
    pub(crate) fn new(
        name: impl Into<String>,
        role: Role,
        run: impl FnMut(&Data, &mut dyn Observer) -> anyhow::Result<()> + 'static,
    ) -> Self {
        Self { name: name.into(), role, run: Box::new(run) }
    }

    /// Goes once over all of the data and counts, for timing. Returns the number of records.
    ///
    /// # Errors
    ///
    /// Those of the engine; none on generated data.
    pub fn pass(&mut self, data: &Data) -> anyhow::Result<u64> {
        let mut counter = Counter::default();
        (self.run)(data, &mut counter)?;
        Ok(counter.count())
    }

    /// Goes once over all of the data and looks at everything.
    ///
    /// # Errors
    ///
    /// Those of the engine; none on generated data.
    pub fn answer(&mut self, data: &Data) -> anyhow::Result<Answer> {
        let mut examiner = Examiner::new();
        (self.run)(data, &mut examiner)?;
        Ok(examiner.answer())
    }
}

impl fmt::Debug for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Engine")
            .field("name", &self.name)
            .field("role", &self.role)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn definition(counts: u64) -> Definition {
        let engine = Engine::new("counts", Role::Ours, move |_, seen| {
            seen.counted(counts);
            Ok(())
        });
        Definition {
            group: Group::Frame,
            name: "test",
            fixture: Fixture::Numbers,
            expected: Answer::new(2, 0),
            oracle: |data| Ok(Answer::new(data.bytes.len() as u64, 7)),
            engines: vec![engine],
        }
    }

    fn data(bytes: &[u8], records: u64) -> Data {
        Data::new(bytes.to_vec(), records, Vec::new())
    }

    #[test]
    fn a_wrong_answer_is_an_error_that_names_the_engine() {
        let answer = definition(2).verify(&data(b"12", 2)).expect("two and two");
        assert_eq!(answer, Answer::new(2, 7));
        let error = definition(3).verify(&data(b"12", 2)).expect_err("three is not two");
        let message = "test: counts found 3 records, \
                       expected 2 records with checksum 0x0000000000000007";
        assert_eq!(error.to_string(), message);
    }

    #[test]
    fn data_that_is_not_what_it_says_is_an_error() {
        assert!(definition(2).verify(&data(b"12", 3)).is_err());
    }

    #[test]
    fn groups_have_names() {
        for group in Group::ALL {
            assert_eq!(group.name().parse(), Ok(group));
        }
        assert!("tables".parse::<Group>().is_err());
    }
}
