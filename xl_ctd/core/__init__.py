"""The domain, pure: units, periods, targets, attainment, reading of Vietnamese cells, records, checks. No files."""
