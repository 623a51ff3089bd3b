//! Who decodes rows.

use datason_json::codec::{AnyCodec, Batch, Codec, DEFAULT_MAX_DEPTH};
use datason_json::{CodecKind, ReaderBuilder};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::types::Family;
use crate::answer::{Answer, Examiner, Observer};
use crate::definition::{Engine, Options, Role};
use crate::fixture::Data;

/// The engines that get records one by one.
pub(super) fn of_records<F: Family>(options: &Options) -> impl Iterator<Item = Engine> {
    let codecs = options.codecs.clone().into_iter().map(codec::<F>);
    let peers = [serde_json::<F>(), serde_json_stream::<F>()];
    #[cfg(feature = "sonic-rs")]
    let peers = peers.into_iter().chain([sonic_rs::<F>()]);
    codecs.chain(peers)
}

/// Returns the answer of `serde_json`, which is right by definition.
pub(super) fn serde_json_rows<F: Family>(data: &Data) -> anyhow::Result<Answer> {
    let mut examiner = Examiner::new();
    serde_json_each::<F>(data, &mut examiner)?;
    Ok(examiner.answer())
}

fn serde_json<F: Family>() -> Engine {
    Engine::new("serde_json", Role::Baseline, serde_json_each::<F>)
}

fn serde_json_each<F: Family>(data: &Data, seen: &mut dyn Observer) -> anyhow::Result<()> {
    for line in &data.lines {
        let row: F::Row<'_> = ::serde_json::from_slice(&data.bytes[line.clone()])?;
        seen.row(&row);
    }
    Ok(())
}

fn serde_json_stream<F: Family>() -> Engine {
    Engine::new("serde_json stream", Role::Peer, |data, seen| {
        for row in ::serde_json::Deserializer::from_slice(&data.bytes).into_iter::<F::Row<'_>>() {
            seen.row(&row?);
        }
        Ok(())
    })
}

#[cfg(feature = "sonic-rs")]
fn sonic_rs<F: Family>() -> Engine {
    Engine::new("sonic-rs", Role::Peer, |data, seen| {
        // It reads `-0.0` as `0.0`, so its rows cannot be held to the checksum.
        seen.counted(0);
        for line in &data.lines {
            let row: F::Row<'_> = ::sonic_rs::from_slice(&data.bytes[line.clone()])?;
            seen.row(&row);
        }
        Ok(())
    })
}

fn codec<F: Family>(kind: CodecKind) -> Engine {
    let mut codec = AnyCodec::new(kind, DEFAULT_MAX_DEPTH).expect("the default depth is allowed");
    Engine::new(kind.name(), Role::Ours, move |data, seen| {
        let mut batch = codec.batch(&data.bytes);
        for line in &data.lines {
            let row: F::Row<'_> = batch.decode(line.clone())?;
            seen.row(&row);
        }
        Ok(())
    })
}

/// What one writes by hand: `serde_json` record by record, the rows held until there are as many
/// as the reader puts into a chunk. Rows that are held cost more than rows that are dropped at
/// once, whoever reads them: their memory is cold, and the allocator has work.
pub(super) fn serde_json_chunks<T: DeserializeOwned + Serialize + 'static>(
    options: &Options,
) -> Engine {
    let chunk_size = options.chunk_size;
    Engine::new("serde_json chunks", Role::Peer, move |data, seen| {
        let mut lines = data.lines.as_slice();
        while let Some(first) = lines.first() {
            let within =
                lines.partition_point(|line| line.end - first.start <= chunk_size.most_bytes());
            let fits = within.min(chunk_size.most_records());
            let (chunk, rest) = lines.split_at(fits.max(1));
            let mut rows: Vec<T> = Vec::with_capacity(chunk.len());
            for line in chunk {
                rows.push(::serde_json::from_slice(&data.bytes[line.clone()])?);
            }
            for row in &rows {
                seen.row(row);
            }
            lines = rest;
        }
        Ok(())
    })
}

/// The reader with each codec, giving chunks of rows.
pub(super) fn readers_of_chunks<T: DeserializeOwned + Serialize + 'static>(
    options: &Options,
) -> impl Iterator<Item = Engine> {
    readers(options).map(|(name, builder)| {
        Engine::new(name, Role::Ours, move |data, seen| {
            for chunk in builder.from_slice(&data.bytes).chunks::<T>() {
                for row in chunk?.data() {
                    seen.row(row);
                }
            }
            Ok(())
        })
    })
}

/// The reader with each codec, lending records that are decoded in place.
pub(super) fn readers_of_records<F: Family>(options: &Options) -> impl Iterator<Item = Engine> {
    let codecs = options.codecs.clone().into_iter();
    readers(options).zip(codecs).map(|((name, builder), kind)| {
        let mut codec = AnyCodec::new(kind, DEFAULT_MAX_DEPTH).expect("the default is allowed");
        Engine::new(name, Role::Ours, move |data, seen| {
            let mut reader = builder.from_slice(&data.bytes);
            while let Some(record) = reader.next_record()? {
                let row: F::Row<'_> = codec.decode(record.as_bytes())?;
                seen.row(&row);
            }
            Ok(())
        })
    })
}

fn readers(options: &Options) -> impl Iterator<Item = (String, ReaderBuilder)> {
    let chunk_size = options.chunk_size;
    options.codecs.clone().into_iter().map(move |kind| {
        let builder = ReaderBuilder::new().codec(kind).chunk_size(chunk_size);
        (format!("Reader {kind}", kind = kind.name()), builder)
    })
}
