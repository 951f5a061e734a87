"""The one HTTP client: it asks within limits, takes only whole answers, lets no secret out. Knows no models.

`client` asks, retries, follows and confirms; `transport` makes one request within its deadline; `cache`
keeps bodies; `redaction` says what may be shown. `requests` is imported with the first request: it
takes longer than all the rest of a short run.
"""

from sync.http.client import Answer, Client
from sync.http.redaction import excerpt, leads_to, redact, shown_url
from sync.http.transport import Limits

__all__ = ["Answer", "Client", "Limits", "excerpt", "leads_to", "redact", "shown_url"]
