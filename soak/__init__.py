"""``make soak``: two web nodes, queues and sweep on one database, used and abused while their workers are killed."""
