"""Checks the infrastructure without a subscription: ``python -m infra.check``, or ``make check-infra``.

Bicep is read (syntax), evaluated per environment into a graph of resources (evaluate), and the graph is held against
the published type definitions, the policies, and the code that it has to fit. Deploying is not here.
"""
