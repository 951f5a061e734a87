"""Where pull requests are: GitHub."""
