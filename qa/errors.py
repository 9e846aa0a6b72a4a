"""The errors a caller can meet, as one tree; its root and first branch live in ``embeddings``.

YinjuError
├── EmbeddingError            see ``embeddings.errors``
├── LibraryError
│   ├── LibraryNotFoundError  there is none in that folder, and none is to be made
│   ├── LibraryBusyError      another process is writing to the library
│   ├── LibraryStaleError     stored vectors are from another model: rebuild
│   ├── LibraryVersionError   the library was written by a newer version
│   ├── LibraryDamagedError   the database cannot be read
│   │   └── ArticleDamagedError  one article in it is not what was stored
│   ├── LibraryWriteError     the disk is full, or the folder may not be written
│   ├── LibraryConnectionError  a server that holds a part of the library cannot be used
│   ├── BackendError          the place of index or store is not one that can be used
│   ├── BackupError           a backup cannot be read, or is not whole
│   ├── FolderNotFoundError   the folder to sync is not there
│   ├── SyncNotFoundError     there is no sync to help with
│   ├── SyncUnconfirmedError  a sync that would empty the library waits for a yes
│   ├── NothingToUndoError    no sync whose state before is kept
│   ├── WatchlistFullError    there are as many saved questions as can be kept
│   ├── SavedQuestionNotFoundError  no saved question with that id
│   └── ArticleNotFoundError  no article with that path or id, or within those filters
├── ArticleUnreadableError    one file cannot be read; a sync reports it and goes on
├── UploadError               a file that cannot be taken into the folder, or out of it
├── FeedbackError             feedback that cannot be stored, read or exported
├── ExportError               a conversation cannot be written in the format asked for
├── LlmError                  the optional language model cannot be used
├── QuestionError             a question or query that cannot be used
├── QuestionSetError          a file of evaluation questions that cannot be used
├── SheetError                a sheet of questions or of answers that cannot be used
└── SystemRefusalError        what the system said, as the reason of one of the others
"""

from __future__ import annotations

import errno

from embeddings.errors import EmbeddingError, IndexDamagedError, ModelError, YinjuError


class LibraryError(YinjuError):
    """Base of the errors about a library as a whole."""


class LibraryNotFoundError(LibraryError):
    """There is no library in the folder that was named."""


class LibraryBusyError(LibraryError):
    """Another process is writing to the library."""


class LibraryStaleError(LibraryError):
    """The stored vectors are from another model."""


class LibraryVersionError(LibraryError):
    """The library was written by a newer version of this program."""


class LibraryDamagedError(LibraryError):
    """The library's database cannot be read."""


class ArticleDamagedError(LibraryDamagedError):
    """A stored article, or what belongs to it, is not what was stored."""


class LibraryWriteError(LibraryError):
    """The library cannot be written: a full disk, or missing permissions."""


class LibraryConnectionError(LibraryError):
    """A server that holds a part of the library does not answer, or refuses."""


class BackendError(LibraryError):
    """The setting of an index or a store names none, or one whose packages are missing."""


class BackupError(LibraryError):
    """A backup cannot be written, read, or is not whole."""


class FolderNotFoundError(LibraryError):
    """The folder to sync is not there."""


class SyncNotFoundError(LibraryError):
    """Nobody runs a sync that this process could help with."""


class SyncUnconfirmedError(LibraryError):
    """A sync would remove most of a library's articles, and nobody said that it should."""


class NothingToUndoError(LibraryError):
    """There is no sync, or what it changed is not kept any more."""


class WatchlistFullError(LibraryError):
    """There are as many saved questions as can be kept."""


class SavedQuestionNotFoundError(LibraryError):
    """There is no saved question with that id."""


class ArticleNotFoundError(LibraryError):
    """No article with that path or id, or within those filters."""


class ArticleUnreadableError(YinjuError):
    """One file cannot be read as an article."""


class UploadError(YinjuError):
    """A file that cannot be taken into the folder, or out of it."""


class FeedbackError(YinjuError):
    """Feedback that cannot be stored, read or exported."""


class ExportError(YinjuError):
    """A conversation cannot be written in the format asked for."""


class LlmError(YinjuError):
    """The optional language model cannot be used: its address, its reply, or its slowness."""


class QuestionError(YinjuError):
    """A question or query that cannot be used."""


class QuestionSetError(YinjuError):
    """A file of evaluation questions that cannot be used."""


class SheetError(YinjuError):
    """A sheet of questions that cannot be read, or one of answers that cannot be written."""


class SystemRefusalError(YinjuError):
    """What the system said when it refused; it stands as a value in the error that is raised."""


# The codes of refusals that a reader can do something about; all others are "system_refused".
REFUSALS = {
    errno.ENOSPC: "no_space",
    errno.EDQUOT: "no_space",
    errno.EACCES: "not_permitted",
    errno.EPERM: "not_permitted",
    errno.EROFS: "disk_read_only",
    errno.ENOENT: "not_there",
    errno.ENOTDIR: "not_there",
    errno.EEXIST: "already_there",
    errno.EISDIR: "is_a_folder",
    errno.ENAMETOOLONG: "name_too_long",
    errno.ELOOP: "link_to_itself",
    errno.EIO: "disk_failed",
    errno.EMFILE: "too_many_open_files",
    errno.ENFILE: "too_many_open_files",
    errno.EADDRINUSE: "address_in_use",
}


def refusal(error: OSError) -> SystemRefusalError:
    """Return why the system refused, so that it can be told in every language.

    The English is the system's own.
    """
    code = REFUSALS.get(error.errno or 0, "system_refused")
    said = error.strerror or error
    name = errno.errorcode.get(error.errno or 0, type(error).__name__)
    return SystemRefusalError(code, "{said}", said=said, name=name)


__all__ = [
    "ArticleDamagedError",
    "ArticleNotFoundError",
    "ArticleUnreadableError",
    "BackendError",
    "BackupError",
    "EmbeddingError",
    "ExportError",
    "FeedbackError",
    "FolderNotFoundError",
    "IndexDamagedError",
    "LibraryBusyError",
    "LibraryConnectionError",
    "LibraryDamagedError",
    "LibraryError",
    "LibraryNotFoundError",
    "LibraryStaleError",
    "LibraryVersionError",
    "LibraryWriteError",
    "LlmError",
    "ModelError",
    "NothingToUndoError",
    "QuestionError",
    "QuestionSetError",
    "SavedQuestionNotFoundError",
    "SheetError",
    "SyncNotFoundError",
    "SyncUnconfirmedError",
    "SystemRefusalError",
    "UploadError",
    "WatchlistFullError",
    "YinjuError",
    "refusal",
]
