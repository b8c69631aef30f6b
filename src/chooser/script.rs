//! A recorded trajectory, played again: what was decided in which turn.

use super::Chooser;
use crate::contract;
use crate::contract::decision::{Answer, Decision, Request, Trajectory, Usage};
use crate::diagnostic::Diagnostic;

pub struct Script {
    turns: Vec<Decision>,
}

impl Script {
    pub fn read(bytes: &[u8]) -> Result<Self, Diagnostic> {
        let trajectory: Trajectory = contract::read(bytes).map_err(|e| {
            Diagnostic::error("contract-break", e.to_string())
                .hint("a trajectory is `{\"schemaVersion\": 1, \"turns\": [DECISION, …]}`")
        })?;
        Ok(Self { turns: trajectory.turns })
    }
}

impl Chooser for Script {
    fn choose(&self, request: &Request) -> Result<Answer, Diagnostic> {
        let decision = self.turns.get(request.turn as usize - 1).ok_or_else(|| {
            let message =
                format!("the script has {} turns, and this is one more", self.turns.len());
            Diagnostic::error("script-ended", message)
        })?;
        decision.answers(request).map_err(|why| {
            let message = format!("turn {} of the script: {why}", request.turn);
            Diagnostic::error("chooser-malformed", message)
        })?;
        Ok(Answer {
            chooser: "script".to_owned(),
            model: None,
            decision: decision.clone(),
            usage: Usage::default(),
            response: None,
        })
    }
}
