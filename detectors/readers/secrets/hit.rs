//! What the matcher reports: a place, what stands there, and never the value.

use super::format::Kind;
use crate::evidence::{Attrs, Confidence, Exposure, Sighting, Src, Verdict};
use jiff::Timestamp;
use std::{collections::BTreeMap, ops::Range};

/// One credential at one place of one text.
#[derive(Clone, Debug, PartialEq)]
pub struct Hit {
    /// The format's id: the variant of `leaked-credential`.
    pub format: &'static str,
    /// The format's name for people.
    pub name: &'static str,
    /// Who issues it, when the format says.
    pub provider: Option<&'static str>,
    /// What it is.
    pub kind: Kind,
    /// Where the secret stands in the scanned bytes. For a decoded secret: where its encoded form
    /// stands.
    pub range: Range<usize>,
    /// Where what was recognised begins: the secret or the name before it.
    pub(super) context: usize,
    /// The issuer is named there.
    pub(super) named: bool,
    /// A form that shows what it is and not its value.
    pub redacted: String,
    /// Keyed fingerprint of the value.
    pub fingerprint: String,
    /// What the offline check said.
    pub verdict: Verdict,
    /// How sure the matcher is.
    pub confidence: Confidence,
    /// Why the confidence is lower than the form suggests.
    pub lowered: Option<&'static str>,
    /// What can be read off it: `key_id`, `account`, `user`, `host`, `exp`, …
    pub decoded: Attrs,
    /// What had to be decoded to see it, outermost first.
    pub through: Vec<&'static str>,
}

/// Merges the places of each credential into one exposure: one per value and format, places sorted.
/// The order in which the hits come changes nothing: where two places disagree, the first one counts.
pub fn exposures(src: &Src, as_of: Timestamp, mut hits: Vec<(Hit, Sighting)>) -> Vec<Exposure> {
    hits.sort_by(|(one, at), (other, beside)| {
        (&at.location, &at.commit, &at.through, one.range.start).cmp(&(
            &beside.location,
            &beside.commit,
            &beside.through,
            other.range.start,
        ))
    });
    let mut merged: BTreeMap<(String, &'static str), Exposure> = BTreeMap::new();
    for (hit, mut sighting) in hits {
        sighting.through.extend(hit.through.iter().map(|step| (*step).to_owned()));
        let exposure =
            merged.entry((hit.fingerprint.clone(), hit.format)).or_insert_with(|| Exposure {
                id: exposure_id(src, &hit),
                src: src.clone(),
                as_of,
                format: hit.format.to_owned(),
                provider: hit.provider.map(str::to_owned),
                fingerprint: hit.fingerprint.clone(),
                redacted: hit.redacted.clone(),
                verdict: hit.verdict,
                confidence: hit.confidence,
                lowered: hit.lowered.map(str::to_owned),
                ..Exposure::default()
            });
        // The place that says most for the credential speaks for it.
        if hit.confidence > exposure.confidence || hit.lowered.is_none() {
            exposure.confidence = exposure.confidence.max(hit.confidence);
            exposure.lowered = hit.lowered.map(str::to_owned);
        }
        for (name, value) in hit.decoded {
            exposure.decoded.entry(name).or_insert(value);
        }
        exposure.places.push(sighting);
    }
    let mut exposures: Vec<Exposure> = merged.into_values().collect();
    for exposure in &mut exposures {
        exposure.places.sort_by(|a, b| {
            (&a.location, &a.commit, &a.through).cmp(&(&b.location, &b.commit, &b.through))
        });
        exposure.places.dedup();
    }
    exposures
}

fn exposure_id(src: &Src, hit: &Hit) -> String {
    let tenant = src.tenant.as_deref().unwrap_or_default();
    format!("exposure:{}:{tenant}:{}:{}", src.system, hit.format, hit.fingerprint)
}

#[cfg(test)]
mod tests {
    use super::{
        super::{FingerprintKey, Matcher},
        *,
    };
    use crate::evidence::Location;

    #[test]
    fn the_order_of_the_hits_changes_nothing() {
        let matcher = Matcher::built_in(&FingerprintKey::new(b"test"));
        let mut hits = Vec::new();
        for (path, host) in [("b.sh", "two.example.net"), ("a.sh", "one.example.net")] {
            let url = ["export URL=https://robot:", "zq7Lw9vTe4xB@", host, "/\n"].concat();
            matcher.scan(path, url.as_bytes(), &mut |hit| {
                hits.push((
                    hit,
                    Sighting { location: Location::file(path), ..Sighting::default() },
                ));
            });
        }
        assert_eq!(hits.len(), 2);
        let merged = |hits| exposures(&Src::new("test"), Timestamp::UNIX_EPOCH, hits);
        let forward = merged(hits.clone());
        hits.reverse();
        assert_eq!(forward, merged(hits));
        assert_eq!(forward[0].decoded["host"], "one.example.net");
    }
}
