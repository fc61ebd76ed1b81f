"""The demonstration: invented people in real towns, walked through the same doors as everybody."""
