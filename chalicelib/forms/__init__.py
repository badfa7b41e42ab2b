"""The forms: what a submission must hold, said so that a clerk can mend it, and what it then records.

A form is a JSON Schema (2020-12) with one annotation of ours, `x-duban`, which names the milestones and
facts that a submission states. Shared pieces (a date, a person) stand in a schema without that annotation.
"""

from .catalogue import Forms, UnknownForm
from .faults import KEYWORDS
from .recorded import CARRIED, is_classified
from .wording import FieldError

__all__ = ["CARRIED", "KEYWORDS", "FieldError", "Forms", "UnknownForm", "is_classified"]
