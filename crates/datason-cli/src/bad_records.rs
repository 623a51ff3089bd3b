//! What becomes of bad records, and what is told of them.

use std::path::{Path, PathBuf};
use std::str::FromStr;

use datason_core::{Error, ErrorKind, MaxErrors, OnError, Record, Rejects, Result, escape};
use datason_json::rejects_to_file;

use crate::input::Input;
use crate::render;
use crate::report::{BadRecord, Findings, Summary};

/// What was typed behind `--on-error`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Policy {
    Fail,
    Skip,
    Reject(PathBuf),
}

impl FromStr for Policy {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let (name, file) = match text.split_once('=') {
            Some((name, file)) => (name, Some(file)),
            None => (text, None),
        };
        match (name.parse()?, file) {
            (OnError::Fail, None) => Ok(Self::Fail),
            (OnError::Skip, None) => Ok(Self::Skip),
            (OnError::Reject, Some(file)) if !matches!(file, "" | "-") => {
                Ok(Self::Reject(file.into()))
            }
            (OnError::Reject, _) => Err(refused("rejects need a file: reject=bad.jsonl")),
            _ => Err(refused(&format!("`{name}` takes no file"))),
        }
    }
}

impl Policy {
    /// # Errors
    /// If rejects would go where `output` goes: whichever came last would be all that is left.
    pub(crate) fn check_apart(&self, output: &Path) -> Result<()> {
        match self {
            Self::Reject(file) if place(file) == place(output) => {
                let name = escape(output.as_os_str().as_encoded_bytes());
                Err(refused(&format!("`{name}` cannot hold the records and the rejects")))
            }
            _ => Ok(()),
        }
    }
}

impl Policy {
    /// # Errors
    /// If rejects would go into `folder`, which is made and holds nothing else.
    pub(crate) fn check_outside(&self, folder: &Path) -> Result<()> {
        match self {
            Self::Reject(file) if place(file).starts_with(place(folder)) => {
                let name = escape(folder.as_os_str().as_encoded_bytes());
                Err(refused(&format!("the rejects cannot stand in `{name}`")))
            }
            _ => Ok(()),
        }
    }
}

/// Where a file stands or would stand, links followed.
fn place(path: &Path) -> PathBuf {
    path.canonicalize().unwrap_or_else(|_| {
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
        let folder = folder.unwrap_or(Path::new(".")).canonicalize();
        match (folder, path.file_name()) {
            (Ok(folder), Some(name)) => folder.join(name),
            _ => path.to_owned(),
        }
    })
}

fn refused(message: &str) -> Error {
    Error::new(ErrorKind::Argument, message)
}

/// The bad records of a run.
#[derive(Debug)]
pub(crate) struct BadRecords {
    rejects: Rejects,
    /// How many of them were taken in runs before this one.
    before: u64,
    file: Option<PathBuf>,
    /// The first of them, for programs.
    first: Vec<BadRecord>,
    /// The very first, for people.
    example: Option<String>,
    /// What broke off an input, or ended the run, in full.
    breaks: Vec<String>,
    /// That there were too many of them.
    limit: Option<String>,
}

impl BadRecords {
    /// A file of nothing but bad records must not fill the memory.
    const MOST: usize = 1_000;

    /// The bad records of a run with `policy`, which goes on with those that are `begun`.
    ///
    /// # Errors
    /// If rejects cannot be kept where they are to be kept, or the limit contradicts the policy.
    pub(crate) fn new(
        policy: Policy,
        most: Option<MaxErrors>,
        begun: Option<Rejects>,
    ) -> Result<Self> {
        let (rejects, file) = match policy {
            Policy::Fail if most.is_some() => {
                return Err(refused(
                    "`--max-errors` limits what is passed over, and the first bad record ends the \
                     run: add `--on-error skip` or `--on-error reject=FILE`",
                ));
            }
            Policy::Fail => (Rejects::FAIL, None),
            Policy::Skip => (begun.unwrap_or_else(Rejects::skip), None),
            Policy::Reject(file) => {
                let rejects = begun.map_or_else(|| rejects_to_file(&file), Ok)?;
                (rejects, Some(file))
            }
        };
        let rejects = rejects.max_errors(most.unwrap_or_default());
        let (before, first, breaks) = (rejects.bad_records(), Vec::new(), Vec::new());
        Ok(Self { rejects, before, file, first, example: None, breaks, limit: None })
    }

