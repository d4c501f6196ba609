//! Reads blobs: whole where they are small, as a stream where they are large.

use std::io::{self, Cursor, Read};

use super::delta::Delta;
use git2::{ErrorCode, ObjectType, Odb, OdbObject, Oid};

use super::loose::Loose;

/// Content up to this size is held whole, so that its lines can be compared.
pub(super) const LARGE: u64 = 64 << 20;
/// Git stores a packed blob in one piece, and libgit2 unpacks it in one piece: beyond this it is not done.
const LARGEST_PACKED: u64 = 512 << 20;

/// The content of a blob.
pub(super) enum Blob<'o> {
    /// All of it.
    Whole(OdbObject<'o>),
    /// A stream, because it is large.
    Large(Box<dyn Read + 'o>),
}

/// Where blobs are read from.
pub(super) struct Store<'r> {
    odb: Odb<'r>,
    loose: &'r Loose,
}

impl<'r> Store<'r> {
    /// That of a repository.
    pub(super) fn of(git: &'r git2::Repository, loose: &'r Loose) -> Result<Self, git2::Error> {
        Ok(Self { odb: git.odb()?, loose })
    }
}

/// Opens a blob.
///
/// # Errors
/// Why not, in words for the coverage.
pub(super) fn open<'o>(store: &'o Store<'_>, id: Oid) -> Result<Blob<'o>, String> {
    let Store { odb, loose } = store;
    loose.whole(id).map_err(|e| absence(id, &e))?;
    let (size, kind) = odb.read_header(id).map_err(|e| absence(id, &e))?;
    if kind != ObjectType::Blob {
        return Err(format!("object {id} is listed as a file and is a {kind}; `git fsck` tells more"));
    }
    if size as u64 <= LARGE {
        return odb.read(id).map(Blob::Whole).map_err(|e| absence(id, &e));
    }
    match odb.reader(id) {
        Ok((reader, ..)) => Ok(Blob::Large(Box::new(reader))),
        Err(_) if size as u64 <= LARGEST_PACKED => {
            let object = odb.read(id).map_err(|e| absence(id, &e))?;
            Ok(Blob::Large(Box::new(Packed { object, read: 0 })))
        }
        Err(_) => Err(format!("{size} bytes in one packed object are more than can be read in bounded memory")),
    }
}

/// How large the content of a changed path is, if that can be told.
pub(super) fn size(git: &git2::Repository, delta: &Delta) -> u64 {
    let size = |id| git.odb().and_then(|odb| odb.read_header(id)).map_or(0, |(size, _)| size as u64);
    delta.new.or(delta.old).map_or(0, |entry| size(entry.id))
}

struct Packed<'o> {
    object: OdbObject<'o>,
    read: u64,
}

impl Read for Packed<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let mut cursor = Cursor::new(self.object.data());
        cursor.set_position(self.read);
        let got = cursor.read(buffer)?;
        self.read += got as u64;
        Ok(got)
    }
}

/// Why an object could not be read.
pub(super) fn absence(id: Oid, error: &git2::Error) -> String {
    if error.code() == ErrorCode::NotFound {
        return format!(
            "object {id} is not in this clone (a partial or damaged one), and nothing is fetched here; \
             `git fetch --refetch` or `git fsck` helps"
        );
    }
    format!("object {id}: {}; `git fsck` tells more", error.message())
}
