//! Records to columns: against serde_json, and against every policy that is promised.

mod cuts;
mod drift;
mod extras;
mod hostile;
mod limits;
mod oracle;
mod passes;
mod policies;
mod rejects;
mod schemas;
mod shapes;
mod texts;
mod types;
mod verdicts;
