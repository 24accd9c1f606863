"""The one guarded door to the network: addresses, downloads, bulk requests, robots.txt."""
