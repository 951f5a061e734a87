"""Turns a Plan or a Report into what people and programs read; decides and changes nothing.

All text passes through `text.py`, which makes it safe. `view.py` lays a report out in sections;
`rich_terminal.py`, `terminal.py`, `commit.py` and `markdown.py` write any section, each for one medium.
"""

from modelsync.report.batch import announcement, remedy, unasked, warnings
from modelsync.report.commit import commit_message
from modelsync.report.cost import cost, cost_drawing, cost_json
from modelsync.report.dashboard import dashboard_part, dashboard_rest
from modelsync.report.drawing import drawing
from modelsync.report.json import as_json, dumped
from modelsync.report.listing import entry_json, listing, listing_json, released_json, shown_entry
from modelsync.report.markdown import markdown
from modelsync.report.past import history, history_json, priced, priced_json, runs, runs_json
from modelsync.report.progress import progress
from modelsync.report.publication import publication, publication_json, target_health
from modelsync.report.sources import offers, offers_json, silence, status, status_json
from modelsync.report.terminal import Screen, folded, terminal
from modelsync.report.text import plain, problem
from modelsync.report.view import spelt, subject
