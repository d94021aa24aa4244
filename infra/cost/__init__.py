"""What an environment costs, from the sizes in the Bicep, a table of unit prices and a table of what it does."""
