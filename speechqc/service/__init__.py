"""The live service: sockets, journal, recogniser, alerts and store in one asyncio process."""
