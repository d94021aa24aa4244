"""The run ledger: what the dashboards stand on."""
