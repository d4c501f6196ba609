//! What forge tools print about reviews, in the forms they have.
//!
//! GitHub: the list of reviews of a pull request (REST), the pull request itself, `gh pr view --json
//! author,reviews`, and the answer of GraphQL. GitLab: approvals and versions of a merge request, and the request
//! itself. Sources: "Pull request reviews" in GitHub's REST documentation, "PullRequestReview" in its GraphQL
//! reference, "Merge request approvals API" and "Get merge request diff versions" in GitLab's.

use jiff::Timestamp;
use serde::Deserialize;

use super::Given;

/// What one person said.
#[derive(Clone, Debug)]
pub(super) struct Said {
    pub(super) who: String,
    pub(super) approves: bool,
    pub(super) given: Given,
    /// The commit that it was said of, if the file tells.
    pub(super) commit: Option<String>,
    pub(super) teams: Vec<String>,
    pub(super) when: Option<Timestamp>,
}

/// All that was read, before it is known which commit would be merged.
#[derive(Debug, Default)]
pub(super) struct Heard {
    reviews: Vec<Review>,
    approvals: Vec<Approval>,
    versions: Vec<Version>,
    pub(super) authors: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Document {
    Many(Vec<Self>),
    Answer { data: Data },
    Approvals(Approvals),
    Version(Version),
    Request(Request),
    // These have a `state`, too, so they come before a review.
    Pull(Pull),
    Opened(Opened),
    Review(Review),
}

#[derive(Debug, Deserialize)]
struct Data {
    repository: Inside,
}

#[derive(Debug, Deserialize)]
struct Inside {
    #[serde(rename = "pullRequest")]
    pull: Pull,
}

/// A pull request with its reviews.
#[derive(Debug, Deserialize)]
struct Pull {
    reviews: Nodes<Review>,
    author: Option<Account>,
}

/// A pull request as REST has it.
#[derive(Debug, Deserialize)]
struct Opened {
    user: Option<Account>,
    #[serde(rename = "head")]
    _head: Sha,
}

#[derive(Debug, Deserialize)]
struct Sha {
    #[serde(rename = "sha")]
    _sha: String,
}

/// A list, as REST or as GraphQL writes it.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Nodes<T> {
    Plain(Vec<T>),
    Nested { nodes: Vec<T> },
}

impl<T> Nodes<T> {
    fn list(self) -> Vec<T> {
        match self {
            Self::Plain(list) | Self::Nested { nodes: list } => list,
        }
    }
}

#[derive(Debug, Deserialize)]
struct Account {
    login: String,
    #[serde(rename = "type", alias = "__typename")]
    kind: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Review {
    state: State,
    /// `null` for an account that is gone.
    #[serde(alias = "author")]
    user: Option<Account>,
    #[serde(alias = "commit_id")]
    commit: Option<Commit>,
    #[serde(alias = "submittedAt")]
    submitted_at: Option<Timestamp>,
    #[serde(rename = "onBehalfOf")]
    on_behalf_of: Option<Nodes<Team>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
enum State {
    Approved,
    ChangesRequested,
    Dismissed,
    /// Says nothing about approval.
    #[serde(other)]
    Other,
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Commit {
    Id(String),
    Object { oid: String },
}

#[derive(Debug, Deserialize)]
struct Team {
    #[serde(rename = "combinedSlug")]
    slug: String,
}

#[derive(Debug, Deserialize)]
struct Approvals {
    approved_by: Vec<Approval>,
}

#[derive(Debug, Deserialize)]
struct Approval {
    user: User,
    approved_at: Option<Timestamp>,
}

#[derive(Debug, Deserialize)]
struct User {
    username: String,
}

/// One push to a merge request.
#[derive(Debug, Deserialize)]
struct Version {
    head_commit_sha: String,
    created_at: Timestamp,
}

/// A merge request.
#[derive(Debug, Deserialize)]
struct Request {
    #[serde(rename = "iid")]
    _number: u64,
    author: User,
}

impl Heard {
    /// Reads one file: one document, or several behind each other, as tools that page through a list print them.
    ///
    /// # Errors
    /// In words: it is no JSON, or has a form that nobody knows.
    pub(super) fn read(&mut self, content: &[u8]) -> Result<(), String> {
        let mut documents = serde_json::Deserializer::from_slice(content).into_iter::<Document>().peekable();
        if documents.peek().is_none() {
            return Err("it is empty".into());
        }
        for document in documents {
            match document {
                Ok(document) => self.take(document),
                Err(error) if error.is_data() => return Err(UNKNOWN.into()),
                Err(error) => return Err(format!("it is no JSON: {error}")),
            }
        }
        Ok(())
    }

    fn take(&mut self, document: Document) {
        match document {
            Document::Many(all) => all.into_iter().for_each(|one| self.take(one)),
            Document::Answer { data: Data { repository: Inside { pull } } } | Document::Pull(pull) => {
                self.authors.extend(pull.author.map(|author| author.login));
                self.reviews.extend(pull.reviews.list());
            }
            Document::Approvals(approvals) => self.approvals.extend(approvals.approved_by),
            Document::Version(version) => self.versions.push(version),
            Document::Request(request) => self.authors.push(request.author.username),
            Document::Review(review) => self.reviews.push(review),
            Document::Opened(opened) => self.authors.extend(opened.user.map(|author| author.login)),
        }
    }

    /// What everybody said of approval, now that the commit is known that would be merged.
    pub(super) fn settled(self, head: &str) -> Vec<Said> {
        let pushed = self.versions.iter().find(|version| version.head_commit_sha == head).map(|v| v.created_at);
        let is_behind = |version: &Version| pushed.is_some_and(|pushed| version.created_at > pushed);
        // Where something was pushed behind the head, the approvals are of that.
        let pushed = pushed.filter(|_| !self.versions.iter().any(is_behind));
        let approvals = self.approvals.into_iter().map(|approval| Said {
            who: approval.user.username,
            approves: true,
            given: match (approval.approved_at, pushed) {
                (Some(approved), Some(pushed)) if approved >= pushed => Given::ForHead,
                (Some(_), Some(_)) => Given::ForOlder,
                _ => Given::Unsaid,
            },
            commit: None,
            teams: Vec::new(),
            when: approval.approved_at,
        });
        let reviews = self.reviews.into_iter().filter_map(|review| review.said(head));
        reviews.chain(approvals).collect()
    }
}

/// For a file of no known form.
const UNKNOWN: &str = "its form is not known; give what `gh api repos/OWNER/NAME/pulls/N/reviews` or `gh pr view N --json \
                       author,reviews` prints, or of GitLab the approvals and the versions of the merge request";

impl Review {
    fn said(self, head: &str) -> Option<Said> {
        if self.state == State::Other {
            return None;
        }
        // A person must look at it.
        let user = self.user.filter(|user| user.kind.as_deref() != Some("Bot") && !user.login.ends_with("[bot]"))?;
        let commit = self.commit.map(|(Commit::Id(id) | Commit::Object { oid: id })| id);
        let given = match &commit {
            Some(id) if id == head => Given::ForHead,
            Some(_) => Given::ForOlder,
            None => Given::Unsaid,
        };
        let is_id = |id: &String| id.len() >= 40 && id.len() <= 64 && id.bytes().all(|b| b.is_ascii_hexdigit());
        Some(Said {
            who: user.login,
            approves: self.state == State::Approved,
            given,
            commit: commit.filter(is_id),
            teams: self.on_behalf_of.map(Nodes::list).unwrap_or_default().into_iter().map(|team| team.slug).collect(),
            when: self.submitted_at,
        })
    }
}
