//! The comparison of permissions alone: one file of 1,000 lines of each of the formats that are met most.

#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used)]

use divan::{Bencher, black_box};
use ringfence::rule::RuleSet;
use ringfence::scan::scan;
use ringfence::text::Text;
use ringfence::unit::{Change, LineSet, Mode, RepoPath, Unit};

/// Lines of each file.
const LINES: usize = 1000;

fn main() {
    divan::main();
}

/// What is compared.
#[derive(Clone, Copy, Debug)]
enum File {
    Workflow,
    AwsPolicy,
    Terraform,
    ClusterRole,
    Compose,
    AgentSettings,
    Owners,
    Migration,
}

const FILES: [File; 8] = [
    File::Workflow,
    File::AwsPolicy,
    File::Terraform,
    File::ClusterRole,
    File::Compose,
    File::AgentSettings,
    File::Owners,
    File::Migration,
];

impl File {
    fn path(self) -> &'static str {
        match self {
            Self::Workflow => ".github/workflows/ci.yml",
            Self::AwsPolicy => "iam/policy.json",
            Self::Terraform => "infra/network.tf",
            Self::ClusterRole => "deploy/role.yaml",
            Self::Compose => "compose.yaml",
            Self::AgentSettings => ".claude/settings.json",
            Self::Owners => ".github/CODEOWNERS",
            Self::Migration => "db/migrations/1.sql",
        }
    }

    fn head(self) -> &'static str {
        match self {
            Self::Workflow => "on: push\njobs:\n",
            Self::AwsPolicy => "{\"Version\": \"2012-10-17\", \"Statement\": [\n",
            Self::ClusterRole => {
                "kind: ClusterRole\napiVersion: rbac.authorization.k8s.io/v1\nmetadata: {name: a}\nrules:\n"
            }
            Self::Compose => "services:\n",
            Self::AgentSettings => "{\"permissions\": {\"allow\": [\n",
            Self::Terraform | Self::Owners | Self::Migration => "",
        }
    }

    fn piece(self, i: usize) -> String {
        match self {
            Self::Workflow => format!(
                "  job{i}:\n    runs-on: ubuntu-latest\n    permissions:\n      contents: read\n    steps:\n      \
                 - uses: actions/checkout@v4\n      - run: make {i}\n"
            ),
            Self::AwsPolicy => format!(
                "{{\n  \"Effect\": \"Allow\",\n  \"Action\": [\"s3:GetObject\", \"s3:Put{i}\"],\n  \"Resource\": \
                 \"arn:aws:s3:::b{i}/*\"\n}},\n"
            ),
            Self::Terraform => format!(
                "resource \"aws_security_group\" \"g{i}\" {{\n  ingress {{\n    from_port   = {i}\n    to_port     = {i}\n    \
                 protocol    = \"tcp\"\n    cidr_blocks = [\"10.0.0.0/8\"]\n  }}\n}}\n"
            ),
            Self::ClusterRole => {
                format!("- apiGroups: [\"g{i}.example.com\"]\n  resources: [a, b]\n  verbs:\n  - get\n  - list\n")
            }
            Self::Compose => format!(
                "  s{i}:\n    image: a:{i}\n    ports:\n      - \"127.0.0.1:{i}:80\"\n    volumes: [\"./d{i}:/d\"]\n"
            ),
            Self::AgentSettings => format!("  \"Bash(npm run task{i}:*)\",\n"),
            Self::Owners => format!("/src/part{i}/ @acme/team{i}\n"),
            Self::Migration => format!("CREATE TABLE t{i} (\n  id int\n);\nGRANT SELECT ON t{i} TO reader;\n"),
        }
    }

    fn tail(self) -> &'static str {
        match self {
            Self::AwsPolicy => "{\"Effect\": \"Deny\", \"Action\": \"iam:*\", \"Resource\": \"*\"}]}\n",
            Self::AgentSettings => "  \"Read\"]}}\n",
            _ => "",
        }
    }

    /// A file of about 1,000 lines.
    fn text(self) -> String {
        let mut text = self.head().to_owned();
        for i in 0.. {
            if text.lines().count() >= LINES {
                break;
            }
            text += &self.piece(i);
        }
        text + self.tail()
    }
}

/// Both sides read, and all that they allow compared, where one line in the middle is new.
#[divan::bench(args = FILES)]
fn compared(bencher: Bencher<'_, '_>, file: File) {
    let rules = RuleSet::builtin().unwrap();
    let after = file.text();
    let before = after.replacen(&file.piece(20), "", 1);
    let line = after.find(&file.piece(20)).map_or(0, |at| after[..at].lines().count() + 1);
    bencher.bench_local(|| {
        let change = Change::Modified {
            before: Text::new(black_box(before.as_bytes())),
            after: Text::new(black_box(after.as_bytes())),
            added: LineSet::from_ranges(std::iter::once(line..line + 1)),
            removed: LineSet::default(),
        };
        let mode = Some(Mode::File);
        scan(&rules, &Unit { path: RepoPath::new(file.path()), old_path: None, mode, old_mode: mode, change })
    });
}
