"""Running the spiders: worker processes, deadlines, the guard, and what becomes of each record."""
