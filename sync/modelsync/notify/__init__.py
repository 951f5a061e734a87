"""Tells people the news of a run, each piece once. Failing to tell is a value, and never fails a run.

`events` finds the news in a report; `outbox` knows what was told and what is owed to whom; `message`
words it; `services` (apprise) and `webhook` send it. It reads no file and no environment.
"""
