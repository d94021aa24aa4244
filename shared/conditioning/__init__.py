"""From a raw file to rows of the standard tables, and rejected rows with their reasons."""

from shared.conditioning.condition import condition_file
from shared.conditioning.fingerprint import fingerprint
from shared.conditioning.limits import Limits
from shared.conditioning.outcome import Conditioned, DeltaPart, FileReport, Grain

__all__ = ["Conditioned", "DeltaPart", "FileReport", "Grain", "Limits", "condition_file", "fingerprint"]
