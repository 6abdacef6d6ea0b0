//! The comparison operators of conditions, each on one wanted and one given value.

use super::pattern::glob;
use jiff::Timestamp;
use std::net::IpAddr;

/// A comparison. The negated ones compare like their positive twin; the caller negates.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Operator {
    /// `StringEquals`, and whether negated.
    StringEquals(bool),
    /// `StringEqualsIgnoreCase`, and whether negated.
    StringEqualsIgnoreCase(bool),
    /// `StringLike`, and whether negated.
    StringLike(bool),
    /// `ArnEquals` and `ArnLike`, which are the same, and whether negated.
    ArnLike(bool),
    /// `NumericEquals`, and whether negated.
    NumericEquals(bool),
    /// `NumericLessThan…` and `NumericGreaterThan…`.
    Numeric(Order),
    /// `DateEquals`, and whether negated.
    DateEquals(bool),
    /// `DateLessThan…` and `DateGreaterThan…`.
    Date(Order),
    /// `Bool`.
    Bool,
    /// `BinaryEquals`.
    BinaryEquals,
    /// `IpAddress`, and whether negated.
    IpAddress(bool),
    /// `Null`.
    Null,
}

/// How the given value must stand to the wanted one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Order {
    /// Less.
    Less,
    /// Less or equal.
    LessOrEqual,
    /// Greater.
    Greater,
    /// Greater or equal.
    GreaterOrEqual,
}

/// `ForAllValues`, `ForAnyValue`, or neither.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Quantifier {
    /// No prefix.
    Single,
    /// Every value of the request.
    All,
    /// Some value of the request.
    Any,
}

impl Order {
    fn holds(self, order: std::cmp::Ordering) -> bool {
        match self {
            Order::Less => order.is_lt(),
            Order::LessOrEqual => order.is_le(),
            Order::Greater => order.is_gt(),
            Order::GreaterOrEqual => order.is_ge(),
        }
    }
}

impl Operator {
    /// The operator of a lower-case name without prefix and suffix.
    pub fn named(name: &str) -> Option<Operator> {
        Some(match name {
            "stringequals" => Operator::StringEquals(false),
            "stringnotequals" => Operator::StringEquals(true),
            "stringequalsignorecase" => Operator::StringEqualsIgnoreCase(false),
            "stringnotequalsignorecase" => Operator::StringEqualsIgnoreCase(true),
            "stringlike" => Operator::StringLike(false),
            "stringnotlike" => Operator::StringLike(true),
            "arnequals" | "arnlike" => Operator::ArnLike(false),
            "arnnotequals" | "arnnotlike" => Operator::ArnLike(true),
            "numericequals" => Operator::NumericEquals(false),
            "numericnotequals" => Operator::NumericEquals(true),
            "numericlessthan" => Operator::Numeric(Order::Less),
            "numericlessthanequals" => Operator::Numeric(Order::LessOrEqual),
            "numericgreaterthan" => Operator::Numeric(Order::Greater),
            "numericgreaterthanequals" => Operator::Numeric(Order::GreaterOrEqual),
            "dateequals" => Operator::DateEquals(false),
            "datenotequals" => Operator::DateEquals(true),
            "datelessthan" => Operator::Date(Order::Less),
            "datelessthanequals" => Operator::Date(Order::LessOrEqual),
            "dategreaterthan" => Operator::Date(Order::Greater),
            "dategreaterthanequals" => Operator::Date(Order::GreaterOrEqual),
            "bool" => Operator::Bool,
            "binaryequals" => Operator::BinaryEquals,
            "ipaddress" => Operator::IpAddress(false),
            "notipaddress" => Operator::IpAddress(true),
            "null" => Operator::Null,
            _ => return None,
        })
    }

    /// True for the `…Not…` forms.
    pub fn is_negated(self) -> bool {
        match self {
            Operator::StringEquals(negated)
            | Operator::StringEqualsIgnoreCase(negated)
            | Operator::StringLike(negated)
            | Operator::ArnLike(negated)
            | Operator::NumericEquals(negated)
            | Operator::DateEquals(negated)
            | Operator::IpAddress(negated) => negated,
            _ => false,
        }
    }

    /// True when the wanted value may hold `*` and `?`.
    pub fn takes_wildcards(self) -> bool {
        matches!(self, Operator::StringLike(_) | Operator::ArnLike(_))
    }

