//! Coding agents: what they may run, read and reach without being asked.

mod claude;
mod endpoint;
mod hidden;
mod mcp;
mod others;
mod table;
mod tool;

use super::Surface;

/// Every surface of the group.
pub(super) static SURFACES: &[&Surface] = &[
    &claude::SETTINGS,
    &claude::FRONT_MATTER,
    &mcp::SERVERS,
    &others::CODEX,
    &others::GEMINI,
    &others::CURSOR,
    &others::VSCODE,
    &others::OPENCODE,
    &endpoint::ENDPOINT,
    &hidden::IGNORE,
];
