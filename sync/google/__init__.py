"""Wards' Google Sheets: making them, reading them, answering in them. Nothing here knows of the merge's rules."""
