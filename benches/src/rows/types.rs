//! What records are read as.

use std::borrow::Cow;
use std::marker::PhantomData;

use serde::de::IgnoredAny;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A type of row that may borrow from the text.
pub(super) trait Family: 'static {
    type Row<'a>: Deserialize<'a> + Serialize;
}

/// Rows that borrow nothing.
pub(super) struct Owned<T>(PhantomData<T>);

impl<T: for<'a> Deserialize<'a> + Serialize + 'static> Family for Owned<T> {
    type Row<'a> = T;
}

/// [`Seen`], as a family.
pub(super) struct Borrowed;

impl Family for Borrowed {
    type Row<'a> = Seen<'a>;
}

/// A flat record ([`FlatRecord`](datason_fixtures::FlatRecord)) that leaves its texts where they
/// are. One that may hold escapes is copied when it does.
#[derive(Deserialize, Serialize)]
pub(super) struct Seen<'a> {
    id: u64,
    trace: &'a str,
    time: &'a str,
    level: &'a str,
    service: &'a str,
    host: &'a str,
    latency_ms: f64,
    bytes: u64,
    status: u16,
    ok: bool,
    user: Option<&'a str>,
    #[serde(borrow)]
    message: Cow<'a, str>,
}

/// A few fields of a nested record; most of its text is passed over.
#[derive(Deserialize, Serialize)]
pub(super) struct Event {
    id: String,
    #[serde(rename = "type")]
    kind: String,
    actor: Actor,
    repo: Repo,
    payload: Payload,
    public: bool,
    created_at: String,
}

#[derive(Deserialize, Serialize)]
struct Actor {
    id: u64,
    login: String,
}

#[derive(Deserialize, Serialize)]
struct Repo {
    id: u64,
    name: String,
}

#[derive(Deserialize, Serialize)]
struct Payload {
    action: Option<String>,
    number: Option<u64>,
    #[serde(default)]
    commits: Vec<Commit>,
}

#[derive(Deserialize, Serialize)]
struct Commit {
    sha: String,
    message: String,
}

/// A record of long texts.
#[derive(Deserialize, Serialize)]
pub(super) struct Prose {
    id: u64,
    title: String,
    body: String,
}

/// Nothing is kept: what parsing alone costs.
pub(super) struct Skipped;

impl<'de> Deserialize<'de> for Skipped {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let IgnoredAny = IgnoredAny::deserialize(deserializer)?;
        Ok(Self)
    }
}

impl Serialize for Skipped {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_unit()
    }
}
