"""What is shipped: the Function app's package, the steps' code and image, and what is known about them."""
