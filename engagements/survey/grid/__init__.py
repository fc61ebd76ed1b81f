"""The keyboard grid: one row a visit, columns in the order in which the paper sheet is filled.

A sheet shows what is in a route's records and takes back what was typed. A cell that was not changed leaves its part
of the records alone, down to the last character; a cell whose records hold more than it can show is locked.
"""