    /// Hears of `records` more, bad ones included.
    pub(crate) fn saw(&self, records: u64) {
        self.rejects.saw(records);
    }

    /// Takes a bad record, whose text is not there if it was too large. Whether reading goes on.
    ///
    /// # Errors
    /// If it cannot be kept.
    pub(crate) fn take(
        &mut self,
        input: &Input,
        error: Error,
        record: Option<Record<'_>>,
    ) -> Result<bool> {
        self.list(input, &error);
        match self.rejects.take(input.located(error), record) {
            Ok(()) => Ok(true),
            Err(error) if error.kind() == ErrorKind::TooManyErrors => {
                self.limit = Some(render::error(input, &error));
                Ok(false)
            }
            Err(error) if error.kind() == ErrorKind::Io => Err(error),
            Err(error) => {
                self.breaks.push(render::error(input, &error));
                Ok(false)
            }
        }
    }

    /// Takes a break in the text around the records, behind which `input` cannot be read.
    /// Whether the next one is.
    pub(crate) fn take_break(&mut self, input: &Input, error: &Error) -> bool {
        self.list(input, error);
        self.breaks.push(render::error(input, error));
        self.rejects.on_error() != OnError::Fail
    }

    fn list(&mut self, input: &Input, error: &Error) {
        if self.example.is_none() {
            self.example = Some(render::line(input, error));
        }
        if self.first.len() < Self::MOST {
            self.first.push(BadRecord::new(input, error));
        }
    }

    /// Judges the share of bad records where no more will come, and brings those that were kept
    /// to disk. Whether all is within the limits.
    ///
    /// # Errors
    /// If they cannot be brought to disk.
    pub(crate) fn finish(&mut self) -> Result<bool> {
        if self.limit.is_none()
            && let Err(error) = self.rejects.check_end()
        {
            self.limit = Some(format!("datason: {}", error.message()));
        }
        self.rejects.finish()?;
        Ok(self.limit.is_none())
    }

    /// Whether something was left unread.
    pub(crate) fn cut_short(&self) -> bool {
        self.limit.is_some() || !self.breaks.is_empty()
    }

    /// Tells of everything, where nobody has told of single records before.
    pub(crate) fn tell(&self) {
        for text in &self.breaks {
            render::tell(text);
        }
        if self.rejects.on_error() == OnError::Skip && self.rejects.bad_records() > 0 {
            self.tell_number("passed over");
        }
        self.tell_rest();
    }

    /// Tells what is left to be told where single records have been told of.
    pub(crate) fn tell_rest(&self) {
        if let Some(limit) = &self.limit {
            render::tell(limit);
        }
        if let Some(file) = &self.file
            && self.rejects.bad_records() > 0
        {
            self.tell_number(&format!("kept in `{}`", escape(file.as_os_str().as_encoded_bytes())));
        }
    }

    fn tell_number(&self, what: &str) {
        let number = render::counted(self.rejects.bad_records(), "bad record");
        let example = match (self.before, &self.example) {
            (_, None) => ", all before this run".to_owned(),
            (0, Some(example)) => format!(", the first at {example}"),
            (before, Some(example)) => {
                format!(", {before} before this run, whose first is at {example}")
            }
        };
        render::tell(&format!("datason: {number} {what}{example}"));
    }

    /// `summary` and the first bad records, for programs.
    pub(crate) fn findings(&self, summary: Summary) -> Findings<'_> {
        Findings {
            summary,
            rejects: self.file.as_ref().map(|file| file.to_string_lossy()),
            tail: None,
            guarded: None,
            files: None,
            errors_shown: self.first.len(),
            errors: &self.first,
            unreadable: &[],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn policies_have_the_names_that_others_give_them() {
        let parse = |text: &str| text.parse::<Policy>().map_err(|error| error.message().to_owned());
        assert_eq!(parse("FAILFAST"), Ok(Policy::Fail));
        assert_eq!(parse("dropmalformed"), Ok(Policy::Skip));
        assert_eq!(parse("PERMISSIVE=a=b"), Ok(Policy::Reject("a=b".into())));
        assert_eq!(parse("reject"), Err("rejects need a file: reject=bad.jsonl".into()));
        assert_eq!(parse("fail=x"), Err("`fail` takes no file".into()));
    }
}
