#!/usr/bin/env bash
# Repeats the figures of benches/README.md: lays out the corpora once, builds, and times ringfence beside its yardsticks.
#
# Usage: benches/run.sh [DIR [PROGRAM]]
#   DIR      where the corpora lie, or are laid out (default: .bench at the top of this repository; about 4 GB)
#   PROGRAM  the ringfence to time (default: a release build of this tree)
# ROUNDS=N in the environment sets how many rounds count.
#
# Ends with 0 if every limit holds.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
package=linux-source-6.1
# A literal that stands nowhere in the corpus: put together here, so that it stands nowhere in this repository either.
absent="qz_""ringfence""_vx"

die() {
  printf 'run.sh: %s\n' "$*" >&2
  exit 2
}

need() {
  local tool
  for tool in "$@"; do
    command -v "$tool" >/dev/null || die "\`$tool\` is missing; install it and try again"
  done
}

# The kernel's sources as plain files, from Debian's package. Nothing is installed, so no rights are needed.
lay_out_tree() {
  local to=$1/linux part=$1/linux.part
  [[ -d $to ]] && return
  need apt-get dpkg-deb tar xz
  echo "laying out $to ..."
  rm -rf "$part" && mkdir -p "$part/deb" "$part/tree"
  (cd "$part/deb" && apt-get -q download "$package") ||
    die "cannot download $package; run apt-get update on a Debian 12 machine, or lay out the tree at $to by hand"
  dpkg-deb --extract "$part"/deb/*.deb "$part/deb"
  find "$part/deb" -name "$package.tar.xz" -exec tar --extract --file {} --directory "$part/tree" --strip-components=1 \;
  [[ -f $part/tree/MAINTAINERS ]] || die "$package does not hold the tree where it used to"
  # Debian ignores everything at the top level, which would hide the whole tree from whoever respects .gitignore.
  sed --in-place '\#^/\*$#d' "$part/tree/.gitignore"
  mv "$part/tree" "$to"
  rm -rf "$part"
}

# The same files as a repository with one commit, and one more line in the index.
lay_out_repository() {
  local to=$1/linux-git part=$1/linux-git.part
  [[ -d $to ]] && return
  echo "laying out $to ..."
  rm -rf "$part" && cp -r "$1/linux" "$part"
  local git=(git -C "$part" -c gc.auto=0 -c core.hooksPath=/dev/null -c commit.gpgSign=false)
  "${git[@]}" init --quiet
  "${git[@]}" add --all
  "${git[@]}" -c user.name=bench -c user.email=bench@example.invalid commit --quiet --message 'The tree'
  printf '/* one more line */\n' >>"$part/init/main.c"
  "${git[@]}" add init/main.c
  mv "$part" "$to"
}

compare() {
  printf '\n%s\n' "$1"
  shift
  python3 "$here/compare.py" --rounds "${ROUNDS:-9}" "$@" || missed=1
}

need git python3 rg
dir=$(mkdir -p "${1:-$here/../.bench}" && cd "${1:-$here/../.bench}" && pwd)
program=${2:-}
if [[ -z $program ]]; then
  cargo build --release --locked --quiet --manifest-path "$here/../Cargo.toml"
  program=${CARGO_TARGET_DIR:-$here/../target}/release/ringfence
fi
program=$(realpath "$program")
[[ -x $program ]] || die "there is no program at $program"

lay_out_tree "$dir"
lay_out_repository "$dir"

missed=0
quoted=$(printf '%q' "$program")
cd "$dir/linux"
compare 'tree scan: every file, all rules' \
  --limit ringfence:ratio=3.0 --limit ringfence:rss=200 \
  "rg: rg -uu -F -c $absent ." \
  "ringfence: $quoted scan --no-ignore ." \
  "ringfence, .gitignore respected: $quoted scan ."
cd "$dir/linux-git"
compare 'staged scan: one changed line' \
  --limit ringfence:ratio=3.5 \
  "git: git diff --cached" \
  "ringfence: $quoted diff --staged"
compare 'start-up: all rules, nothing to scan' \
  --limit ringfence:wall=0.015 \
  "true: true" \
  "ringfence: $quoted rules list"
exit "$missed"