    /// Compares, not yet negated. Values of the wrong type never match.
    pub fn matches(self, wanted: &str, given: &str) -> bool {
        match self {
            Operator::StringEquals(_) | Operator::BinaryEquals => wanted == given,
            Operator::StringEqualsIgnoreCase(_) => wanted.to_lowercase() == given.to_lowercase(),
            Operator::StringLike(_) => glob(wanted, given),
            Operator::ArnLike(_) => arn_like(wanted, given),
            Operator::NumericEquals(_) => {
                number(wanted).zip(number(given)).is_some_and(|(w, g)| w == g)
            }
            Operator::Numeric(order) => number(wanted)
                .zip(number(given))
                .and_then(|(w, g)| g.partial_cmp(&w))
                .is_some_and(|o| order.holds(o)),
            Operator::DateEquals(_) => date(wanted).zip(date(given)).is_some_and(|(w, g)| w == g),
            Operator::Date(order) => {
                date(wanted).zip(date(given)).is_some_and(|(w, g)| order.holds(g.cmp(&w)))
            }
            Operator::Bool => wanted.eq_ignore_ascii_case(given),
            Operator::IpAddress(_) => in_network(wanted, given),
            Operator::Null => false,
        }
    }
}

fn number(text: &str) -> Option<f64> {
    text.trim().parse().ok()
}

/// ISO 8601 or seconds since 1970.
fn date(text: &str) -> Option<Timestamp> {
    let text = text.trim();
    text.parse()
        .ok()
        .or_else(|| Timestamp::from_second(text.parse().ok()?).ok())
        .or_else(|| format!("{text}T00:00:00Z").parse().ok())
        .or_else(|| format!("{text}Z").parse().ok())
}

/// Compares the six parts of an ARN one by one, so that `*` does not reach across a colon of the
/// first five.
fn arn_like(wanted: &str, given: &str) -> bool {
    let (mut wanted_parts, mut given_parts) = (wanted.splitn(6, ':'), given.splitn(6, ':'));
    loop {
        match (wanted_parts.next(), given_parts.next()) {
            (Some(w), Some(g)) if glob(w, g) => {}
            (None, None) => return true,
            _ => return false,
        }
    }
}

fn in_network(network: &str, address: &str) -> bool {
    let (base, bits) = match network.split_once('/') {
        Some((base, bits)) => (base, bits.parse::<u32>().ok()),
        None => (network, Some(128)),
    };
    let (Ok(base), Ok(address), Some(bits)) =
        (base.trim().parse::<IpAddr>(), address.trim().parse::<IpAddr>(), bits)
    else {
        return false;
    };
    let shared = |a: u128, b: u128, width: u32| {
        let ignored = width.saturating_sub(bits);
        a.checked_shr(ignored).unwrap_or(0) == b.checked_shr(ignored).unwrap_or(0)
    };
    match (base, address) {
        (IpAddr::V4(a), IpAddr::V4(b)) => shared(u32::from(a).into(), u32::from(b).into(), 32),
        (IpAddr::V6(a), IpAddr::V6(b)) => shared(a.into(), b.into(), 128),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_operator_compares_as_documented() {
        for (name, wanted, given, expected) in [
            ("stringequals", "a", "A", false),
            ("stringequalsignorecase", "a", "A", true),
            ("stringlike", "a?*", "ab", true),
            ("stringequals", "a*", "ab", false),
            ("arnlike", "arn:aws:iam::*:role/x", "arn:aws:iam::1:role/x", true),
            ("arnlike", "arn:aws:*:role/x", "arn:aws:iam::1:role/x", false),
            ("numericlessthan", "10", "9.5", true),
            ("numericlessthan", "10", "ten", false),
            ("dategreaterthan", "2020-01-01T00:00:01Z", "2026-11-22T00:00:00Z", true),
            ("datelessthan", "2020-01-01T00:00:01Z", "2026-11-22T00:00:00Z", false),
            ("dateequals", "0", "1970-01-01T00:00:00Z", true),
            ("bool", "true", "True", true),
            ("ipaddress", "10.0.0.0/8", "10.255.0.1", true),
            ("ipaddress", "10.0.0.0/8", "11.0.0.1", false),
            ("ipaddress", "0.0.0.0/0", "11.0.0.1", true),
            ("ipaddress", "10.0.0.1", "10.0.0.1", true),
            ("ipaddress", "2001:db8::/32", "2001:db8::1", true),
            ("ipaddress", "2001:db8::/32", "10.0.0.1", false),
        ] {
            let operator = Operator::named(name).unwrap();
            assert_eq!(operator.matches(wanted, given), expected, "{name} {wanted} {given}");
        }
    }
}
