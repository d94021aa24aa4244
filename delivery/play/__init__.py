"""Plays the pipelines of ``.azure-pipelines/`` on one machine: ``python -m delivery play``, or ``make play``.

The stages, their order and their gates are read from the YAML that Azure reads; nothing here lists them. What the words
do is not here: each step's script runs in the repository as it would on an agent.
"""
