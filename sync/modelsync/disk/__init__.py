"""Files on disk: one at a time, all or none, and their backups."""
