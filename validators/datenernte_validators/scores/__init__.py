"""Scores: from descriptions and measurements to points. Pure; weights and lists are data."""
