"""Many people at once: the line of turns, how much each may ask, and the socket they come by."""
