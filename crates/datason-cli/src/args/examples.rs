//! What help shows at its end.

pub(super) const CONVERT_EXAMPLES: &str = "\
Examples:
  datason convert events.json events.jsonl
  datason convert --path /data response.json rows.jsonl.zst
  datason convert --config financial trades.jsonl trades.json
  datason convert --append today.json all.jsonl.zst
  datason convert --resume huge.json.gz huge.jsonl
  datason convert --on-error reject=bad.jsonl events.jsonl events.json
  datason convert --select id,user events.jsonl.gz events.arrow
  datason convert --on-extra keep --sample 1000 events.jsonl events.arrow
  datason convert --csv-guard events.jsonl events.csv
  curl -s https://example.org/big.json.gz | datason convert - - | wc -l";

pub(super) const SCHEMA_EXAMPLES: &str = "\
Examples:
  datason schema events.jsonl.gz
  datason schema --json january.jsonl february.jsonl > events.schema.json
  datason convert --schema events.schema.json events.jsonl events.arrow";

pub(super) const CAT_EXAMPLES: &str = "\
Examples:
  datason cat january.jsonl.gz february.json > both.jsonl
  datason cat --path /items/0/rows response.json | grep error";

pub(super) const HEAD_EXAMPLES: &str = "\
Examples:
  datason head events.json.gz
  datason head -n 1 *.jsonl";

pub(super) const COUNT_EXAMPLES: &str = "\
Examples:
  datason count events.jsonl
  datason count --unchecked *.jsonl.gz";

pub(super) const CHECK_EXAMPLES: &str = "\
Examples:
  datason check events.jsonl
  datason check --json events.jsonl | jq '.errors[].line'
  datason check --from jsonl - < events.log";

pub(super) const SPLIT_EXAMPLES: &str = "\
Examples:
  datason split events.jsonl.gz by-user --by /user
  datason split --to json --compress zstd --on-missing error events.json by-kind --by /meta/kind";

pub(super) const INDEX_EXAMPLES: &str = "\
Examples:
  datason index events.json
  datason convert --frame-size 4MiB events.json events.jsonl.zst && datason index events.jsonl.zst
  datason index --verify events.json";

pub(super) const ESTIMATE_EXAMPLES: &str = "\
Examples:
  datason estimate events.jsonl.gz
  datason estimate --memory-limit 512MiB --json events.json | jq .advice";

pub(super) const REPLAY_EXAMPLES: &str = "\
Examples:
  datason replay bad.jsonl
  datason replay bad.jsonl | datason cat --max-depth 1000 - >> events.jsonl";
