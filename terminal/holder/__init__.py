"""A verification case as values, and the pure function that moves it on."""
