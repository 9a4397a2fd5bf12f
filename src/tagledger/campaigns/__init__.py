"""Campaigns: items that are handed out together, and the answers that come back."""
