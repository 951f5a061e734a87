"""The page and the JSON API: they call the jobs and show what `--json` prints, and hold no rules."""
