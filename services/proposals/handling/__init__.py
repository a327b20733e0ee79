"""Inside the units 承办: who handles a case, until when, and what they do before and beside the reply."""
