"""A small sample of a client's data that may leave the house: who is in it cannot be told, what it is like can.

`key` names and draws, `sample` chooses, `series` and `surroundings` disguise, `attack` tries to find out who is who,
`check` judges, `files` writes. What is promised, and what is not, is in docs/privacy.md.
"""
