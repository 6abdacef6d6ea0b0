//! Every offline check over any bytes.
#![no_main]

use libfuzzer_sys::fuzz_target;
use overstay_detectors::readers::secrets::{CHECKS, check};

fuzz_target!(|data: &[u8]| {
    for name in CHECKS {
        assert!(check(name, data).is_some());
    }
});
