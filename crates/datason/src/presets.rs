//! The presets under the names of the feature document.

use datason_core::Config;

macro_rules! preset {
    ($($name:ident => $preset:ident, $what:literal;)*) => {$(
        #[doc = $what]
        ///
        /// The feature document's name for the function of [`Config`] without `get` and `config`.
        ///
        /// # Example
        /// ```
        #[doc = concat!("assert_eq!(datason::", stringify!($name), "(), datason::Config::", stringify!($preset), "());")]
        /// ```
        #[must_use]
        pub const fn $name() -> Config {
            Config::$preset()
        }
    )*};
}
preset! {
    get_ml_config => ml, "For machine learning: milliseconds, plain numbers, sorted keys.";
    get_api_config => api, "For web interfaces: ISO dates, sorted keys, ASCII only.";
    get_strict_config => strict,
        "For exchange where nothing may be guessed: every special type is spelled out.";
    get_performance_config => performance,
        "For speed: numbers for dates, rows without column names.";
    get_financial_config => financial,
        "For money: decimals kept, milliseconds, sorted keys, ASCII only.";
    get_time_series_config => time_series,
        "For time series: ISO dates, tables split into index, columns and data.";
    get_inference_config => inference,
        "For serving models: numbers for dates, rows without column names.";
    get_research_config => research,
        "For reproducible research: types restorable, sorted keys.";
    get_logging_config => logging,
        "For log files: nothing is an error that can be written somehow, long texts are cut.";
}
