"""Where the reviewed catalog is published to: one module for each target."""
