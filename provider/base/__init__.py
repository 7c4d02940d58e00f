"""Below everything: time, tasks, backoff, caches, threads, secrets, units, names and paths. Knows no protocol."""
