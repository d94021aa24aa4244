"""Why a package is not made. Faults of one that was made are infra.check's Fault."""

from shared.errors import ShelfcastError


class PackageError(ShelfcastError):
    """The package cannot be made, or not be described, as things stand; the remedy is named."""
