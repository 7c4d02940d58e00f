"""Below everything: time, caches, threads, secrets, units, names and paths. Knows no protocol and no library."""
