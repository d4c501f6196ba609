//! stub
use super::*;
use crate::unit::RepoPath;
use std::path::Path;
/// x
#[derive(Clone, Copy, Debug)]
pub enum Environment {
    /// x
    Honoured,
    /// x
    Ignored,
}
/// x
#[derive(Debug)]
pub struct Repository;
impl Repository {
    /// x
    pub fn discover(_: &Path, _: Environment) -> Result<Option<Repository>, SourceError> {
        Ok(None)
    }
    /// x
    pub fn top(&self) -> Option<&Path> {
        None
    }
    /// x
    pub fn tracked(&self) -> Result<Vec<RepoPath>, SourceError> {
        Ok(vec![])
    }
}
/// x
#[derive(Clone, Debug)]
pub struct Range;
impl std::str::FromStr for Range {
    type Err = SourceError;
    fn from_str(_: &str) -> Result<Self, SourceError> {
        Ok(Range)
    }
}
/// x
pub fn staged(_: &Repository, _: &Ledger, _: Visit<'_>) -> Result<Compared, SourceError> {
    Ok(Compared::default())
}
/// x
pub fn worktree(_: &Repository, _: &Ledger, _: Visit<'_>) -> Result<Compared, SourceError> {
    Ok(Compared::default())
}
/// x
pub fn range(_: &Repository, _: &Range, _: &Ledger, _: Visit<'_>) -> Result<Compared, SourceError> {
    Ok(Compared::default())
}
