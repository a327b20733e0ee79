"""The notifications service: follows every clock, reminds, reports half-monthly, and knows no rule of the trade."""
