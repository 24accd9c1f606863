"""Addresses of any length: a query in SPARQL and a resumption token are longer than Scrapy thinks."""

from typing import Any

LONG_ADDRESSES: dict[Any, Any] = {"URLLENGTH_LIMIT": 0}
"""Scrapy's default 2083 drops a longer request without a word; servers answer 414 and we hear it.
For `custom_settings` of a spider."""
