"""The recipe that trains the bundled classifier of meaning; needed to rebuild it, never to run speechqc."""
