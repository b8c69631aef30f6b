//! A verdict as lines for people.

use crate::contract::verdict::{Decision, Finding, Severity, Verdict};
use std::fmt::Write;

/// The whole verdict: the decision, then every finding with its hint.
pub fn of_verdict(verdict: &Verdict) -> Vec<String> {
    let count = |severity| verdict.findings.iter().filter(|f| f.severity == severity).count();
    let decision = match verdict.decision {
        Decision::Accept => "accepted",
        Decision::Reject => "rejected",
    };
    let mut head = format!("{decision} for {}", verdict.profile);
    let mut separator = ": ";
    for (severity, one, many) in [
        (Severity::Error, "error", "errors"),
        (Severity::Warning, "warning", "warnings"),
        (Severity::Info, "note", "notes"),
    ] {
        let number = count(severity);
        if number > 0 {
            let word = if number == 1 { one } else { many };
            let _ = write!(head, "{separator}{number} {word}");
            separator = ", ";
        }
    }
    let findings = verdict.findings.iter().flat_map(of_finding);
    std::iter::once(head).chain(findings).collect()
}

/// The findings that somebody should act on: errors and warnings, each with its hint.
pub fn of_grave(verdict: &Verdict) -> Vec<String> {
    verdict.findings.iter().filter(|f| f.severity > Severity::Info).flat_map(of_finding).collect()
}

/// Two lines: what is wrong, and what to do.
pub fn of_finding(finding: &Finding) -> [String; 2] {
    let severity = match finding.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Info => "info",
    };
    let mut line = format!(
        "{severity}[{}]: {} (measured {}, limit {})",
        finding.rule, finding.message, finding.measured, finding.limit
    );
    if let Some([from, to]) = finding.range_ms {
        let _ = write!(line, " at {}..{}", seconds(from), seconds(to));
    }
    if let Some(area) = finding.area {
        let _ = write!(line, " in {}x{}+{}+{}", area.width, area.height, area.x, area.y);
    }
    [line, format!("  hint: {}", finding.hint)]
}

/// Milliseconds as seconds: `1.5s`.
fn seconds(ms: u64) -> String {
    let text = format!("{}.{:03}", ms / 1000, ms % 1000);
    format!("{}s", text.trim_end_matches('0').trim_end_matches('.'))
}
