"""The rules of branches and of what is committed: ``python -m delivery branch``, or ``make branch-policy``.

They are told in ``docs/delivery.md``. What only the server can hold, such as who may push, is set up there, not here.
"""
