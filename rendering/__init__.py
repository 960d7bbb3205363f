"""Jobs, encoders, files and the command line: everything around the pictures."""
