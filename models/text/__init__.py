"""The text the bundled recogniser is trained on: a grammar of calls, random words, held-out sentences."""
