//! What a licence lets one do, as far as its SPDX name tells.
//!
//! Only names whose terms are known here say yes; of `LicenseRef-*` and of any other nothing is
//! assumed. This is for finding candidates, and no legal advice.

/// Something that a licence allows, or does not ask for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Use {
    /// To earn money with it.
    Commercial,
    /// To change it, which any composite does.
    Modify,
    /// Without naming anyone.
    Uncredited,
    /// Without giving the result away under the same terms.
    Closed,
}

impl Use {
    pub const ALL: [Self; 4] = [Self::Commercial, Self::Modify, Self::Uncredited, Self::Closed];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Commercial => "commercial",
            Self::Modify => "modify",
            Self::Uncredited => "uncredited",
            Self::Closed => "closed",
        }
    }

    /// Whether an SPDX expression allows this: of alternatives one has to, of what is joined all.
    /// An expression with parentheses is not read, and allows nothing.
    pub fn allowed_by(self, expression: &str) -> bool {
        if expression.contains(['(', ')']) {
            return false;
        }
        let all = |terms: &str| terms.split(" AND ").all(|name| self.allowed_by_one(name.trim()));
        expression.split(" OR ").any(all)
    }

    fn allowed_by_one(self, licence: &str) -> bool {
        let name = licence.to_ascii_lowercase();
        if matches!(name.as_str(), "cc0-1.0" | "unlicense" | "cc-pddc" | "0bsd" | "pddl-1.0") {
            return true;
        }
        if let Some(terms) = name.strip_prefix("cc-by") {
            let has = |part: &str| terms.split('-').any(|term| term == part);
            return match self {
                Self::Commercial => !has("nc"),
                Self::Modify => !has("nd"),
                Self::Uncredited => false,
                Self::Closed => !has("sa"),
            };
        }
        let stem =
            name.trim_end_matches("-only").trim_end_matches("-or-later").trim_end_matches('+');
        let permissive =
            ["mit", "apache-2.0", "bsd-2-clause", "bsd-3-clause", "isc", "zlib", "ofl-1.1"];
        let copyleft = ["gpl-", "lgpl-", "agpl-", "fal-", "gfdl-"];
        match self {
            Self::Commercial | Self::Modify => {
                permissive.contains(&stem) || copyleft.iter().any(|family| stem.starts_with(family))
            }
            Self::Closed => permissive.contains(&stem),
            Self::Uncredited => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Use::{self, *};

    #[test]
    fn licences_allow_what_their_names_say() {
        let table: [(&str, &[Use]); 8] = [
            ("CC0-1.0", &[Commercial, Modify, Uncredited, Closed]),
            ("CC-BY-4.0", &[Commercial, Modify, Closed]),
            ("CC-BY-NC-SA-4.0", &[Modify]),
            ("CC-BY-ND-3.0", &[Commercial, Closed]),
            ("GPL-3.0-or-later", &[Commercial, Modify]),
            ("CC-BY-NC-4.0 OR MIT", &[Commercial, Modify, Closed]),
            ("CC-BY-NC-4.0 AND MIT", &[Modify, Closed]),
            ("LicenseRef-patreon", &[]),
        ];
        for (licence, allowed) in table {
            let found: Vec<Use> =
                Use::ALL.into_iter().filter(|usage| usage.allowed_by(licence)).collect();
            assert_eq!(found, allowed, "{licence}");
        }
    }
}
