"""What the page shows and does; it knows nothing of HTTP."""
