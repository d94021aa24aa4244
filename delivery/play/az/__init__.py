"""A twin of the Azure CLI: the commands of ``infra/deploy``, against a subscription that is a file.

Templates and parameters are evaluated as ``make check-infra`` does it, a package is indexed as the host would; what
Azure adds of its own (quotas, names that are taken, rights, time) is not here. Commands it does not know, it refuses.
"""
