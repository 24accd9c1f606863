"""The static site: feeds, reports and pages, built from the store alone and switched at once."""
