//! What an HTML report says: its data lies in it packed.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use flate2::read::GzDecoder;
use std::io::Read as _;

/// The text of a report with every packed block behind it, in plain.
pub(crate) fn unpacked(report: &[u8]) -> String {
    let mut all = String::from_utf8(report.to_vec()).unwrap();
    let blocks: Vec<String> = all
        .split("<script type=\"application/gzip;base64\"")
        .skip(1)
        .map(|block| {
            let packed = block.split_once('>').unwrap().1.split_once('<').unwrap().0;
            let mut text = String::new();
            let bytes = STANDARD.decode(packed.trim()).unwrap();
            GzDecoder::new(bytes.as_slice()).read_to_string(&mut text).unwrap();
            text
        })
        .collect();
    all.extend(blocks);
    all
}
