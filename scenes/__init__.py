"""How a Trace looks: one chapter a file, built from the pieces in kit."""
