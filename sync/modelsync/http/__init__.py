"""The one HTTP client: it asks within limits, takes only whole answers, lets no secret out. Knows no models.

`client` asks and confirms; `attempts` retries and follows; `hosts` says when a host may be asked;
`transport` makes one request within its deadline; `cache` keeps bodies; `redaction` says what may be shown.
`requests` is imported with the first request: it takes longer than all the rest of a short run.
"""

from modelsync.http.client import Answer, Asker, Client
from modelsync.http.redaction import excerpt, leads_to, redact, shown_url
from modelsync.http.retries import kind_of_status
from modelsync.http.transport import Limits, Reply
