"""Where pull requests are: one class for each kind of forge, and which of them a remote is on."""
