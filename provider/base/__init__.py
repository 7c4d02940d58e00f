"""Below everything: time, background tasks, backoff, caches, threads, secrets, units, names and paths. Knows no protocol."""
