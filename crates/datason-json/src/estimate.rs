//! How much memory an input takes, measured, and how to cut it.

use std::num::NonZeroUsize;

use datason_core::{ByteSize, Chunkable, Config, IntoChunkable, Result, Strategy};
use datason_memory::{Footprint, MemoryEstimate};
use serde::Serialize;

use crate::measure::{Length, measure};
use crate::ser::{TextStyle, to_vec};

/// Says how much memory `input` takes, how long its text is, and how large chunks should be.
///
/// Looks at the items themselves: all of them, or, of more than 10,000, a sample of as many in
/// short runs spread evenly over the input. The text is measured under the configuration, byte
/// for byte; memory follows the model of [`Footprint`], or is what columns and arrays say that
/// they hold. An iterator is used up, and all of it is looked at. [`Estimator`] has options.
///
/// # Errors
/// What the input or its values fail with when they are serialized.
///
/// # Example
/// ```
/// use datason_json::estimate_memory_usage;
///
/// let texts = vec!["x".repeat(1_000); 100_000];
/// let stats = estimate_memory_usage(&texts)?;
/// assert_eq!(stats.item_count, 100_000);
/// assert_eq!(stats.object_size_mb.round(), 98.0);
/// // Each chunk's text is about 50 MiB.
/// assert_eq!((stats.recommended_chunk_size, stats.recommended_chunks), (52_219, 2));
/// # Ok::<(), datason_core::Error>(())
/// ```
pub fn estimate_memory_usage<Input, Way>(input: Input) -> Result<MemoryEstimate>
where
    Input: IntoChunkable<Way>,
{
    Estimator::new().estimate(input)
}

/// Options for estimating.
///
/// # Example
/// ```
/// use datason_core::{ByteSize, Config};
/// use datason_json::{Estimator, TextStyle};
///
/// let estimator = Estimator::new()
///     .config(Config::api())
///     .style(TextStyle::Compact)
///     .target(ByteSize::kib(1));
/// let stats = estimator.estimate(&["é"; 1_000])?;
/// // `"\u00e9",` is nine bytes.
/// assert_eq!(stats.recommended_chunk_size, 113);
/// # Ok::<(), datason_core::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Estimator {
    config: Config,
    style: TextStyle,
    target: ByteSize,
    sample: usize,
}

impl Estimator {
    /// The defaults.
    pub const fn new() -> Self {
        Self {
            config: Config::DEFAULT,
            style: TextStyle::Python,
            target: MemoryEstimate::TARGET,
            sample: 10_000,
        }
    }

    /// What values mean. Default: [`Config::DEFAULT`].
    #[must_use]
    pub fn config(mut self, config: Config) -> Self {
        self.config = config;
        self
    }

    /// How the text looks. Default: [`TextStyle::Python`].
    #[must_use]
    pub fn style(mut self, style: TextStyle) -> Self {
        self.style = style;
        self
    }

    /// How long the text of a chunk should be. Default: 50 MiB.
    #[must_use]
    pub fn target(mut self, target: ByteSize) -> Self {
        self.target = target;
        self
    }

    /// How many items are looked at, about. Default: 10,000. More make the figures better where
    /// items differ much; [`usize::MAX`] looks at all.
    #[must_use]
    pub fn sample(mut self, items: usize) -> Self {
        self.sample = items.max(1);
        self
    }

    /// Estimates `input`: see [`estimate_memory_usage`].
    ///
    /// # Errors
    /// As [`estimate_memory_usage`].
    pub fn estimate<Input, Way>(&self, input: Input) -> Result<MemoryEstimate>
    where
        Input: IntoChunkable<Way>,
    {
        self.estimate_chunkable(input.into_chunkable()?)
    }

    fn estimate_chunkable<C: Chunkable>(&self, input: C) -> Result<MemoryEstimate> {
        let about = input.describe();
        let (total, resident) = (about.total_items, input.resident_bytes());
        // Chunks of tables repeat the names of columns, so there a run is longer.
        let run = match about.strategy {
            Strategy::Sequence | Strategy::DictItems => const { NonZeroUsize::new(64).unwrap() },
            _ => const { NonZeroUsize::new(4_096).unwrap() },
        };
        let mut seen = Seen::default();
        for chunk in input.into_chunks(run, &self.config).step_by(self.step(total, run)) {
            let chunk = chunk?;
            seen.add(self, &chunk, about.item_bytes, C::items_in(&chunk), C::bytes_in(&chunk))?;
        }
        let total = if about.strategy == Strategy::SingleObject { Some(1) } else { total };
        let scaled = seen.scaled(total);
        let found = match resident {
            Some(bytes) => Footprint::from_parts(scaled.serialized_bytes, bytes, scaled.items),
            None => scaled,
        };
        Ok(MemoryEstimate::new(about.object_type, &found).target(self.target))
    }

