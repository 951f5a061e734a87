"""How Sphinx builds these pages to a site: `make docs`."""

project = "modelsync"
extensions = ["myst_parser"]
html_theme = "furo"
html_title = "modelsync"
exclude_patterns = ["conf.py"]
myst_heading_anchors = 3
