"""``make crawl``: every page as every sign-in of the demonstration, at two widths, judged by a real browser."""
