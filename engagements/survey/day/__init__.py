"""The day before the survey: who walks where, what is told to whom, and what is printed for it."""
