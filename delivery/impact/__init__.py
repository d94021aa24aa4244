"""What a change asks of those that depend on it: contracts, their versions, and who has to follow."""
