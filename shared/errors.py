"""Every error that Shelfcast raises on purpose.

ShelfcastError
├── ProfileError            the client profile is wrong: file, key and remedy are named
├── Reidentifiable          an obfuscated sample gives away whom it stands for; it is not written
├── UnreadableFile          a raw file cannot be read as its source says; the whole file goes to quarantine
├── LakeError
│   ├── BlobMissing         no such blob
│   ├── WriteConflict       somebody else replaced the blob first
│   └── HistoryIncomplete   weeks without any shipment, where the profile asks for all of them
├── SettingsError           settings of the app are missing or contradict each other; all of them are named
├── MoveRefused             a model version cannot become what is asked; where it stands and the remedy are named
├── RequestRefused          what a caller asks for cannot be done; field and remedy are named
├── JobError
│   ├── JobRefused          the service does not take the job as it is
│   └── JobsUnavailable     the service does not answer, or is busy: trying again may help
├── LedgerError             the run ledger does not take a record
│   └── LedgerUnavailable   the ledger does not answer, or is busy: trying again may help
└── TrainingError
    ├── NotEnoughHistory    too few weeks or rows to fit or to judge a model
    ├── BundleRefused       a model bundle is damaged or was made for other features
    └── RowsLost            rows in differ from rows out plus rows quarantined

A row that breaks a rule is no error: it goes to quarantine with its reason.
"""

from collections.abc import Sequence


class ShelfcastError(Exception):
    """Base of all of them."""


class ProfileError(ShelfcastError):
    """The client profile is wrong.

    Parameters
    ----------
    file : str
        The profile's file name.
    key : str
        Dotted path of the key, such as ``sources.shipments.columns.week_start``.
    problem, remedy : str
        What is wrong, and what to do about it.
    """

    def __init__(self, file: str, key: str, problem: str, remedy: str) -> None:
        super().__init__(f"{file}: {key}: {problem}. {remedy}")
        self.file, self.key, self.problem, self.remedy = file, key, problem, remedy


class Reidentifiable(ShelfcastError):
    """An obfuscated sample gives away whom it stands for.

    Parameters
    ----------
    faults : sequence of str
        What the check found.
    """

    def __init__(self, faults: Sequence[str]) -> None:
        super().__init__("; ".join(faults))
        self.faults = tuple(faults)


class UnreadableFile(ShelfcastError):
    """A raw file cannot be read as its source says.

    Parameters
    ----------
    reason : str
        A short code such as ``empty``, ``binary``, ``wrong_encoding``, ``too_large_when_unpacked``.
    detail : str
        What was seen, and what to do about it.
    """

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason, self.detail = reason, detail


class LakeError(ShelfcastError):
    """The lake could not do what was asked."""


class BlobMissing(LakeError):
    """No blob stands at that path."""


class WriteConflict(LakeError):
    """The blob is not the version that the writer had read."""


class HistoryIncomplete(LakeError):
    """Weeks without any shipment lie in the history, and the profile does not let them pass."""


class SettingsError(ShelfcastError):
    """Settings of the app are missing or contradict each other."""


class RequestRefused(ShelfcastError):
    """What a caller asks for cannot be done.

    Parameters
    ----------
    field : str
        The part of the request that is at fault, such as ``markets``.
    problem, remedy : str
        What is wrong, and what to do about it.
    """

    def __init__(self, field: str, problem: str, remedy: str) -> None:
        super().__init__(f"{field}: {problem}. {remedy}")
        self.field, self.problem, self.remedy = field, problem, remedy


class MoveRefused(ShelfcastError):
    """A model version cannot become what is asked.

    Parameters
    ----------
    model : str
        Slot and version, such as ``arizona.large.fast v3``.
    problem, remedy : str
        What is wrong, and what to do about it.
    """

    def __init__(self, model: str, problem: str, remedy: str) -> None:
        super().__init__(f"{model}: {problem}. {remedy}")
        self.model, self.problem, self.remedy = model, problem, remedy


class JobError(ShelfcastError):
    """A job could not be dealt with."""


class JobRefused(JobError):
    """The service does not take the job as it is; trying again does not help."""


class JobsUnavailable(JobError):
    """The service does not answer, or is busy; trying again may help."""


class LedgerError(ShelfcastError):
    """The run ledger does not take a record as it is; trying again does not help."""


class LedgerUnavailable(LedgerError):
    """The run ledger does not answer, or is busy; trying again may help."""


class TrainingError(ShelfcastError):
    """Training or scoring could not be done."""


class NotEnoughHistory(TrainingError):
    """Too few weeks or rows to fit or to judge a model."""


class BundleRefused(TrainingError):
    """A model bundle is damaged, or was made for other features."""


class RowsLost(TrainingError):
    """Rows in differ from rows out plus rows quarantined."""
