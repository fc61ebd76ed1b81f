"""The correctable timeline: a recorded route put right by hand, whatever it came from.

``typed`` carries what was typed into a route and ``changes`` says what differs between two routes: both are pure.
``spoken`` puts changes, faults and measures into words, ``page`` is what the page shows.
"""
