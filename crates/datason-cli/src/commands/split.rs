//! `datason split`: a file for each value of a field.

use datason_core::{ByteSize, ChunkSize, OnError, Record, Result};
use datason_json::{Layout, OnMissing, PartitionBuilder, Partitions};

use super::convert::shown;
use crate::args::{Missing, SplitArguments};
use crate::exit::ExitStatus;
use crate::memory::Shares;
use crate::progress::Progress;
use crate::render;
use crate::report::{self, Data, Findings};
use crate::walk::{Flow, Judgement, Visitor, Walk};

pub(crate) fn run(arguments: &SplitArguments) -> anyhow::Result<ExitStatus> {
    let SplitArguments { input, output, report, .. } = arguments;
    let (policy, _) = arguments.read.policy(OnError::Fail);
    policy.check_outside(output)?;
    let share = |limit| Shares::of_text(limit, arguments.compress, false);
    let shares = arguments.read.memory_limit().map(share).transpose()?;
    let mut sorter = Sorter(options(arguments, shares.as_ref())?.create(output)?);
    let progress = Progress::new(report.quiet, false);
    let (size, judgement) = (ChunkSize::DEFAULT, Judgement::Strict);
    let mut walk = Walk::new(&arguments.read, size, judgement, OnError::Fail, progress)?;
    if let Some(shares) = &shares {
        walk.share_memory(shares)?;
    }
    walk.input(input, &mut sorter)?;
    // What was rejected is on disk before what was not appears.
    walk.end()?;
    let Sorter(partitions) = sorter;
    let files = if walk.is_complete() {
        Some(partitions.finish()?.len() as u64)
    } else {
        partitions.abort()?;
        None
    };
    walk.bad().tell();
    match files {
        Some(files) => {
            let files = render::counted(files, "file");
            report.note(&format!("datason: {files} in {}", shown(output)));
        }
        None => report.note(&format!("datason: {} was not written", shown(output))),
    }
    if report.json {
        report::print_json(&Findings { files, ..walk.findings() }, Data::Elsewhere)?;
    } else if walk.status() != ExitStatus::Failure || walk.summary().bytes > 0 {
        report.note(&render::summary(&walk.summary()));
    }
    Ok(walk.status())
}

fn options(arguments: &SplitArguments, shares: Option<&Shares>) -> Result<PartitionBuilder> {
    let on_missing = match arguments.on_missing {
        Missing::Keep => OnMissing::Keep,
        Missing::Error => OnMissing::Error,
    };
    let options = PartitionBuilder::new(&arguments.by)?
        .layout(Layout::from(arguments.to))
        .compression(arguments.compress)
        .most_values(arguments.most_values)
        .on_missing(on_missing);
    Ok(match shares {
        // Buffers may be half empty, and one of them is over its share by a record.
        Some(shares) => options.buffer(ByteSize(shares.writer.as_u64() / 8)),
        None => options,
    })
}

struct Sorter(Partitions);

impl Visitor for Sorter {
    fn record(&mut self, record: Record<'_>) -> Result<Flow> {
        self.0.write(record).map(|()| Flow::On)
    }
}
