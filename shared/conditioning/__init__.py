"""From a raw file to rows of the standard tables, and rejected rows with their reasons."""
