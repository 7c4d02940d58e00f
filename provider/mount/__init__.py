"""One mount: which reads it takes, the reads themselves, its files and their versions."""
