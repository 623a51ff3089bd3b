//! Records to columns: against serde_json, and against every policy that is promised.

mod cuts;
mod drift;
mod hostile;
mod oracle;
mod passes;
mod policies;
mod schemas;
mod shapes;
mod types;
mod verdicts;
