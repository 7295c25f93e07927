"""Recipes that train the bundled recogniser; needed to rebuild it, never to run speechqc."""
