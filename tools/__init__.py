"""Scripts that set the machine up, and the training of the toy model in assets/en-ko."""
