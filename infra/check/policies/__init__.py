"""Rules that resources keep by themselves. What the code and other definitions ask of them is in crosschecks."""
