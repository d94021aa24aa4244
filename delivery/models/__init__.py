"""What becomes of an environment's models: they are registered, promoted, rolled back, published, scored with."""
