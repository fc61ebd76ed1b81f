"""The matching of a round: towns and advisors in, assignments with their reasons out. No Django, no database.

The problem, its arithmetic and its order of aims are those of the exchange format ``madoguchi-matching/1``
(``docs/matching-format.md``).
"""
