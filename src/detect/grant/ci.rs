//! Continuous integration: what runs on a change, with what token and which secrets.

mod assistant;
mod azure;
mod azure_job;
mod checkout;
mod circle;
mod dependabot;
mod gitlab;
mod gitlab_job;
mod guard;
mod jenkins;
mod pin;
mod pipeline;
mod protection;
mod renovate;
mod renovate_rule;
mod ruleset;
mod runner;
mod secret;
mod token;
mod trigger;
mod workflow;

use super::Surface;

/// Every surface of the group.
pub(super) static SURFACES: &[&Surface] = &[
    &token::TOKEN,
    &trigger::TRIGGER,
    &secret::SECRET,
    &pin::PIN,
    &pin::OWNER,
    &runner::RUNNER,
    &checkout::CHECKOUT,
    &assistant::ASSISTANT,
    &guard::GUARD,
    &gitlab::GITLAB,
    &gitlab::GITLAB_ENVIRONMENT,
    &circle::CIRCLE,
    &azure::AZURE,
    &azure::AZURE_ENVIRONMENT,
    &jenkins::JENKINS,
    &protection::SETTINGS,
    &ruleset::RULESET,
    &dependabot::DEPENDABOT,
    &renovate::RENOVATE,
];
