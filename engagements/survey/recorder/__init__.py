"""Recording on the day: who joins, what is tapped, and the route that the taps make."""
