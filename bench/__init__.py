"""Measures modelsync beside the obvious implementation of the same job; nothing of `sync/` imports it."""
