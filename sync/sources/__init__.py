"""Where submissions come from. Each source turns other people's names and errors into ours at its door."""
