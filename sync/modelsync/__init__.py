"""modelsync: keeps a YAML catalog of LLM models true to its upstream lists."""
