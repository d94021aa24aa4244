"""What carries a change to production: validation, package, promotion, and the stages, played on one machine."""
