//! Whether what is shown and played may be shown and played.

use crate::contract::rights::{Credit, day};
use crate::critic::policy::{Strictness, Threshold};
use crate::critic::rule::{Breach, Case, Judged, Rule};
use crate::critic::unit::Unit;

/// What a Memefile says to have renders rejected that use an asset without a licence.
pub const DENY_UNKNOWN: &str = "deny-unknown";

static RELEASE_DAY: Threshold = Threshold {
    key: "release-day",
    unit: Unit::Day,
    default: None,
    min: 0,
    max: 100_000,
    what: "The day until which the films are to be shown. No clock is read: a verdict must come out \
           the same whenever it is given.",
};

pub static RIGHTS: Rule = Rule {
    id: "rights",
    what: "Of every asset in the film the licence is known. `\"deny-unknown\"` is another word for \
           `\"error\"`.",
    why: "What nobody has shown to be free to use cannot be released.",
    source: "The licence of each asset, as its source or its Memefile tells it.",
    strictness: Strictness::Off,
    needs_input: true,
    thresholds: &[],
    check: |case| {
        each_credit(case, |credit| {
            credit.provenance.licence.is_none().then(|| {
                Breach::new(
                    format!("the licence of {} is not known", name(credit)),
                    "none",
                    "an SPDX expression or a `LicenseRef-*`",
                    "say `licence` in its source, or use another asset",
                )
            })
        })
    },
};

pub static EXPIRY: Rule = Rule {
    id: "rights-expiry",
    what: "No asset's licence ends before the day of `release-day`.",
    why: "A film that may be shown today and not next month is to be taken down in time, or not made.",
    source: "The expiry of each asset, as its source or its Memefile tells it.",
    strictness: Strictness::Error,
    needs_input: true,
    thresholds: &[&RELEASE_DAY],
    check: |case| {
        let Some(release) = case.policy.find(&RELEASE_DAY) else { return Judged::NotApplicable };
        each_credit(case, |credit| {
            let last = credit.provenance.expires.as_deref()?;
            (day(last)? < release).then(|| {
                Breach::new(
                    format!("the licence of {} ends too early", name(credit)),
                    last,
                    format!("not before {}", Unit::Day.show(release)),
                    "use another asset, or renew the licence and say so in its source",
                )
            })
        })
    },
};

/// Judges every asset by itself; not applicable where there is none.
fn each_credit(case: &Case<'_>, check: impl Fn(&Credit) -> Option<Breach>) -> Judged {
    if case.credits.is_empty() {
        return Judged::NotApplicable;
    }
    Judged::Checked(case.credits.iter().filter_map(check).collect())
}

fn name(credit: &Credit) -> String {
    format!("{}/{}", credit.kind, credit.id)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::asset::{AssetId, AssetKind};
    use crate::contract::rights::{Licence, Provenance};
    use crate::critic::sample::{Subject, breaks, passes, skips};

    fn credited(licence: Option<&str>, expires: Option<&str>) -> impl Fn(&mut Subject) {
        let provenance = Provenance {
            licence: licence.map(|text| Licence::try_from(text.to_owned()).unwrap()),
            expires: expires.map(str::to_owned),
            ..Provenance::default()
        };
        move |subject| {
            let id = AssetId::try_from("beat".to_owned()).unwrap();
            let credit = Credit { kind: AssetKind::Music, id, provenance: provenance.clone() };
            subject.facts.credits = vec![credit];
        }
    }

    #[test]
    fn an_asset_without_a_licence_is_found() {
        passes(&RIGHTS, credited(Some("CC0-1.0"), None));
        let breaches = breaks(&RIGHTS, credited(None, None));
        assert_eq!(breaches[0].message, "the licence of music/beat is not known");
        skips(&RIGHTS, |subject| subject.facts.credits.clear());
        let mut policy = crate::critic::Policy::default();
        policy.set("rights", DENY_UNKNOWN).expect("a word of this rule");
        assert_eq!(policy.severity_of(&RIGHTS), Some(crate::contract::verdict::Severity::Error));
        assert!(policy.set("frozen", DENY_UNKNOWN).is_err());
    }

    #[test]
    fn a_licence_that_ends_before_the_release_is_found() {
        let until = |release: &'static str, expires| {
            let credited = credited(Some("CC0-1.0"), expires);
            move |subject: &mut Subject| {
                credited(subject);
                subject.policy.set("release-day", release).expect("a day");
            }
        };
        passes(&EXPIRY, until("2027-01-31", Some("2027-01-31")));
        passes(&EXPIRY, until("2027-01-31", None));
        let breaches = breaks(&EXPIRY, until("2027-02-01", Some("2027-01-31")));
        assert_eq!(breaches[0].message, "the licence of music/beat ends too early");
        skips(&EXPIRY, credited(Some("CC0-1.0"), Some("2001-01-01")));
    }
}
