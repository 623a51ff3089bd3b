//! `datason count`: how many valid records files have.

use datason_core::{ChunkSize, Error, OnError, Record, Result};

use crate::args::CountArguments;
use crate::exit::ExitStatus;
use crate::input::Input;
use crate::progress::Progress;
use crate::render;
use crate::report::{self, Data};
use crate::walk::{Flow, Judgement, Tally, Visitor, Walk};

pub(crate) fn run(arguments: &CountArguments) -> anyhow::Result<ExitStatus> {
    let judgement = if arguments.unchecked { Judgement::Framed } else { Judgement::Strict };
    let progress = Progress::new(arguments.report.quiet, false);
    let size = ChunkSize::DEFAULT;
    let mut walk = Walk::new(&arguments.read, size, judgement, OnError::Skip, progress)?;
    let files = arguments.inputs.files()?;
    for input in files {
        let tally = walk.input(input, &mut Counter::default())?;
        tell_more(input, tally);
        if tally.readable && !arguments.report.json {
            print(files.len() > 1, tally.records, &input.shown())?;
        }
        if tally.flow == Flow::Stop {
            break;
        }
    }
    walk.end()?;
    walk.bad().tell_rest();
    if arguments.report.json {
        report::print_json(&walk.findings(), Data::Elsewhere)?;
    } else if files.len() > 1 {
        print(true, walk.summary().records, "total")?;
    }
    Ok(walk.status())
}

fn print(named: bool, records: u64, name: &str) -> anyhow::Result<()> {
    report::print_line(&if named { format!("{records} {name}") } else { records.to_string() })
}

/// The first bad record has been told.
fn tell_more(input: &Input, tally: Tally) {
    if tally.bad_records > 1 {
        let more = render::counted(tally.bad_records - 1, "more bad record");
        let name = input.shown();
        render::tell(&format!("datason: {more} in `{name}`; `datason check` lists them all"));
    }
}

/// Goes through one input to its end, and tells of the first bad record.
#[derive(Default)]
struct Counter {
    told: bool,
}

impl Visitor for Counter {
    fn record(&mut self, _: Record<'_>) -> Result<Flow> {
        Ok(Flow::On)
    }

    fn bad_record(&mut self, input: &Input, error: &Error) -> anyhow::Result<()> {
        if !std::mem::replace(&mut self.told, true) {
            render::tell(&render::error(input, error));
        }
        Ok(())
    }
}
