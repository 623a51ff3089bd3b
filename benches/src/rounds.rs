//! Engines side by side: round after round, each in turn.

use std::time::Duration;

use anyhow::ensure;
use serde::Serialize;

use crate::clock::cpu_time;
use crate::definition::{Definition, Engine, Group, Role};
use crate::fixture::Data;

/// How long one sample takes at least: shorter ones are mostly the clock and the caches.
const SAMPLE: Duration = Duration::from_millis(20);

/// What one engine took. Sample `n` of every engine of a definition comes from the same round,
/// so whoever compares two engines compares sample with sample.
#[derive(Debug, Clone, Serialize)]
pub struct Measurement {
    /// The definition's group.
    pub group: Group,
    /// The definition's name.
    pub definition: &'static str,
    /// The engine's name.
    pub engine: String,
    /// What the engine is in the comparison.
    pub role: Role,
    /// The bytes of text it goes over.
    pub bytes: u64,
    /// The records it finds.
    pub records: u64,
    /// The CPU seconds of one pass over the data, one number a round.
    pub seconds: Vec<f64>,
}

/// Measures the engines of `definition` in `rounds` rounds.
///
/// Each round begins with another engine, so that none always runs behind the same neighbour.
///
/// # Errors
///
/// Those of the engines, and one that counts otherwise than it did when it was verified.
///
/// # Examples
///
/// ```
/// use datason_benches::{Group, Options, SMALL, definitions, measure};
///
/// let mut definition = definitions(Group::Frame, &Options::default()).swap_remove(0);
/// let data = definition.fixture.data(SMALL)?;
/// for measurement in measure(&mut definition, &data, 3)? {
///     assert_eq!(measurement.seconds.len(), 3);
/// }
/// # Ok::<(), anyhow::Error>(())
/// ```
pub fn measure(
    definition: &mut Definition,
    data: &Data,
    rounds: usize,
) -> anyhow::Result<Vec<Measurement>> {
    let mut measurements = Vec::new();
    let mut passes = Vec::new();
    for engine in &mut definition.engines {
        passes.push(passes_a_sample(engine, data)?);
        measurements.push(Measurement {
            group: definition.group,
            definition: definition.name,
            engine: engine.name.clone(),
            role: engine.role,
            bytes: data.bytes.len() as u64,
            records: data.records,
            seconds: Vec::with_capacity(rounds),
        });
    }
    for round in 0..rounds {
        for turn in 0..definition.engines.len() {
            let index = (round + turn) % definition.engines.len();
            let time = sample(&mut definition.engines[index], data, passes[index])?;
            measurements[index].seconds.push(time.as_secs_f64());
        }
    }
    Ok(measurements)
}

/// How many passes make a sample long enough.
fn passes_a_sample(engine: &mut Engine, data: &Data) -> anyhow::Result<u32> {
    let mut passes = 1;
    loop {
        let time = sample(engine, data, passes)? * passes;
        if time >= SAMPLE {
            return Ok(passes);
        }
        let missing = SAMPLE.as_secs_f64() / time.as_secs_f64().max(1e-6);
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "2 to 20,000")]
        let factor = (missing * 1.1).ceil().max(2.0) as u32;
        passes = passes.saturating_mul(factor);
    }
}

/// Returns the time of one pass.
fn sample(engine: &mut Engine, data: &Data, passes: u32) -> anyhow::Result<Duration> {
    let start = cpu_time();
    for _ in 0..passes {
        let records = engine.pass(data)?;
        ensure!(records == data.records, "{} lost count: {records} records", engine.name);
    }
    Ok(cpu_time().saturating_sub(start) / passes)
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;
    use std::rc::Rc;

    use super::*;
    use crate::answer::Answer;
    use crate::fixture::Fixture;

    /// An engine that notes its turns and works for longer than a sample has to last.
    fn engine(name: &'static str, turns: &Rc<RefCell<Vec<&'static str>>>, finds: u64) -> Engine {
        let turns = Rc::clone(turns);
        Engine::new(name, Role::Ours, move |_, seen| {
            let start = cpu_time();
            while cpu_time().saturating_sub(start) < SAMPLE {}
            turns.borrow_mut().push(name);
            seen.counted(finds);
            Ok(())
        })
    }

    fn definition(engines: Vec<Engine>) -> Definition {
        Definition {
            group: Group::Frame,
            name: "test",
            fixture: Fixture::Numbers,
            expected: Answer::new(1, 0),
            oracle: |_| Ok(Answer::new(1, 0)),
            engines,
        }
    }

    fn data() -> Data {
        Data::new(b"[0]".to_vec(), 1, Vec::new())
    }

    #[test]
    fn engines_take_turns() {
        let turns = Rc::default();
        let engines = vec![engine("a", &turns, 1), engine("b", &turns, 1)];
        let measurements = measure(&mut definition(engines), &data(), 2).expect("no failure");
        assert_eq!(turns.borrow()[2..], ["a", "b", "b", "a"]);
        assert!(measurements.iter().all(|one| one.seconds.len() == 2 && one.seconds[0] >= 0.02));
    }

    #[test]
    fn an_engine_that_loses_count_is_an_error() {
        let engines = vec![engine("a", &Rc::default(), 2)];
        let error = measure(&mut definition(engines), &data(), 1).expect_err("a wrong count");
        assert_eq!(error.to_string(), "a lost count: 2 records");
    }
}
