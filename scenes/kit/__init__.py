"""What chapters are made of: theme, type, painted mobjects, camera and layout."""