    /// Of how many runs one is looked at.
    fn step(&self, total: Option<u64>, run: NonZeroUsize) -> usize {
        let runs = total.map_or(0, |total| total.div_ceil(run.get() as u64));
        let wanted = self.sample.div_ceil(run.get()) as u64;
        usize::try_from(runs.div_ceil(wanted)).unwrap_or(usize::MAX).max(1)
    }

    /// The length of the text of `chunk`.
    fn text_of<T: Serialize>(&self, chunk: &T) -> Result<usize> {
        match measure(chunk, &self.config, self.style, 0, usize::MAX) {
            Length::Exactly(length) | Length::MoreThan(length) => Ok(length),
            Length::Unknown => to_vec(chunk, &self.config, self.style).map(|text| text.len()),
        }
    }
}

impl Default for Estimator {
    fn default() -> Self {
        Self::new()
    }
}

/// What has been looked at.
#[derive(Default)]
struct Seen {
    items: u64,
    text: u64,
    resident: u64,
}

impl Seen {
    fn add<T: Serialize>(
        &mut self,
        estimator: &Estimator,
        chunk: &T,
        item_bytes: Option<usize>,
        items: Option<u64>,
        resident: Option<u64>,
    ) -> Result<()> {
        /// The brackets of a run are not those of the whole, but its runs are separated, too.
        const BRACKETS: u64 = 2;
        let separator = if estimator.style == TextStyle::Compact { 1 } else { 2 };
        let footprint = Footprint::of_items(chunk, item_bytes)?;
        self.items += items.unwrap_or(footprint.items);
        self.text += (estimator.text_of(chunk)? as u64 + separator).saturating_sub(BRACKETS);
        self.resident += resident.unwrap_or(footprint.resident_bytes);
        Ok(())
    }

    /// The whole, of which this is a part.
    fn scaled(&self, total: Option<u64>) -> Footprint {
        let total = total.unwrap_or(self.items);
        let scale = |part: u64| {
            let whole = u128::from(part) * u128::from(total) / u128::from(self.items.max(1));
            u64::try_from(whole).unwrap_or(u64::MAX)
        };
        let container = size_of::<Vec<u8>>() as u64;
        Footprint::from_parts(scale(self.text) + 2, scale(self.resident) + container, total)
    }
}

#[cfg(test)]
mod tests {
    use datason_core::chunkable::{Items, Single};

    use super::*;

    fn ratio(estimate: f64, truth: f64) -> f64 {
        estimate / truth
    }

    #[test]
    #[expect(clippy::cast_precision_loss, reason = "a ratio of lengths")]
    fn a_sample_is_close_to_the_whole() {
        let rows: Vec<(usize, String)> = (0..60_000).map(|n| (n, "x".repeat(n % 90))).collect();
        let sampled = estimate_memory_usage(&rows).unwrap();
        let text = to_vec(&rows, &Config::DEFAULT, TextStyle::Python).unwrap().len();
        let ratio = ratio(sampled.estimated_serialized_mb * 1_048_576.0, text as f64);
        assert!((0.98..1.02).contains(&ratio), "{ratio}");
        let all = Estimator::new().sample(usize::MAX).estimate(&rows).unwrap();
        assert!(all.footprint().serialized_bytes.abs_diff(text as u64) < 3);
    }

    #[test]
    fn every_kind_of_input_has_an_estimate() {
        assert_eq!(estimate_memory_usage(&Vec::<u8>::new()).unwrap().recommended_chunks, 0);
        let map: std::collections::BTreeMap<_, _> = (0..100).map(|n| (n, "x")).collect();
        assert_eq!(estimate_memory_usage(&map).unwrap().item_count, 100);
        let items = Items::of((0..100).filter(|n| n % 2 == 0));
        assert_eq!(estimate_memory_usage(items).unwrap().item_count, 50);
        let text = "x".repeat(1_000);
        let single = estimate_memory_usage(Single(&text)).unwrap();
        assert_eq!((single.item_count, single.object_type.as_str()), (1, "String"));
        assert!(single.object_size_mb * 1_048_576.0 >= 1_000.0);
    }

    #[test]
    fn a_value_that_cannot_be_written_has_no_estimate() {
        let estimator = Estimator::new().config(Config::DEFAULT.max_string_length(2));
        assert!(estimator.estimate(&["long"]).is_err());
    }
}
